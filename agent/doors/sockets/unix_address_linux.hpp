#pragma once
// The kernel's form of a Unix socket's path. A value.

#include "base/error.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

namespace agent::doors::sockets {

class UnixAddress {
public:
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&address_); }
    static constexpr socklen_t size() { return sizeof(sockaddr_un); }
    std::string path() const { return address_.sun_path; }

private:
    friend base::Result<UnixAddress> unix_address(const std::string& path);
    sockaddr_un address_{};
};

/// invalid_argument: empty, or longer than the 107 bytes that the kernel takes.
inline base::Result<UnixAddress> unix_address(const std::string& path) {
    UnixAddress address;
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
        return base::Error(base::Errc::invalid_argument,
                           "expected the path of a socket, of at most 107 bytes, got '" + path +
                               "'");
    address.address_.sun_family = AF_UNIX;
    std::memcpy(address.address_.sun_path, path.data(), path.size());
    return address;
}

} // namespace agent::doors::sockets
