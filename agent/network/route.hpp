#pragma once
// Routes to single IPv4 hosts in the main table. Ours carry a protocol number of our own, so that
// they are found without reading everybody's routes, and nobody else's are ever removed.

#include "agent/network/netlink.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace agent::network {

struct HostRoute {
    boost::asio::ip::address_v4 destination;
    int link = 0; ///< the interface's index; 0: unreachable, packets are refused
    std::optional<boost::asio::ip::address_v4> gateway; ///< none: the host is on the link itself
    std::optional<boost::asio::ip::address_v4> source;  ///< for packets of the host's own
    std::uint32_t metric = 0;

    bool operator==(const HostRoute&) const = default;
};

/// Only routes of ours.
base::Result<std::vector<HostRoute>> list_own_routes(Netlink& netlink);
/// Adds it in place of any route to this host with this metric.
base::Result<> set_route(Netlink& netlink, const HostRoute& route);
/// False when it was not there.
base::Result<bool> delete_route(Netlink& netlink, const HostRoute& route);

} // namespace agent::network
