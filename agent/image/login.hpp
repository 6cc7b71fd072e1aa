#pragma once
// How the agent shows itself to a registry. All of it is secret: it goes to the engine, and nowhere
// else. Values; any thread.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace agent::image {

struct Login {
    std::string username;
    std::string password;
    std::string identity_token; ///< instead of the password, where it is not empty
};

/// The login that a secret for `repositoryCredentials` holds: {"username": "…", "password": "…"}.
/// invalid_argument; nothing of it is in the error.
base::Result<Login> read_login(std::string_view json);

/// The value of X-Registry-Auth for this registry.
std::string auth_header(const Login& login, std::string_view registry);

} // namespace agent::image
