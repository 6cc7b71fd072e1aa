#pragma once
// Where a server answers. A plain value.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace agent::http {

/// A Unix socket (socket_path set) or TCP (authority set).
struct ServerAddress {
    std::string socket_path;
    std::string authority; ///< "host:port"; empty for a Unix socket
    bool tls = false;      ///< certificates are verified

    /// "unix:///path" or "http://host:port", for messages.
    std::string to_string() const;
};

/// Reads `http://host[:port]` and `https://host[:port]`, with nothing but a '/' behind.
/// invalid_argument for any other text.
base::Result<ServerAddress> parse_url(std::string_view url);

} // namespace agent::http
