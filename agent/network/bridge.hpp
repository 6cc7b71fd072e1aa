#pragma once
// The bridge of the link-local network: its link, its address and the two routes to the endpoint.
// Stateless functions over netlink in the calling thread's network namespace; they block for well
// under a millisecond each (5 s at most), so the agent calls them on a worker thread.
//
// No ARP is spoken on this bridge: a neighbour entry for each lease is set by attach(), and each
// container is told the bridge's MAC. So nobody can claim an address, not even one that is still
// free.

#include "agent/network/mac.hpp"
#include "base/error.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <cstdint>
#include <string>

namespace agent::network {

struct BridgeSettings {
    std::string name = "ecs-bridge";
    boost::asio::ip::address_v4 gateway{0xa9feac01}; ///< 169.254.172.1
    std::uint16_t prefix_length = 22;
    boost::asio::ip::address_v4 endpoint{0xa9feaa02}; ///< 169.254.170.2
    std::uint32_t mtu = 1500;
};

/// Whether link, address and both routes are as they should be. Foreign links of that name are
/// simply not right; ensure_bridge() says more. An error only when the kernel could not be asked.
base::Result<bool> bridge_is_right(const BridgeSettings& settings);

/// Makes what is missing and mends what differs on a bridge of ours (known by its MAC). True when
/// something had to be done: then call repair_ports() too, a bridge that is new or was down has
/// lost them. conflict: a link of that name is not ours; the text says what to do.
/// invalid_argument: name too long. permission: CAP_NET_ADMIN is lacking.
base::Result<bool> ensure_bridge(const BridgeSettings& settings);

/// Removes bridge and routes; false when none of it was there. conflict when the link is not ours.
base::Result<bool> remove_bridge(const BridgeSettings& settings);

} // namespace agent::network
