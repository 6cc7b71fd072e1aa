// repair_ports(): what the bridge should hold, from the aliases of the host ends.
#include "agent/network/link.hpp"
#include "agent/network/neighbour.hpp"
#include "agent/network/port.hpp"
#include "agent/network/veth.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace agent::network {

namespace {

using AddressV4 = boost::asio::ip::address_v4;

/// What was found on the bridge before anything was mended.
struct Found {
    int bridge = 0;
    std::set<std::pair<AddressV4, Mac>> neighbours;
    std::set<ForwardingEntry> entries;
};

base::Result<std::size_t> mend(Netlink& netlink, const Found& found, const Link& port,
                               const Ownership& ownership) {
    const auto mac = lease_mac(ownership.address);
    std::size_t mended = 0;
    if (!port_is_right(port, found.bridge)) {
        TRY(set_port(netlink, port, found.bridge, ownership));
        ++mended;
    }
    if (!found.entries.contains({port.index, mac})) {
        TRY(set_forwarding_entry(netlink, {port.index, mac}));
        ++mended;
    }
    if (!found.neighbours.contains({ownership.address, mac})) {
        TRY(set_neighbour(netlink, found.bridge, {ownership.address, mac}));
        ++mended;
    }
    return mended;
}

} // namespace

base::Result<std::size_t> repair_ports(const std::string& bridge) {
    TRY(auto netlink, Netlink::open_route());
    TRY(const auto bridge_link, find_bridge(netlink, bridge));
    Found found{bridge_link.index, {}, {}};
    // Neighbours are read before links: attach() writes the alias first, so one that is being made
    // has its link in the later list and is not taken for a leftover.
    TRY(const auto neighbours, list_neighbours(netlink, found.bridge));
    for (const auto& neighbour : neighbours)
        found.neighbours.emplace(neighbour.address, neighbour.mac);
    TRY(const auto entries, list_forwarding_entries(netlink, found.bridge));
    found.entries.insert(entries.begin(), entries.end());

    TRY(const auto links, list_links(netlink, "veth"));
    std::set<AddressV4> attached;
    std::size_t mended = 0;
    for (const auto& link : links) {
        const auto ownership =
            is_host_interface_name(link.name) ? parse_alias(link.alias) : std::nullopt;
        if (!ownership)
            continue;
        attached.insert(ownership->address);
        TRY(const auto count, mend(netlink, found, link, *ownership));
        mended += count;
    }
    for (const auto& neighbour : neighbours)
        if (!attached.contains(neighbour.address)) {
            TRY(const auto was_there, delete_neighbour(netlink, found.bridge, neighbour.address));
            mended += was_there ? 1 : 0;
        }
    return mended;
}

} // namespace agent::network
