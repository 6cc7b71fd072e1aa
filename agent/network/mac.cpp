#include "agent/network/mac.hpp"

namespace agent::network {

namespace {

Mac with_prefix(std::uint8_t first, std::uint8_t second, boost::asio::ip::address_v4 address) {
    const auto bytes = address.to_bytes();
    return {first, second, bytes[0], bytes[1], bytes[2], bytes[3]};
}

constexpr std::uint8_t bridge_first = 0x0e;
constexpr std::uint8_t bridge_second = 0xc5;

} // namespace

std::string to_string(const Mac& mac) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : mac) {
        if (!text.empty())
            text += ':';
        text += digits[byte >> 4];
        text += digits[byte & 0xf];
    }
    return text;
}

Mac lease_mac(boost::asio::ip::address_v4 address) {
    return with_prefix(0x0a, 0x58, address);
}

Mac bridge_mac(boost::asio::ip::address_v4 gateway) {
    return with_prefix(bridge_first, bridge_second, gateway);
}

bool is_bridge_mac(const Mac& mac) {
    return mac[0] == bridge_first && mac[1] == bridge_second;
}

} // namespace agent::network
