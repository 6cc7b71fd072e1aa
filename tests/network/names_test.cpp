// What needs no privilege: names, MACs, aliases, the ruleset's text, capabilities.
#include "agent/network/addresses.hpp"
#include "agent/network/capabilities.hpp"
#include "agent/network/link.hpp"
#include "agent/network/mac.hpp"
#include "agent/network/nft_table.hpp"
#include "agent/network/port.hpp"
#include "agent/network/veth.hpp"

#include "tests/network/interface_addresses.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace {

using namespace agent::network;
using boost::asio::ip::make_address_v4;

TEST(Mac, OfALeaseIsItsAddressBehindAmazonsPrefix) {
    EXPECT_EQ(to_string(lease_mac(make_address_v4("169.254.172.2"))), "0a:58:a9:fe:ac:02");
}

TEST(Mac, OfTheBridgeIsLocalAndNeverALeases) {
    const auto mac = bridge_mac(make_address_v4("169.254.172.1"));
    EXPECT_EQ(to_string(mac), "0e:c5:a9:fe:ac:01");
    EXPECT_EQ(mac[0] & 0x3, 0x2) << "locally administered, unicast";
    EXPECT_TRUE(is_bridge_mac(mac));
    EXPECT_FALSE(is_bridge_mac(lease_mac(make_address_v4("169.254.172.1"))));
}

TEST(HostInterfaceName, IsStableAndFits) {
    EXPECT_EQ(host_interface_name("a"), "ecsaf63dc4c8601");
    std::set<std::string> names;
    for (auto owner = 0; owner < 1000; ++owner)
        names.insert(host_interface_name("owner-" + std::to_string(owner)));
    EXPECT_EQ(names.size(), 1000u);
    for (const auto& name : names) {
        EXPECT_TRUE(check_interface_name(name));
        EXPECT_TRUE(is_host_interface_name(name)) << name;
    }
}

TEST(HostInterfaceName, IsNotMistakenForOthers) {
    for (const auto* other : {"", "ecs", "ecs-bridge", "ecs-eth0", "ecsaf63dc4c860",
                              "ecsAF63DC4C8601", "ecsaf63dc4c86011", "eth0af63dc4c860"})
        EXPECT_FALSE(is_host_interface_name(other)) << other;
}

TEST(InterfaceName, IsRefusedWhereTheKernelWouldCutIt) {
    EXPECT_TRUE(check_interface_name("exactly15-chars"));
    for (const auto* wrong :
         {"", ".", "..", "with/slash", "with blank", "with:colon", "sixteen-chars-it"}) {
        const auto refused = check_interface_name(wrong);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().code(), base::Errc::invalid_argument);
    }
}

TEST(Alias, HoldsOwnerAndAddress) {
    const Ownership ownership{"task/7f", make_address_v4("169.254.172.9")};
    EXPECT_EQ(render_alias(ownership), "ecs-node-agent 169.254.172.9 task/7f");
    EXPECT_EQ(parse_alias(render_alias(ownership)), ownership);
}

TEST(Alias, OfOthersIsNone) {
    for (const auto* other : {"", "eth0", "ecs-node-agent ", "ecs-node-agent 169.254.172.9",
                              "ecs-node-agent 169.254.172.9 ", "ecs-node-agent nonsense owner"})
        EXPECT_FALSE(parse_alias(other)) << other;
}

TEST(Attach, RefusesOwnersThatDoNotFitIntoAnAlias) {
    for (const auto& wrong :
         {std::string(), std::string("two words"), std::string("line\n"), std::string(201, 'x')}) {
        AttachRequest request;
        request.owner = wrong;
        request.sandbox_key = "/proc/self/ns/net";
        EXPECT_EQ(attach(request).error().code(), base::Errc::invalid_argument) << wrong;
    }
}

TEST(Attach, RefusesTheHostsOwnNamespace) {
    AttachRequest request;
    request.owner = "a";
    request.sandbox_key = "/proc/self/ns/net";
    const auto refused = attach(request);
    EXPECT_EQ(refused.error().code(), base::Errc::invalid_argument);
    EXPECT_EQ(refused.error().what(), "/proc/self/ns/net is the host's own network");
}

TEST(Attach, SaysThatANamespaceIsGone) {
    AttachRequest request;
    request.owner = "a";
    request.sandbox_key = "/var/run/docker/netns/no-such-one";
    EXPECT_EQ(attach(request).error().code(), base::Errc::not_found);
}

TEST(RemoveAttachment, TouchesNoOtherInterface) {
    EXPECT_EQ(remove_attachment("lo").error().code(), base::Errc::invalid_argument);
}

TEST(NftTable, IsReplacedInOneTransaction) {
    EXPECT_EQ(render_nft_table({}), R"(table ip ecs_node_agent
delete table ip ecs_node_agent
table ip ecs_node_agent {
    chain prerouting {
        type nat hook prerouting priority -110; policy accept;
        ip daddr 169.254.170.2 tcp dport 80 dnat to 169.254.172.1:51679 comment "169.254.170.2:80 to 169.254.172.1:51679"
    }
    chain output {
        type nat hook output priority -110; policy accept;
        ip daddr 169.254.170.2 tcp dport 80 dnat to 169.254.172.1:51679 comment "169.254.170.2:80 to 169.254.172.1:51679"
    }
    chain forward {
        type filter hook forward priority -10; policy accept;
        oifname "ecs-bridge" drop comment "nothing into ecs-bridge"
        iifname "ecs-bridge" drop comment "nothing out of ecs-bridge"
    }
}
)");
}

TEST(NftTable, FollowsItsSettings) {
    NftTableSettings settings;
    settings.bridge = "other0";
    settings.endpoint = make_address_v4("169.254.170.9");
    settings.agent = make_address_v4("10.0.0.1");
    settings.agent_port = 1234;
    const auto text = render_nft_table(settings);
    EXPECT_NE(text.find("ip daddr 169.254.170.9 tcp dport 80 dnat to 10.0.0.1:1234"),
              std::string::npos);
    EXPECT_NE(text.find("oifname \"other0\" drop"), std::string::npos);
}

TEST(NftTable, TakesNoBridgeNameThatIsNone) {
    NftTableSettings settings;
    settings.bridge = "x\" accept; #";
    EXPECT_EQ(load_nft_table(settings).error().code(), base::Errc::invalid_argument);
}

TEST(Capabilities, NamesThoseThatAreMissing) {
    EXPECT_TRUE(missing_capabilities(0x1ffffffffff).empty());
    EXPECT_EQ(missing_capabilities(0x00000000a80425fb),
              (std::vector<std::string>{"CAP_NET_ADMIN", "CAP_SYS_ADMIN"}));
    EXPECT_EQ(missing_capabilities(1u << 12), std::vector<std::string>{"CAP_SYS_ADMIN"});
}

TEST(Capabilities, AreReadFromStatus) {
    EXPECT_EQ(
        parse_effective_capabilities("Name:\tx\nCapPrm:\t0\nCapEff:\t00000000a80425fb\nCapBnd:"
                                     "\t0\n")
            .value(),
        0xa80425fbu);
    for (const auto* wrong : {"", "CapEff", "x\nCapEff:\t", "x\nCapEff:\tzz\n"})
        EXPECT_FALSE(parse_effective_capabilities(wrong)) << wrong;
    EXPECT_TRUE(missing_capabilities());
}

TEST(OwnAddress, IsEveryAddressOfEveryInterface) {
    const auto addresses = network_test::interface_addresses();
    EXPECT_FALSE(addresses.empty());
    for (const auto& address : addresses)
        EXPECT_TRUE(is_own_address(address)) << address;
}

} // namespace
