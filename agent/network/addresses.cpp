#include "agent/network/addresses.hpp"

#include "base/fd.hpp"

#include <boost/asio/ip/udp.hpp>

#include <sys/socket.h>

namespace agent::network {

using boost::asio::ip::udp;

namespace {

constexpr unsigned short any_port = 9; // Nothing is sent to it.

} // namespace

bool is_own_address(const boost::asio::ip::address& address) {
    if (address.is_loopback())
        return true;
    const udp::endpoint there(address, any_port);
    const base::Fd socket(
        ::socket(there.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket || ::connect(socket.get(), there.data(), static_cast<socklen_t>(there.size())) != 0)
        return false;
    // Whoever sends to an address of his own sends from it.
    udp::endpoint here(address, 0);
    auto size = static_cast<socklen_t>(here.capacity());
    if (::getsockname(socket.get(), here.data(), &size) != 0)
        return false;
    return here.address() == address;
}

} // namespace agent::network
