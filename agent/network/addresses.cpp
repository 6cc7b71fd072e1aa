#include "agent/network/addresses.hpp"

#include "base/handle.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace agent::network {

namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

template <class Socket>
Socket copy_of(const sockaddr* address) {
    Socket copy;
    std::memcpy(&copy, address, sizeof copy);
    return copy;
}

} // namespace

base::Result<std::vector<boost::asio::ip::address>> host_addresses() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        return base::from_errno("list the host's addresses");
    const base::Handle<ifaddrs, &freeifaddrs> owned(list);
    std::vector<boost::asio::ip::address> addresses;
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr)
            continue;
        if (entry->ifa_addr->sa_family == AF_INET) {
            const auto found = copy_of<sockaddr_in>(entry->ifa_addr);
            addresses.emplace_back(address_v4(ntohl(found.sin_addr.s_addr)));
        } else if (entry->ifa_addr->sa_family == AF_INET6) {
            const auto found = copy_of<sockaddr_in6>(entry->ifa_addr);
            address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &found.sin6_addr, bytes.size());
            addresses.emplace_back(address_v6(bytes));
        }
    }
    return addresses;
}

} // namespace agent::network
