#pragma once
// What STS writes: XML with keys, or with why there are none. Pure.

#include "agent/credentials/keys.hpp"
#include "base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace agent::credentials {

/// The keys in an answer to `action` ("AssumeRole"). The text is wiped. `ahead` is by how much STS's
/// clock is ahead of this host's, `now` this host's. protocol where they are not there; unavailable
/// where they have expired.
base::Result<Keys> read_sts_keys(std::string& xml, std::string_view action,
                                 std::chrono::nanoseconds ahead, base::Time now);

/// A refusal: its code ("AccessDenied"), and the first line of its message, shortened: what follows
/// may repeat the request. Both are empty where the text is no such XML.
struct StsRefusal {
    std::string code;
    std::string message;
};
StsRefusal read_sts_refusal(std::string& xml);

/// Whether a code may come of a clock that is wrong.
bool may_be_clock(std::string_view code);

} // namespace agent::credentials
