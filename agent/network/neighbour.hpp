#pragma once
// Who is behind which Ethernet address: permanent neighbours of an interface (IPv4), and static
// forwarding entries of a bridge's ports.

#include "agent/network/mac.hpp"
#include "agent/network/netlink.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <vector>

namespace agent::network {

struct Neighbour {
    boost::asio::ip::address_v4 address;
    Mac mac{};

    bool operator==(const Neighbour&) const = default;
};

/// Permanent ones only.
base::Result<std::vector<Neighbour>> list_neighbours(Netlink& netlink, int index);
/// Makes it permanent, in place of what was known of this address.
base::Result<> set_neighbour(Netlink& netlink, int index, const Neighbour& neighbour);
/// False when it was not there.
base::Result<bool> delete_neighbour(Netlink& netlink, int index,
                                    boost::asio::ip::address_v4 address);

struct ForwardingEntry {
    int port = 0; ///< index of the bridge's port
    Mac mac{};

    auto operator<=>(const ForwardingEntry&) const = default;
};

/// Static ones only.
base::Result<std::vector<ForwardingEntry>> list_forwarding_entries(Netlink& netlink, int bridge);
/// Makes it static; a MAC known at another port of the bridge moves here. It goes with the port.
base::Result<> set_forwarding_entry(Netlink& netlink, const ForwardingEntry& entry);

} // namespace agent::network
