#pragma once
// Where the Docker Engine answers, as DOCKER_HOST says it. A plain value.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace agent::docker {

/// A Unix socket (socket_path set) or plain HTTP over TCP (authority set).
struct Endpoint {
    std::string socket_path = "/var/run/docker.sock";
    std::string authority; ///< "host:port"; empty for a Unix socket

    /// As DOCKER_HOST spells it, for messages.
    std::string to_string() const;
};

/// Reads `unix:///path`, `tcp://host[:port]` (2375 by default) and `http://host[:port]`; empty text
/// is the default socket. invalid_argument for malformed text, unsupported (by name) for the
/// schemes that Docker's own client knows and we do not speak: https, ssh, npipe, fd.
base::Result<Endpoint> parse_endpoint(std::string_view docker_host);

} // namespace agent::docker
