#pragma once
// What the interfaces of this machine have, as getifaddrs lists it.

#include "base/handle.hpp"

#include <boost/asio/ip/address.hpp>

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>
#include <vector>

namespace network_test {

/// The IPv4 addresses of every interface, loopback included.
inline std::vector<boost::asio::ip::address> interface_addresses() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        return {};
    const base::Handle<ifaddrs, &freeifaddrs> owned(list);
    std::vector<boost::asio::ip::address> addresses;
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET)
            continue;
        sockaddr_in found;
        std::memcpy(&found, entry->ifa_addr, sizeof found);
        addresses.emplace_back(boost::asio::ip::address_v4(ntohl(found.sin_addr.s_addr)));
    }
    return addresses;
}

} // namespace network_test
