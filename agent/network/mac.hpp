#pragma once
// Ethernet addresses, and the two that we derive from IPv4 addresses. Pure.

#include <boost/asio/ip/address_v4.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace agent::network {

using Mac = std::array<std::uint8_t, 6>;

/// "0a:58:a9:fe:ac:02"
std::string to_string(const Mac& mac);

/// The container side of a lease: 0a:58 and the address's four bytes, as Amazon's plugin has it.
Mac lease_mac(boost::asio::ip::address_v4 address);

/// Our bridge: 0e:c5 and the gateway's four bytes. Locally administered, never a lease's.
Mac bridge_mac(boost::asio::ip::address_v4 gateway);

/// Whether it is one that bridge_mac() makes for some gateway: how we know a bridge as ours.
bool is_bridge_mac(const Mac& mac);

} // namespace agent::network
