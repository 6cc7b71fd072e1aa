#include "agent/network/nft_table.hpp"

#include "agent/network/nft_program.hpp"
#include "tests/network/own_network.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using namespace agent::network;
using network_test::output_of;
using network_test::shell;

class NftTableInKernel : public network_test::OwnNetwork {
protected:
    NftTableSettings settings;
};

TEST_F(NftTableInKernel, IsLoadedAndKnownAsRight) {
    EXPECT_FALSE(nft_table_is_right(settings).value());
    ASSERT_TRUE(load_nft_table(settings));
    EXPECT_TRUE(nft_table_is_right(settings).value());
    ASSERT_TRUE(load_nft_table(settings)) << "again, in place of the first";
    EXPECT_TRUE(nft_table_is_right(settings).value());
}

TEST_F(NftTableInKernel, IsNotRightAfterAnyHarmAndRightAfterLoading) {
    for (const auto* harm :
         {"nft flush ruleset", "nft delete table ip ecs_node_agent",
          "nft flush table ip ecs_node_agent", "nft flush chain ip ecs_node_agent output",
          "nft add rule ip ecs_node_agent forward accept",
          "nft 'chain ip ecs_node_agent forward { policy drop; }'",
          "nft add chain ip ecs_node_agent theirs",
          "nft 'add table ip ecs_node_agent { flags dormant; }'"}) {
        ASSERT_TRUE(load_nft_table(settings));
        ASSERT_TRUE(nft_table_is_right(settings).value());
        ASSERT_EQ(shell(harm), 0) << harm;
        EXPECT_FALSE(nft_table_is_right(settings).value()) << harm;
    }
}

// The rules, and so their comments, are ours in each of these.
TEST_F(NftTableInKernel, IsNotRightWithAnotherPolicyPriorityOrHook) {
    const std::pair<std::string, std::string> harms[] = {
        {"priority -10; policy accept", "priority -10; policy drop"},
        {"nat hook output priority -110", "nat hook output priority -90"},
        {"filter hook forward", "filter hook postrouting"}};
    for (const auto& [ours, theirs] : harms) {
        auto text = render_nft_table(settings);
        const auto place = text.find(ours);
        ASSERT_NE(place, std::string::npos) << ours;
        const auto loaded = run_nft(text.replace(place, ours.size(), theirs));
        ASSERT_TRUE(loaded) << loaded.error().what();
        EXPECT_FALSE(nft_table_is_right(settings).value()) << theirs;
        ASSERT_TRUE(load_nft_table(settings));
        EXPECT_TRUE(nft_table_is_right(settings).value()) << theirs;
    }
}

TEST_F(NftTableInKernel, IsNotRightForOtherSettings) {
    ASSERT_TRUE(load_nft_table(settings));
    auto other = settings;
    other.agent_port = 51680;
    EXPECT_FALSE(nft_table_is_right(other).value());
    ASSERT_TRUE(load_nft_table(other));
    EXPECT_TRUE(nft_table_is_right(other).value());
    EXPECT_FALSE(nft_table_is_right(settings).value());
}

TEST_F(NftTableInKernel, IsRemovedOnceAndOthersStay) {
    ASSERT_EQ(shell("nft add table ip theirs"), 0);
    ASSERT_TRUE(load_nft_table(settings));
    EXPECT_TRUE(remove_nft_table().value());
    EXPECT_FALSE(remove_nft_table().value());
    EXPECT_EQ(output_of("nft list tables"), "table ip theirs\n");
}

TEST_F(NftTableInKernel, RefusalCarriesNftsOwnWords) {
    const auto refused = run_nft("table ip broken { chain }\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), base::Errc::io);
    EXPECT_NE(refused.error().what().find("syntax error"), std::string::npos)
        << refused.error().what();
}

} // namespace
