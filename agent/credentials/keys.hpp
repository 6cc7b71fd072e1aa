#pragma once
// Keys that sign requests to AWS. A value; wipes itself.

#include "base/secret.hpp"
#include "base/time.hpp"

#include <optional>

namespace agent::credentials {

struct Keys {
    base::Secret access_key_id;
    base::Secret secret_access_key;
    base::Secret session_token; ///< empty for keys of a user
    /// By this host's clock, even where that is wrong; nothing: they do not expire.
    std::optional<base::Time> expires_at;
};

} // namespace agent::credentials
