#include "agent/network/bridge.hpp"

#include "agent/network/address.hpp"
#include "agent/network/link.hpp"
#include "agent/network/message.hpp"
#include "agent/network/route.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>

namespace agent::network {

namespace {

constexpr std::uint32_t unreachable_metric = 4096;

bool is_ours(const Link& link) {
    return link.kind == "bridge" && is_bridge_mac(link.mac);
}

bool link_is_right(const Link& link, const BridgeSettings& settings) {
    return link.stp && link.mac == bridge_mac(settings.gateway) && link.mtu == settings.mtu &&
           link.up && !link.arp && !*link.stp;
}

base::Error conflict_with(const Link& link) {
    const auto what = link.kind == "bridge"
                          ? "there is a bridge " + link.name + " (" + to_string(link.mac) +
                                ") that this agent did not make"
                          : "there is an interface " + link.name + " that is no bridge";
    return base::Error(base::Errc::conflict, what + "; remove it (ip link delete " + link.name +
                                                 ") or configure another bridge name");
}

std::array<HostRoute, 2> wanted_routes(const BridgeSettings& settings, int bridge) {
    return {HostRoute{settings.endpoint, bridge, std::nullopt, settings.gateway, 0},
            HostRoute{settings.endpoint, 0, std::nullopt, std::nullopt, unreachable_metric}};
}

/// One message makes it (NLM_F_CREATE | NLM_F_EXCL) or mends all of its settings (index given).
base::Result<> write_link(Netlink& netlink, const BridgeSettings& settings, int index) {
    ifinfomsg header{};
    header.ifi_index = index;
    header.ifi_flags = header.ifi_change = IFF_UP | IFF_NOARP;
    Message request(RTM_NEWLINK, index == 0 ? NLM_F_CREATE | NLM_F_EXCL : 0, header);
    if (index == 0)
        request.put_text(IFLA_IFNAME, settings.name);
    request.put_mac(IFLA_ADDRESS, bridge_mac(settings.gateway));
    request.put_number(IFLA_MTU, settings.mtu);
    request.nest(IFLA_LINKINFO, [&] {
        request.put_text(IFLA_INFO_KIND, "bridge");
        request.nest(IFLA_INFO_DATA, [&] {
            request.put_number(IFLA_BR_STP_STATE, std::uint32_t{0});
            request.put_number(IFLA_BR_MCAST_SNOOPING, std::uint8_t{0});
        });
    });
    TRY(const auto reply, netlink.call(request));
    return check((index == 0 ? "make bridge " : "mend bridge ") + settings.name, reply);
}

base::Result<bool> ensure_link(Netlink& netlink, const BridgeSettings& settings) {
    TRY(const auto link, find_link(netlink, settings.name));
    if (!link) {
        TRY(write_link(netlink, settings, 0));
        return true;
    }
    if (!is_ours(*link))
        return conflict_with(*link);
    if (link_is_right(*link, settings))
        return false;
    TRY(write_link(netlink, settings, link->index));
    return true;
}

base::Result<bool> ensure_address(Netlink& netlink, const BridgeSettings& settings, int index) {
    const InterfaceAddress wanted{settings.gateway,
                                  static_cast<std::uint8_t>(settings.prefix_length)};
    TRY(const auto addresses, list_addresses(netlink, index));
    auto found = false;
    auto changed = false;
    for (const auto& address : addresses) {
        if (address == wanted) {
            found = true;
            continue;
        }
        TRY(delete_address(netlink, index, address));
        changed = true;
    }
    if (!found)
        TRY(set_address(netlink, index, wanted));
    return changed || !found;
}

base::Result<bool> ensure_routes(Netlink& netlink, const BridgeSettings& settings, int index) {
    TRY(const auto routes, list_own_routes(netlink));
    auto changed = false;
    for (const auto& wanted : wanted_routes(settings, index)) {
        if (std::find(routes.begin(), routes.end(), wanted) != routes.end())
            continue;
        TRY(set_route(netlink, wanted));
        changed = true;
    }
    return changed;
}

} // namespace

base::Result<bool> bridge_is_right(const BridgeSettings& settings) {
    TRY(auto netlink, Netlink::open_route());
    TRY(const auto link, find_link(netlink, settings.name));
    if (!link || !link_is_right(*link, settings))
        return false;
    TRY(const auto addresses, list_addresses(netlink, link->index));
    const InterfaceAddress wanted{settings.gateway,
                                  static_cast<std::uint8_t>(settings.prefix_length)};
    if (addresses.size() != 1 || addresses.front() != wanted)
        return false;
    TRY(const auto routes, list_own_routes(netlink));
    const auto expected = wanted_routes(settings, link->index);
    return std::all_of(expected.begin(), expected.end(), [&](const HostRoute& route) {
        return std::find(routes.begin(), routes.end(), route) != routes.end();
    });
}

base::Result<bool> ensure_bridge(const BridgeSettings& settings) {
    TRY(auto netlink, Netlink::open_route());
    TRY(const auto link_changed, ensure_link(netlink, settings));
    TRY(const auto link, find_link(netlink, settings.name));
    if (!link)
        return base::Error(base::Errc::not_found, "bridge " + settings.name + " was removed again");
    TRY(const auto address_changed, ensure_address(netlink, settings, link->index));
    TRY(const auto routes_changed, ensure_routes(netlink, settings, link->index));
    return link_changed || address_changed || routes_changed;
}

base::Result<bool> remove_bridge(const BridgeSettings& settings) {
    TRY(auto netlink, Netlink::open_route());
    TRY(const auto link, find_link(netlink, settings.name));
    if (link && !is_ours(*link))
        return conflict_with(*link);
    auto removed = false;
    if (link) {
        TRY(removed, delete_link(netlink, settings.name));
    }
    TRY(const auto routes, list_own_routes(netlink));
    for (const auto& route : routes)
        if (route.destination == settings.endpoint) {
            TRY(const auto was_there, delete_route(netlink, route));
            removed = removed || was_there;
        }
    return removed;
}

} // namespace agent::network
