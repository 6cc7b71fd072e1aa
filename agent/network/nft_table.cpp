#include "agent/network/nft_table.hpp"

#include "agent/network/link.hpp"
#include "agent/network/message.hpp"
#include "agent/network/netlink.hpp"
#include "agent/network/nft_program.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <compare>
#include <string_view>
#include <vector>

namespace agent::network {

namespace {

/// A rule: its comment is how we know it again in the kernel, so it says all that the rule depends
/// on.
struct Rule {
    std::string chain;
    std::string text;
    std::string comment;
};

std::vector<Rule> rules_for(const NftTableSettings& settings) {
    const auto endpoint = settings.endpoint.to_string();
    const auto door = endpoint + ":" + std::to_string(settings.endpoint_port);
    const auto agent = settings.agent.to_string() + ":" + std::to_string(settings.agent_port);
    const auto redirect = "ip daddr " + endpoint + " tcp dport " +
                          std::to_string(settings.endpoint_port) + " dnat to " + agent;
    const auto bridge = "\"" + settings.bridge + "\"";
    return {{"prerouting", redirect, door + " to " + agent},
            {"output", redirect, door + " to " + agent},
            {"forward", "oifname " + bridge + " drop", "nothing into " + settings.bridge},
            {"forward", "iifname " + bridge + " drop", "nothing out of " + settings.bridge}};
}

/// Where in their way packets meet the rules, and what becomes of those that no rule judges.
struct Chain {
    std::string name; ///< the hook has the same
    std::string type;
    std::uint32_t hook = 0;
    std::int32_t priority = 0;
    std::uint32_t policy = NF_ACCEPT;

    auto operator<=>(const Chain&) const = default;
};

std::vector<Chain> wanted_chains() {
    return {{"prerouting", "nat", NF_INET_PRE_ROUTING, -110},
            {"output", "nat", NF_INET_LOCAL_OUT, -110},
            {"forward", "filter", NF_INET_FORWARD, -10}};
}

std::string render_chain(const std::vector<Rule>& rules, const Chain& chain) {
    std::string text = "    chain " + chain.name + " {\n        type " + chain.type + " hook " +
                       chain.name + " priority " + std::to_string(chain.priority) +
                       "; policy accept;\n";
    for (const auto& rule : rules)
        if (rule.chain == chain.name)
            text += "        " + rule.text + " comment \"" + rule.comment + "\"\n";
    return text + "    }\n";
}

Message request_for(int type, int flags) {
    nfgenmsg header{};
    header.nfgen_family = NFPROTO_IPV4;
    header.version = NFNETLINK_V0;
    return Message((NFNL_SUBSYS_NFTABLES << 8) | type, flags, header);
}

/// The comment among a rule's user data: type, length, value; again and again.
std::string comment_in(const nlattr* user_data) {
    constexpr std::uint8_t comment_type = 0;
    if (user_data == nullptr)
        return {};
    std::string_view rest(static_cast<const char*>(nla_data(user_data)),
                          static_cast<std::size_t>(nla_len(user_data)));
    while (rest.size() >= 2) {
        const auto type = static_cast<std::uint8_t>(rest[0]);
        const auto value = rest.substr(2, static_cast<std::uint8_t>(rest[1]));
        if (type == comment_type)
            return std::string(value.substr(0, value.find('\0')));
        rest.remove_prefix(2 + value.size());
    }
    return {};
}

/// Whether our table is there and in force.
base::Result<bool> table_is_active(Netlink& netlink) {
    auto request = request_for(NFT_MSG_GETTABLE, 0);
    request.put_text(NFTA_TABLE_NAME, nft_table_name);
    auto active = false;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        const auto attributes =
            Attributes<NFTA_TABLE_MAX>::after(message, header_of<nfgenmsg>(message));
        active = ntohl(attributes.number<std::uint32_t>(NFTA_TABLE_FLAGS)) == 0;
    }));
    if (reply.error == ENOENT)
        return false;
    TRY(check("look up the nftables table", reply));
    return active;
}

