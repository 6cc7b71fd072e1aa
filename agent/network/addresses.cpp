#include "agent/network/addresses.hpp"

#include "base/fd_linux.hpp"
#include "base/files.hpp"

#include <boost/asio/ip/udp.hpp>

#include <sys/socket.h>

#include <optional>

namespace agent::network {

using boost::asio::ip::udp;

namespace {

constexpr unsigned short any_port = 9; // Nothing is sent to it.

base::Fd udp_socket(const udp::endpoint& endpoint) {
    return base::Fd(
        ::socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// What the kernel would send from to there; nothing where it would not.
std::optional<boost::asio::ip::address> source_towards(const boost::asio::ip::address& address) {
    const udp::endpoint there(address, any_port);
    const auto socket = udp_socket(there);
    if (!socket || ::connect(socket.get(), there.data(), static_cast<socklen_t>(there.size())) != 0)
        return std::nullopt;
    udp::endpoint here(address, 0);
    auto size = static_cast<socklen_t>(here.capacity());
    if (::getsockname(socket.get(), here.data(), &size) != 0)
        return std::nullopt;
    return here.address();
}

bool can_be_bound(const boost::asio::ip::address& address) {
    const udp::endpoint here(address, 0);
    const auto socket = udp_socket(here);
    return socket && ::bind(socket.get(), here.data(), static_cast<socklen_t>(here.size())) == 0;
}

/// Whether only addresses of the host's own can be bound.
bool binding_says_so() {
    const auto setting = base::read_file("/proc/sys/net/ipv4/ip_nonlocal_bind", 16);
    return setting && setting->starts_with('0');
}

} // namespace

bool is_own_address(const boost::asio::ip::address& address) {
    if (address.is_loopback())
        return true;
    if (address.is_unspecified() || address.is_multicast())
        return false;
    const auto source = source_towards(address);
    if (!source)
        return false;
    // Who sends to an address of his own sends from it, unless it is an IPv4 subnet's second.
    return *source == address || (address.is_v4() && can_be_bound(address) && binding_says_so());
}

} // namespace agent::network
