#pragma once
// Routes to single hosts in the main table. Ours carry a protocol number of our own, so that they
// are found without reading everybody's routes, and nobody else's are ever deleted.

#include "agent/network/netlink.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace agent::network {

/// What becomes of packets to the host.
enum class RouteKind : std::uint8_t {
    unicast,     ///< they are sent
    unreachable, ///< refused; a sender elsewhere is told
    blackhole,   ///< dropped; nobody is told but a sender on this machine (EINVAL)
};

struct HostRoute {
    boost::asio::ip::address destination;
    int link = 0;                                    ///< a unicast route's interface, by its index
    std::optional<boost::asio::ip::address> gateway; ///< none: the host is on the link itself
    std::optional<boost::asio::ip::address> source;  ///< for packets of the host's own
    std::uint32_t metric = 0; ///< the lowest is used; IPv6 has no 0, the kernel makes it 1024
    RouteKind kind = link == 0 ? RouteKind::unreachable : RouteKind::unicast;

    bool operator==(const HostRoute&) const = default;
};

/// Only routes of ours, of IPv4 and IPv6.
base::Result<std::vector<HostRoute>> list_own_routes(Netlink& netlink);
/// Adds it in place of any route to this host with this metric, whoever's that is.
base::Result<> set_route(Netlink& netlink, const HostRoute& route);
/// Adds it and leaves others to this host alone; an IPv4 route comes before those with its metric.
/// Fine when it is there. False when it is of IPv6 and the kernel has none.
base::Result<bool> add_route(Netlink& netlink, const HostRoute& route);
/// False when it was not there.
base::Result<bool> delete_route(Netlink& netlink, const HostRoute& route);

} // namespace agent::network
