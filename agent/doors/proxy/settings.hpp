#pragma once
// Whose engine is behind the socket, and what may pass. A value, made from the configuration.

#include "agent/doors/proxy/limits.hpp"

#include <string>

namespace agent::doors::proxy {

struct Settings {
    std::string engine_path = "/var/run/docker.sock";
    Limits limits;
};

} // namespace agent::doors::proxy
