#pragma once
// The host's own addresses, to tell a peer that is the host itself. A snapshot of the calling
// thread's network namespace; blocks for some 0.1 ms.

#include "base/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <vector>

namespace agent::network {

/// Every IPv4 and IPv6 address of every interface, loopback included, without scope ids.
base::Result<std::vector<boost::asio::ip::address>> host_addresses();

} // namespace agent::network
