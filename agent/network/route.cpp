#include "agent/network/route.hpp"

#include "agent/network/message.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace agent::network {

namespace {

using Address = boost::asio::ip::address;

constexpr std::uint8_t own_protocol = 0xec;

struct Kind {
    RouteKind kind;
    std::uint8_t type;  ///< the kernel's number
    const char* suffix; ///< of the route's name
};

constexpr std::array<Kind, 3> kinds{{{RouteKind::unicast, RTN_UNICAST, ""},
                                     {RouteKind::unreachable, RTN_UNREACHABLE, " (unreachable)"},
                                     {RouteKind::blackhole, RTN_BLACKHOLE, " (blackhole)"}}};

const Kind& row_of(RouteKind kind) {
    return *std::find_if(kinds.begin(), kinds.end(),
                         [&](const Kind& row) { return row.kind == kind; });
}

std::uint8_t family_of(const Address& address) {
    return address.is_v4() ? AF_INET : AF_INET6;
}

std::uint8_t bits_of(const Address& address) {
    return address.is_v4() ? 32 : 128;
}

Message change(int type, int flags, const HostRoute& route) {
    const auto sent = route.kind == RouteKind::unicast;
    rtmsg header{};
    header.rtm_family = family_of(route.destination);
    header.rtm_dst_len = bits_of(route.destination);
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = own_protocol;
    header.rtm_type = row_of(route.kind).type;
    header.rtm_scope = sent && !route.gateway ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    Message request(type, flags, header);
    request.put_address(RTA_DST, route.destination);
    if (sent)
        request.put_number(RTA_OIF, route.link);
    if (route.gateway)
        request.put_address(RTA_GATEWAY, *route.gateway);
    if (route.source)
        request.put_address(RTA_PREFSRC, *route.source);
    if (route.metric != 0)
        request.put_number(RTA_PRIORITY, route.metric);
    return request;
}

std::string name_of(const HostRoute& route) {
    return "route to " + route.destination.to_string() + row_of(route.kind).suffix;
}

/// Nothing when it is not one of ours.
std::optional<HostRoute> read_route(const nlmsghdr& message) {
    const auto header = header_of<rtmsg>(message);
    const auto attributes = Attributes<RTA_MAX>::after(message, header);
    const auto destination = attributes.any_address(RTA_DST);
    const auto* row = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const Kind& each) { return each.type == header.rtm_type; });
    if (header.rtm_protocol != own_protocol || row == kinds.end() || !destination ||
        header.rtm_family != family_of(*destination) || header.rtm_dst_len != bits_of(*destination))
        return std::nullopt;
    // IPv6 shows a route to nowhere as one out of lo.
    const auto link = row->kind == RouteKind::unicast ? attributes.number<int>(RTA_OIF) : 0;
    return HostRoute{*destination,
                     link,
                     attributes.any_address(RTA_GATEWAY),
                     attributes.any_address(RTA_PREFSRC),
                     attributes.number<std::uint32_t>(RTA_PRIORITY),
                     row->kind};
}

} // namespace

base::Result<std::vector<HostRoute>> list_own_routes(Netlink& netlink) {
    rtmsg header{};
    // Asked for one family, the kernel refuses where that has no table yet; asked for all, it shows
    // those that there are, whether or not it has IPv6.
    header.rtm_family = AF_UNSPEC;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = own_protocol;
    Message request(RTM_GETROUTE, NLM_F_DUMP, header);
    std::vector<HostRoute> routes;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        if (const auto route = read_route(message))
            routes.push_back(*route);
    }));
    TRY(check("list routes", reply));
    return routes;
}

base::Result<> set_route(Netlink& netlink, const HostRoute& route) {
    auto request = change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
    TRY(const auto reply, netlink.call(request));
    return check("add " + name_of(route), reply);
}

base::Result<bool> add_route(Netlink& netlink, const HostRoute& route) {
    auto request = change(RTM_NEWROUTE, NLM_F_CREATE, route);
    TRY(const auto reply, netlink.call(request));
    // EEXIST: ours, or in IPv6 somebody's with this metric and the same way out (for a route to
    // nowhere: another to nowhere).
    if (reply.error == EEXIST)
        return true;
    if (reply.error == EOPNOTSUPP && route.destination.is_v6())
        return false;
    TRY(check("add " + name_of(route), reply));
    return true;
}

base::Result<bool> delete_route(Netlink& netlink, const HostRoute& route) {
    auto request = change(RTM_DELROUTE, 0, route);
    TRY(const auto reply, netlink.call(request));
    if (reply.error == ESRCH || reply.error == ENODEV)
        return false;
    TRY(check("remove " + name_of(route), reply));
    return true;
}

} // namespace agent::network
