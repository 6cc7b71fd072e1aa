#include "agent/network/neighbour.hpp"

#include "agent/network/message.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace agent::network {

namespace {

ndmsg header_for(std::uint8_t family, int index, std::uint16_t state) {
    ndmsg header{};
    header.ndm_family = family;
    header.ndm_ifindex = index;
    header.ndm_state = state;
    return header;
}

} // namespace

base::Result<std::vector<Neighbour>> list_neighbours(Netlink& netlink, int index) {
    Message request(RTM_GETNEIGH, NLM_F_DUMP, header_for(AF_INET, 0, 0));
    request.put_number(NDA_IFINDEX, index);
    std::vector<Neighbour> neighbours;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        const auto found = header_of<ndmsg>(message);
        const auto attributes = Attributes<NDA_MAX>::after(message, found);
        const auto address = attributes.address(NDA_DST);
        const auto mac = attributes.value<Mac>(NDA_LLADDR);
        if (found.ndm_ifindex == index && (found.ndm_state & NUD_PERMANENT) != 0 && address && mac)
            neighbours.push_back({*address, *mac});
    }));
    TRY(check("list neighbours", reply));
    return neighbours;
}

base::Result<> set_neighbour(Netlink& netlink, int index, const Neighbour& neighbour) {
    Message request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
                    header_for(AF_INET, index, NUD_PERMANENT));
    request.put_address(NDA_DST, neighbour.address);
    request.put_mac(NDA_LLADDR, neighbour.mac);
    TRY(const auto reply, netlink.call(request));
    return check("add neighbour " + neighbour.address.to_string(), reply);
}

base::Result<bool> delete_neighbour(Netlink& netlink, int index,
                                    boost::asio::ip::address_v4 address) {
    Message request(RTM_DELNEIGH, 0, header_for(AF_INET, index, 0));
    request.put_address(NDA_DST, address);
    TRY(const auto reply, netlink.call(request));
    if (reply.error == ENOENT || reply.error == ENODEV)
        return false;
    TRY(check("remove neighbour " + address.to_string(), reply));
    return true;
}

base::Result<std::vector<ForwardingEntry>> list_forwarding_entries(Netlink& netlink, int bridge) {
    Message request(RTM_GETNEIGH, NLM_F_DUMP, header_for(AF_BRIDGE, 0, 0));
    request.put_number(NDA_MASTER, bridge);
    std::vector<ForwardingEntry> entries;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        const auto found = header_of<ndmsg>(message);
        const auto mac = Attributes<NDA_MAX>::after(message, found).value<Mac>(NDA_LLADDR);
        if ((found.ndm_state & NUD_NOARP) != 0 && mac)
            entries.push_back({found.ndm_ifindex, *mac});
    }));
    TRY(check("list forwarding entries", reply));
    return entries;
}

base::Result<> set_forwarding_entry(Netlink& netlink, const ForwardingEntry& entry) {
    // For a bridge NUD_NOARP means static; NUD_PERMANENT would mean "the bridge's own".
    auto header = header_for(AF_BRIDGE, entry.port, NUD_NOARP);
    header.ndm_flags = NTF_MASTER;
    Message request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header);
    request.put_mac(NDA_LLADDR, entry.mac);
    TRY(const auto reply, netlink.call(request));
    return check("add forwarding entry " + to_string(entry.mac), reply);
}

} // namespace agent::network
