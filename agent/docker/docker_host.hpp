#pragma once
// Where the Docker Engine answers, as DOCKER_HOST says it. Pure.

#include "agent/http/server_address.hpp"
#include "base/error.hpp"

#include <string_view>

namespace agent::docker {

/// Reads `unix:///path`, `tcp://host[:port]` (2375 by default) and `http://host[:port]`; empty text
/// is the usual socket. invalid_argument for malformed text, unsupported (by name) for the schemes
/// that Docker's own client knows and we do not speak: https, ssh, npipe, fd.
base::Result<http::ServerAddress> parse_docker_host(std::string_view docker_host);

} // namespace agent::docker
