#pragma once
// A GET over a plain socket: what really came, headers included.

#include "base/fd_linux.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace integration {

struct Answer {
    int status = 0;                             ///< 0: no answer (refused, reset, too late)
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;

    nlohmann::ordered_json json() const { return nlohmann::ordered_json::parse(body); }
};

/// Connects within thirty seconds; an empty Fd where it is refused.
base::Fd connect_to(const std::string& address, std::uint16_t port);

/// A connection to a Unix socket with the same limits; an empty Fd where there is none.
base::Fd connect_to(const std::string& path);

/// A GET that has its connection for itself: sends the request as it stands, reads until the other end closes.
Answer exchange(const base::Fd& socket, const std::string& request);

/// One request on a connection of its own, at most thirty seconds.
Answer http_get(const std::string& address, std::uint16_t port, const std::string& path,
                const std::vector<std::string>& headers = {});

/// What a server in a container shows at "/", once it listens: the container runs before that. "" when it does not
/// within ten seconds.
std::string front_page(const std::string& address, std::uint16_t port);

} // namespace integration