base::Result<std::vector<Chain>> read_chains(Netlink& netlink) {
    auto request = request_for(NFT_MSG_GETCHAIN, NLM_F_DUMP);
    std::vector<Chain> chains;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        const auto attributes =
            Attributes<NFTA_CHAIN_MAX>::after(message, header_of<nfgenmsg>(message));
        if (attributes.text(NFTA_CHAIN_TABLE) != nft_table_name)
            return;
        const auto hook = Attributes<NFTA_HOOK_MAX>::within(attributes.raw(NFTA_CHAIN_HOOK));
        Chain chain;
        chain.name = attributes.text(NFTA_CHAIN_NAME);
        chain.type = attributes.text(NFTA_CHAIN_TYPE);
        chain.hook = ntohl(hook.number<std::uint32_t>(NFTA_HOOK_HOOKNUM));
        chain.priority =
            static_cast<std::int32_t>(ntohl(hook.number<std::uint32_t>(NFTA_HOOK_PRIORITY)));
        chain.policy = ntohl(attributes.number<std::uint32_t>(NFTA_CHAIN_POLICY));
        chains.push_back(std::move(chain));
    }));
    TRY(check("list the nftables chains", reply));
    return chains;
}

using ChainAndComment = std::pair<std::string, std::string>;

base::Result<std::vector<ChainAndComment>> read_rules(Netlink& netlink) {
    auto request = request_for(NFT_MSG_GETRULE, NLM_F_DUMP);
    request.put_text(NFTA_RULE_TABLE, nft_table_name);
    std::vector<ChainAndComment> rules;
    TRY(const auto reply, netlink.call(request, [&](const nlmsghdr& message) {
        const auto attributes =
            Attributes<NFTA_RULE_MAX>::after(message, header_of<nfgenmsg>(message));
        if (attributes.text(NFTA_RULE_TABLE) == nft_table_name)
            rules.emplace_back(attributes.text(NFTA_RULE_CHAIN),
                               comment_in(attributes.raw(NFTA_RULE_USERDATA)));
    }));
    if (reply.error != ENOENT)
        TRY(check("list the nftables rules", reply));
    return rules;
}

} // namespace

std::string render_nft_table(const NftTableSettings& settings) {
    const auto rules = rules_for(settings);
    const auto name = "table ip " + std::string(nft_table_name);
    // Declared, deleted, declared again: one transaction, whether or not it was there.
    auto text = name + "\ndelete " + name + "\n" + name + " {\n";
    for (const auto& chain : wanted_chains())
        text += render_chain(rules, chain);
    return text + "}\n";
}

base::Result<> load_nft_table(const NftTableSettings& settings) {
    TRY(check_interface_name(settings.bridge));
    return run_nft(render_nft_table(settings));
}

base::Result<bool> nft_table_is_right(const NftTableSettings& settings) {
    TRY(auto netlink, Netlink::open_netfilter());
    TRY(const auto active, table_is_active(netlink));
    if (!active)
        return false;
    TRY(auto chains, read_chains(netlink));
    auto expected = wanted_chains();
    std::sort(chains.begin(), chains.end());
    std::sort(expected.begin(), expected.end());
    if (chains != expected)
        return false;
    TRY(auto found, read_rules(netlink));
    std::vector<ChainAndComment> wanted;
    for (const auto& rule : rules_for(settings))
        wanted.emplace_back(rule.chain, rule.comment);
    std::sort(found.begin(), found.end());
    std::sort(wanted.begin(), wanted.end());
    return found == wanted;
}

base::Result<bool> remove_nft_table() {
    TRY(auto netlink, Netlink::open_netfilter());
    auto request = request_for(NFT_MSG_GETTABLE, 0);
    request.put_text(NFTA_TABLE_NAME, nft_table_name);
    TRY(const auto reply, netlink.call(request));
    if (reply.error == ENOENT)
        return false;
    TRY(check("look up the nftables table", reply));
    TRY(run_nft("delete table ip " + std::string(nft_table_name) + "\n"));
    return true;
}

} // namespace agent::network
