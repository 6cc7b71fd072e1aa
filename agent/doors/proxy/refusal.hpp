#pragma once
// What a client is told when its request cannot reach the engine: an answer as the engine's own errors are,
// so that Docker's clients show its text. Pure.

#include <string>
#include <string_view>

namespace agent::doors::proxy {

/// A whole answer, 503. `request` is what was read of the client's: the answer to HEAD has no body.
std::string refusal(std::string_view request, std::string_view message);

/// Docker's own words for an engine that does not answer.
std::string engine_is_away(std::string_view engine_path);

} // namespace agent::doors::proxy
