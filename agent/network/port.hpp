#pragma once
// A host end as a port of the bridge: its settings there, the forwarding entry and the neighbour
// that tie a lease's address to it. veth.cpp makes such ports, repair.cpp mends them.

#include "agent/network/link.hpp"
#include "agent/network/netlink.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace agent::network {

/// Who has which address, as the alias of a host end says it.
struct Ownership {
    std::string owner;
    boost::asio::ip::address_v4 address;

    bool operator==(const Ownership&) const = default;
};

std::string render_alias(const Ownership& ownership);
/// Nothing for a text of any other form.
std::optional<Ownership> parse_alias(std::string_view alias);

/// Whether it is up, on this bridge, isolated, and neither learns nor floods.
bool port_is_right(const Link& port, int bridge);

/// Makes it so, and writes the alias. Its place on the bridge is set first if it has another.
base::Result<> set_port(Netlink& netlink, const Link& port, int bridge, const Ownership& ownership);

/// The bridge by its name; not_found or conflict (no bridge) with a text that says so.
base::Result<Link> find_bridge(Netlink& netlink, const std::string& name);

} // namespace agent::network
