#include "agent/network/watcher.hpp"

#include "agent/network/bridge.hpp"
#include "agent/network/nft_table.hpp"
#include "agent/network/veth.hpp"
#include "tests/network/own_network.hpp"

#include <gtest/gtest.h>
#include <poll.h>

namespace {

using namespace agent::network;
using network_test::shell;

class Watching : public network_test::OwnNetwork {
protected:
    void SetUp() override {
        OwnNetwork::SetUp();
        ASSERT_TRUE(ensure_bridge({}));
        ASSERT_TRUE(load_nft_table({}));
        watcher.emplace(Watcher::open({}).value());
    }

    /// What the watcher says of a command; a descriptor must have become readable for it.
    Changes after(const std::string& command) {
        EXPECT_EQ(shell(command), 0) << command;
        const auto [route, netfilter] = watcher->descriptors();
        std::array<pollfd, 2> watched{pollfd{route, POLLIN, 0}, {netfilter, POLLIN, 0}};
        EXPECT_GE(::poll(watched.data(), watched.size(), 1000), 1) << command;
        return watcher->drain().value();
    }

    static void attach_a(const network_test::Container& container) {
        AttachRequest request;
        request.owner = "a";
        request.sandbox_key = container.key();
        request.address = network_test::address("169.254.172.2");
        ASSERT_TRUE(attach(request));
    }

    std::optional<Watcher> watcher;
};

TEST_F(Watching, SaysNothingWhileNothingHappens) {
    EXPECT_FALSE(watcher->drain().value().any());
}

TEST_F(Watching, NoticesHarmToTheBridge) {
    for (const auto* harm :
         {"ip route del 169.254.170.2 metric 0", "ip addr del 169.254.172.1/22 dev ecs-bridge",
          "ip route del unreachable 169.254.170.2 metric 4096",
          "ip addr add 10.1.1.1/24 dev ecs-bridge", "ip link set ecs-bridge down",
          "ip link delete ecs-bridge"}) {
        const auto changes = after(harm);
        EXPECT_TRUE(changes.bridge) << harm;
        EXPECT_FALSE(changes.table) << harm;
        EXPECT_TRUE(ensure_bridge({}).value());
        EXPECT_TRUE(watcher->drain().value().bridge) << "our own repair is heard too";
    }
}

TEST_F(Watching, NoticesHarmToTheTable) {
    for (const auto* harm :
         {"nft flush ruleset", "nft delete table ip ecs_node_agent",
          "nft flush table ip ecs_node_agent", "nft add rule ip ecs_node_agent forward accept",
          "nft 'chain ip ecs_node_agent forward { policy drop; }'"}) {
        const auto changes = after(harm);
        EXPECT_TRUE(changes.table) << harm;
        EXPECT_FALSE(changes.bridge) << harm;
        ASSERT_TRUE(load_nft_table({}));
        EXPECT_TRUE(watcher->drain().value().table);
    }
}

TEST_F(Watching, NoticesAPortThatLeavesTheBridge) {
    const network_test::Container container;
    attach_a(container);
    (void)watcher->drain();
    EXPECT_TRUE(after("ip link set " + host_interface_name("a") + " nomaster").ports);
}

TEST_F(Watching, NoticesThatWhatTiesAnAddressToAPortIsGoneOrAnothers) {
    const network_test::Container container;
    attach_a(container);
    for (const auto& harm :
         {std::string("ip neigh del 169.254.172.2 dev ecs-bridge"),
          std::string("ip neigh replace 169.254.172.2 lladdr 0a:58:a9:fe:ac:03 dev ecs-bridge"),
          "bridge fdb del 0a:58:a9:fe:ac:02 dev " + host_interface_name("a") + " master"}) {
        (void)watcher->drain();
        EXPECT_TRUE(after(harm).ports) << harm;
        EXPECT_GT(repair_ports("ecs-bridge").value(), 0U) << harm;
    }
}

TEST_F(Watching, NoticesANeighbourThatIsGoneFromABridgeThatWasMadeAnew) {
    const network_test::Container container;
    attach_a(container);
    ASSERT_EQ(shell("ip link delete ecs-bridge"), 0);
    ASSERT_TRUE(ensure_bridge({}));
    ASSERT_TRUE(repair_ports("ecs-bridge"));
    (void)watcher->drain();
    EXPECT_TRUE(after("ip neigh del 169.254.172.2 dev ecs-bridge").ports);
}

TEST_F(Watching, IgnoresANeighbourThatIsMadeAsALeaseMakesIt) {
    EXPECT_FALSE(after("ip neigh add 169.254.172.9 lladdr 0a:58:a9:fe:ac:09 dev ecs-bridge").any());
}

TEST_F(Watching, IgnoresWhatIsNotOurs) {
    EXPECT_FALSE(
        after("ip link add other0 type bridge && ip link set other0 up && "
              "ip addr add 10.2.2.2/24 dev other0 && ip route add 10.3.0.0/16 dev other0 && "
              "ip neigh add 10.2.2.9 lladdr 02:00:00:00:00:09 dev other0 && "
              "ip neigh del 10.2.2.9 dev other0 && "
              "ip link add port0 type veth peer name port1 && ip link set port0 master other0 && "
              "bridge fdb add 02:00:00:00:00:0a dev port0 master static && "
              "bridge fdb del 02:00:00:00:00:0a dev port0 master && "
              "nft add table ip theirs && nft add table ip6 ecs_node_agent")
            .any());
}

TEST_F(Watching, ReportsEverythingWhenMessagesWereLost) {
    ASSERT_EQ(
        shell("i=0; while [ $i -lt 6000 ]; do echo \"address add 10.77.$((i / 250)).$((i % 250"
              " + 1))/32 dev lo\"; i=$((i+1)); done | ip -batch -"),
        0);
    const auto changes = watcher->drain().value();
    EXPECT_TRUE(changes.bridge && changes.ports && changes.table);
}

} // namespace
