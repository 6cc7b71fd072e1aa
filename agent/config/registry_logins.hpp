#pragma once
// What ECS_ENGINE_AUTH_DATA holds: user and password by registry. All of it is secret; no error
// shows any. Pure; any thread.

#include "agent/config/choices.hpp"
#include "base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agent::config {

struct RegistryLogin {
    std::string username;
    std::string password;
};

/// By the registry as it is written there: "https://index.docker.io/v1/", "registry.example:5000".
using RegistryLogins = std::map<std::string, RegistryLogin>;

/// Reads the data in the form that `type` says; nothing for EngineAuthType::none.
/// invalid_argument, without any of the text.
base::Result<RegistryLogins> parse_registry_logins(EngineAuthType type, std::string_view data);

/// What of the data is in that form, again as such data; "" where nothing is.
std::string right_registry_logins(EngineAuthType type, std::string_view data);

/// "user:password" in base64, as Docker's files have it; nothing when it is something else.
std::optional<RegistryLogin> decode_login(std::string_view base64);

} // namespace agent::config
