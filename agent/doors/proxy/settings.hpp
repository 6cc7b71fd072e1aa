#pragma once
// Where the socket is and whose engine is behind it. A value, made from the configuration.

#include "agent/doors/proxy/limits.hpp"

#include <string>

namespace agent::doors::proxy {

struct Settings {
    std::string socket_path = "/run/ecs-node-agent/docker.sock";
    std::string engine_path = "/var/run/docker.sock";
    /// Whose members may use the socket, beside root. Where there is no such group, root alone may.
    std::string group = "docker";
    Limits limits;
};

} // namespace agent::doors::proxy
