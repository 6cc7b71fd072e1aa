#include "agent/network/link.hpp"

#include "agent/network/message.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>

namespace agent::network {

namespace {

PortState read_port(const nlattr* data) {
    const auto attributes = Attributes<IFLA_BRPORT_MAX>::within(data);
    const auto flag = [&](std::size_t attribute) {
        return attributes.number<std::uint8_t>(attribute) != 0;
    };
    return {flag(IFLA_BRPORT_ISOLATED), flag(IFLA_BRPORT_LEARNING), flag(IFLA_BRPORT_UNICAST_FLOOD),
            flag(IFLA_BRPORT_MCAST_FLOOD), flag(IFLA_BRPORT_BCAST_FLOOD)};
}

Link read_link(const nlmsghdr& message) {
    const auto header = header_of<ifinfomsg>(message);
    const auto attributes = Attributes<IFLA_MAX>::after(message, header);
    const auto info = Attributes<IFLA_INFO_MAX>::within(attributes.raw(IFLA_LINKINFO));
    Link link;
    link.index = header.ifi_index;
    link.name = attributes.text(IFLA_IFNAME);
    link.kind = info.text(IFLA_INFO_KIND);
    link.alias = attributes.text(IFLA_IFALIAS);
    link.mac = attributes.value<Mac>(IFLA_ADDRESS).value_or(Mac{});
    link.mtu = attributes.number<std::uint32_t>(IFLA_MTU);
    link.up = (header.ifi_flags & IFF_UP) != 0;
    link.arp = (header.ifi_flags & IFF_NOARP) == 0;
    link.master = attributes.number<int>(IFLA_MASTER);
    link.peer = attributes.number<int>(IFLA_LINK);
    if (link.kind == "bridge") {
        const auto data = Attributes<IFLA_BR_MAX>::within(info.raw(IFLA_INFO_DATA));
        link.stp = data.number<std::uint32_t>(IFLA_BR_STP_STATE) != 0;
    }
    if (info.text(IFLA_INFO_SLAVE_KIND) == "bridge")
        link.port = read_port(info.raw(IFLA_INFO_SLAVE_DATA));
    return link;
}

} // namespace

base::Result<> check_interface_name(std::string_view name) {
    const auto refused = [](char c) { return c == '/' || c == ':' || c <= ' ' || c == 0x7f; };
    if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == ".." ||
        std::any_of(name.begin(), name.end(), refused))
        return base::Error(base::Errc::invalid_argument,
                           "'" + std::string(name) + "' is no interface name (1 to 15 characters)");
    return {};
}

base::Result<std::optional<Link>> find_link(Netlink& netlink, const std::string& name) {
    TRY(check_interface_name(name));
    Message request(RTM_GETLINK, 0, ifinfomsg{});
    request.put_text(IFLA_IFNAME, name);
    std::optional<Link> link;
    TRY(const auto reply,
        netlink.call(request, [&](const nlmsghdr& message) { link = read_link(message); }));
    if (reply.error != ENODEV)
        TRY(check("look up interface " + name, reply));
    return link;
}

base::Result<std::vector<Link>> list_links(Netlink& netlink, std::string_view kind) {
    Message request(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{});
    request.nest(IFLA_LINKINFO, [&] { request.put_text(IFLA_INFO_KIND, kind); });
    std::vector<Link> links;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        auto link = read_link(message);
        if (link.kind == kind)
            links.push_back(std::move(link));
    }));
    TRY(check("list interfaces", reply));
    return links;
}

base::Result<> set_link_up(Netlink& netlink, int index) {
    ifinfomsg header{};
    header.ifi_index = index;
    header.ifi_flags = header.ifi_change = IFF_UP;
    Message request(RTM_NEWLINK, 0, header);
    TRY(const auto reply, netlink.call(request));
    return check("raise interface", reply);
}

base::Result<bool> delete_link(Netlink& netlink, const std::string& name) {
    TRY(check_interface_name(name));
    Message request(RTM_DELLINK, 0, ifinfomsg{});
    request.put_text(IFLA_IFNAME, name);
    TRY(const auto reply, netlink.call(request));
    if (reply.error == ENODEV)
        return false;
    TRY(check("remove interface " + name, reply));
    return true;
}

} // namespace agent::network
