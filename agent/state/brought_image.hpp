#pragma once
// An image that a pull of this agent has brought here: it was not here before, under no name. What else is here (built,
// loaded, pulled by others) is not the agent's to remove.

#include "base/time.hpp"

#include <string>

namespace agent::state {

struct BroughtImage {
    std::string image_id;  ///< "sha256:…"
    std::string reference; ///< as it was pulled; may name another image by now
    base::Time pulled_at;  ///< last
    base::Time used_at;    ///< when a container or a task of it was last seen

    bool operator==(const BroughtImage&) const = default;
};

} // namespace agent::state
