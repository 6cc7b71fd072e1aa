#pragma once
// Our nftables table: requests to 169.254.170.2:80 go to the agent, and nothing is forwarded into
// or out of the bridge. Loaded by the `nft` program as one transaction, checked by netlink (20 us).
// Stateless functions in the calling thread's network namespace; they block, at most 5 s.

#include "base/error.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace agent::network {

inline constexpr std::string_view nft_table_name = "ecs_node_agent";

struct NftTableSettings {
    std::string bridge = "ecs-bridge";
    boost::asio::ip::address_v4 endpoint{0xa9feaa02}; ///< 169.254.170.2
    std::uint16_t endpoint_port = 80;
    boost::asio::ip::address_v4 agent{0xa9feac01}; ///< 169.254.172.1
    std::uint16_t agent_port = 51679;
};

/// The input of `nft -f -` that replaces the table, whatever was there before. Pure.
std::string render_nft_table(const NftTableSettings& settings);

/// Puts the table in place, atomically. not_found: no nft program; timeout: it took over 5 s; io:
/// nft refused, its own words are in the text.
base::Result<> load_nft_table(const NftTableSettings& settings);

/// Whether the kernel has exactly our chains (by type, hook, priority and policy) and our rules for
/// these settings (by their comments).
base::Result<bool> nft_table_is_right(const NftTableSettings& settings);

/// Removes the table; false when there was none.
base::Result<bool> remove_nft_table();

} // namespace agent::network
