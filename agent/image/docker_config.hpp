#pragma once
// What `docker login` has left in config.json: logins, and the programs that keep them. Pure but
// for the place of the file; any thread.

#include "agent/config/load.hpp"
#include "agent/image/login.hpp"
#include "base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agent::image {

/// Keys are as they were written: find_by_registry() knows what they mean.
struct DockerConfig {
    std::map<std::string, Login> auths;              ///< only entries that hold a login
    std::string creds_store;                         ///< a helper's name, for every registry
    std::map<std::string, std::string> cred_helpers; ///< names of helpers
};

/// invalid_argument, naming the field and without any of the text.
base::Result<DockerConfig> parse_docker_config(std::string_view text);

/// "$DOCKER_CONFIG/config.json", else "$HOME/.docker/config.json"; without HOME, root's.
std::string docker_config_path(const config::Environment& environment);

} // namespace agent::image
