#include "agent/network/port.hpp"

#include "agent/network/message.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace agent::network {

namespace {

constexpr std::string_view alias_mark = "ecs-node-agent ";

base::Result<> set_master(Netlink& netlink, int port, int bridge) {
    ifinfomsg header{};
    header.ifi_index = port;
    Message request(RTM_NEWLINK, 0, header);
    request.put_number(IFLA_MASTER, bridge);
    TRY(const auto reply, netlink.call(request));
    return check("put interface on the bridge", reply);
}

} // namespace

std::string render_alias(const Ownership& ownership) {
    return std::string(alias_mark) + ownership.address.to_string() + " " + ownership.owner;
}

std::optional<Ownership> parse_alias(std::string_view alias) {
    if (!alias.starts_with(alias_mark))
        return std::nullopt;
    alias.remove_prefix(alias_mark.size());
    const auto blank = alias.find(' ');
    if (blank == std::string_view::npos || blank + 1 == alias.size())
        return std::nullopt;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v4(alias.substr(0, blank), error);
    if (error)
        return std::nullopt;
    return Ownership{std::string(alias.substr(blank + 1)), address};
}

bool port_is_right(const Link& port, int bridge) {
    return port.master == bridge && port.up && port.port && port.port->isolated &&
           !port.port->learning && !port.port->unicast_flood && !port.port->multicast_flood &&
           !port.port->broadcast_flood;
}

base::Result<> set_port(Netlink& netlink, const Link& port, int bridge,
                        const Ownership& ownership) {
    // The kernel reads port settings only for an interface that is a port already.
    if (port.master != bridge)
        TRY(set_master(netlink, port.index, bridge));
    ifinfomsg header{};
    header.ifi_index = port.index;
    header.ifi_flags = header.ifi_change = IFF_UP;
    Message request(RTM_NEWLINK, 0, header);
    request.put_text(IFLA_IFALIAS, render_alias(ownership));
    request.nest(IFLA_LINKINFO, [&] {
        request.put_text(IFLA_INFO_SLAVE_KIND, "bridge");
        request.nest(IFLA_INFO_SLAVE_DATA, [&] {
            request.put_number(IFLA_BRPORT_ISOLATED, std::uint8_t{1});
            for (const auto off : {IFLA_BRPORT_LEARNING, IFLA_BRPORT_UNICAST_FLOOD,
                                   IFLA_BRPORT_MCAST_FLOOD, IFLA_BRPORT_BCAST_FLOOD})
                request.put_number(off, std::uint8_t{0});
        });
    });
    TRY(const auto reply, netlink.call(request));
    return check("set up bridge port " + port.name, reply);
}

base::Result<Link> find_bridge(Netlink& netlink, const std::string& name) {
    TRY(auto link, find_link(netlink, name));
    if (!link)
        return base::Error(base::Errc::not_found, "there is no bridge " + name);
    if (link->kind != "bridge")
        return base::Error(base::Errc::conflict, "interface " + name + " is no bridge");
    return std::move(*link);
}

} // namespace agent::network
