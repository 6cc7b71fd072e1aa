#pragma once
// Values that are one word of a few, and their words. from_string returns invalid_argument with
// "expected <the words>, got '…'". Pure; any thread.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace agent::config {

/// When is an image pulled?
enum class PullBehavior {
    default_,     ///< always; when that fails, what is here is used
    always,       ///< always; when that fails, the task does not start
    once,         ///< unless this agent has pulled it before
    prefer_cached ///< unless it is here
};

/// How engine_auth_data is written.
enum class EngineAuthType {
    none,
    dockercfg, ///< {"<registry>": {"auth": "<base64 of user:password>"}}
    docker     ///< {"<registry>": {"username": "…", "password": "…"}}
};

/// On, off, or on where it can be.
enum class Switch { automatic, on, off };

base::Result<> from_string(std::string_view text, PullBehavior& value);
base::Result<> from_string(std::string_view text, EngineAuthType& value);
base::Result<> from_string(std::string_view text, Switch& value);

std::string to_string(PullBehavior value);
std::string to_string(EngineAuthType value);
std::string to_string(Switch value);

} // namespace agent::config
