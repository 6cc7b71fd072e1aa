#pragma once
// The IPv4 addresses of an interface.

#include "agent/network/netlink.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <cstdint>
#include <vector>

namespace agent::network {

struct InterfaceAddress {
    boost::asio::ip::address_v4 address;
    std::uint8_t prefix_length = 32;

    bool operator==(const InterfaceAddress&) const = default;
};

base::Result<std::vector<InterfaceAddress>> list_addresses(Netlink& netlink, int index);
/// Adds it; there already is fine. Global scope, no broadcast address.
base::Result<> set_address(Netlink& netlink, int index, const InterfaceAddress& address);
/// False when it was not there.
base::Result<bool> delete_address(Netlink& netlink, int index, const InterfaceAddress& address);

} // namespace agent::network
