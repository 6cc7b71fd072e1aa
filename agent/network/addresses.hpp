#pragma once
// The host's own addresses, to tell a peer that is the host itself. Any thread; never blocks.

#include <boost/asio/ip/address.hpp>

namespace agent::network {

/// Whether the calling thread's network namespace has this address now, loopback included. The kernel's
/// routes are asked: a list of the interfaces would wait for a lock that is held while any namespace of
/// the machine is changed. False where the kernel has no answer, and for a second IPv4 address of a
/// subnet where programs may bind what the host does not have (ip_nonlocal_bind).
bool is_own_address(const boost::asio::ip::address& address);

} // namespace agent::network
