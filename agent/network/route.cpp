#include "agent/network/route.hpp"

#include "agent/network/message.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace agent::network {

namespace {

constexpr std::uint8_t own_protocol = 0xec;

Message change(int type, int flags, const HostRoute& route) {
    rtmsg header{};
    header.rtm_family = AF_INET;
    header.rtm_dst_len = 32;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = own_protocol;
    header.rtm_type = route.link == 0 ? RTN_UNREACHABLE : RTN_UNICAST;
    header.rtm_scope = route.link == 0 || route.gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    Message request(type, flags, header);
    request.put_address(RTA_DST, route.destination);
    if (route.link != 0)
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
    return "route to " + route.destination.to_string() +
           (route.link == 0 ? " (unreachable)" : std::string());
}

} // namespace

base::Result<std::vector<HostRoute>> list_own_routes(Netlink& netlink) {
    rtmsg header{};
    header.rtm_family = AF_INET;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = own_protocol;
    Message request(RTM_GETROUTE, NLM_F_DUMP, header);
    std::vector<HostRoute> routes;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        const auto found = header_of<rtmsg>(message);
        const auto attributes = Attributes<RTA_MAX>::after(message, found);
        const auto destination = attributes.address(RTA_DST);
        if (found.rtm_protocol != own_protocol || found.rtm_dst_len != 32 || !destination)
            return;
        const auto unreachable = found.rtm_type == RTN_UNREACHABLE;
        routes.push_back({*destination, unreachable ? 0 : attributes.number<int>(RTA_OIF),
                          attributes.address(RTA_GATEWAY), attributes.address(RTA_PREFSRC),
                          attributes.number<std::uint32_t>(RTA_PRIORITY)});
    }));
    // ENOENT: no table yet, in a namespace that never had a route.
    if (reply.error != ENOENT)
        TRY(check("list routes", reply));
    return routes;
}

base::Result<> set_route(Netlink& netlink, const HostRoute& route) {
    auto request = change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
    TRY(const auto reply, netlink.call(request));
    return check("add " + name_of(route), reply);
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
