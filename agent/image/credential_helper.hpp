#pragma once
// Asks a credential helper, docker-credential-<name>, for a login: the server's name goes in, JSON
// comes out. Blocks, 30 s at most; from a coroutine, offload it.

#include "agent/config/load.hpp"
#include "agent/image/login.hpp"
#include "base/error.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace agent::image {

constexpr std::chrono::milliseconds helper_limit = std::chrono::seconds(30);

/// Nothing when it has none. invalid_argument (the name is none), not_found (no such program in
/// PATH), timeout (it was killed), too_large (it said more than 64 KiB), protocol (it answered
/// something else), io. No error holds what it said: it may be the secret.
base::Result<std::optional<Login>>
ask_credential_helper(const std::string& name, const std::string& server,
                      const config::Environment& environment,
                      std::chrono::milliseconds limit = helper_limit);

} // namespace agent::image
