#include "agent/network/address.hpp"

#include "agent/network/message.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace agent::network {

namespace {

Message change(int type, int flags, int index, const InterfaceAddress& address) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = address.prefix_length;
    header.ifa_scope = RT_SCOPE_UNIVERSE;
    header.ifa_index = static_cast<std::uint32_t>(index);
    Message request(type, flags, header);
    request.put_address(IFA_LOCAL, address.address);
    request.put_address(IFA_ADDRESS, address.address);
    return request;
}

} // namespace

base::Result<std::vector<InterfaceAddress>> list_addresses(Netlink& netlink, int index) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_index = static_cast<std::uint32_t>(index);
    Message request(RTM_GETADDR, NLM_F_DUMP, header);
    std::vector<InterfaceAddress> addresses;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        const auto found = header_of<ifaddrmsg>(message);
        const auto local = Attributes<IFA_MAX>::after(message, found).address(IFA_LOCAL);
        if (local && found.ifa_index == header.ifa_index)
            addresses.push_back({*local, found.ifa_prefixlen});
    }));
    TRY(check("list addresses", reply));
    return addresses;
}

base::Result<> set_address(Netlink& netlink, int index, const InterfaceAddress& address) {
    auto request = change(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, address);
    TRY(const auto reply, netlink.call(request));
    return check("add address " + address.address.to_string(), reply);
}

base::Result<bool> delete_address(Netlink& netlink, int index, const InterfaceAddress& address) {
    auto request = change(RTM_DELADDR, 0, index, address);
    TRY(const auto reply, netlink.call(request));
    if (reply.error == EADDRNOTAVAIL || reply.error == ENODEV)
        return false;
    TRY(check("remove address " + address.address.to_string(), reply));
    return true;
}

} // namespace agent::network
