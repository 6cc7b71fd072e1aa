// Two attached containers: what they reach, and what they cannot do to each other.

#include "agent/network/nft_table.hpp"
#include "tests/network/veth_fixture.hpp"

#include <cerrno>
#include <fstream>
#include <optional>

namespace network_test {
namespace {

const Address endpoint = address("169.254.170.2");

/// Two attached containers, the table loaded, and somebody listening where the agent would.
class TwoContainers : public Veth {
protected:
    void SetUp() override {
        Veth::SetUp();
        ASSERT_TRUE(load_nft_table({}));
        ASSERT_TRUE(attach_as("a", a_address, a));
        ASSERT_TRUE(attach_as("b", b_address, b));
        // The kernel makes a new link's queue a little later; until then it drops what is sent.
        ASSERT_TRUE(eventually([&] { return is_up("a", a) && is_up("b", b); }));
        agent = listen_at(address("169.254.172.1"), 51679);
        ASSERT_EQ(shell("sysctl -qw net.ipv4.ip_forward=1"), 0);
    }

    /// Both ends of its veth.
    static bool is_up(const std::string& owner, const Container& container) {
        std::string inside;
        container.run([&] { inside = output_of("ip -o link show dev ecs-eth0"); });
        const auto outside = output_of("ip -o link show dev " + host_end(owner));
        return inside.find("state UP") != std::string::npos &&
               outside.find("state UP") != std::string::npos;
    }

    static int connect_in(const Container& container, Address to, std::uint16_t port,
                          std::optional<Address> source = std::nullopt) {
        int outcome = -1;
        container.run([&] { outcome = connect_to(to, port, 400, source); });
        return outcome;
    }
    /// The same where it is to succeed: a first packet may be lost while the links come up, and the kernel sends it again
    /// after a second.
    static int reach_from(const Container& container, Address to, std::uint16_t port,
                          std::optional<Address> source = std::nullopt) {
        int outcome = -1;
        container.run([&] { outcome = connect_to(to, port, 5000, source); });
        return outcome;
    }

    Container a;
    Container b;
    base::Fd agent;
};
TEST_F(TwoContainers, ReachTheAgentWithTheirOwnAddress) {
    EXPECT_EQ(reach_from(a, endpoint, 80), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), a_address);
    EXPECT_EQ(reach_from(b, endpoint, 80), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), b_address);
    EXPECT_EQ(reach_from(a, address("169.254.172.1"), 51679), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), a_address);
    EXPECT_EQ(connect_to(endpoint, 80, 5000), 0) << "the host itself";
    EXPECT_EQ(network_test::accept_from(agent, 1000), address("169.254.172.1"));
}

TEST_F(TwoContainers, CannotTalkToEachOther) {
    base::Fd listener;
    b.run([&] { listener = listen_at(b_address, 8080); });
    // Through the host, by routing.
    ASSERT_EQ(a.shell("ip route add 169.254.172.3 via 169.254.172.1"), 0);
    ASSERT_EQ(b.shell("ip route add 169.254.172.2 via 169.254.172.1"), 0);
    EXPECT_NE(connect_in(a, b_address, 8080), 0);
    // Straight over the bridge, each knowing the other's MAC.
    ASSERT_EQ(
        a.shell("ip route replace 169.254.172.3 dev ecs-eth0 && ip neigh replace 169.254.172.3 "
                "lladdr 0a:58:a9:fe:ac:03 dev ecs-eth0"),
        0);
    ASSERT_EQ(
        b.shell("ip route replace 169.254.172.2 dev ecs-eth0 && ip neigh replace 169.254.172.2 "
                "lladdr 0a:58:a9:fe:ac:02 dev ecs-eth0"),
        0);
    EXPECT_EQ(connect_in(a, b_address, 8080), ETIMEDOUT);
    // That was isolation and the table's doing: without both they talk.
    ASSERT_TRUE(remove_nft_table().value());
    EXPECT_EQ(connect_in(a, b_address, 8080), ETIMEDOUT) << "isolation alone must do";
    ASSERT_EQ(shell("bridge link set dev " + host_end("a") + " isolated off"), 0);
    EXPECT_EQ(reach_from(a, b_address, 8080), 0);
}

TEST_F(TwoContainers, CannotPoseAsEachOther) {
    ASSERT_EQ(b.shell("ip addr add 169.254.172.2/32 dev ecs-eth0"), 0);
    EXPECT_EQ(connect_in(b, endpoint, 80, a_address), ETIMEDOUT);
    ASSERT_EQ(b.shell("ip neigh replace 169.254.172.1 lladdr 0e:c5:a9:fe:ac:01 dev ecs-eth0 && "
                      "ip link set ecs-eth0 address 0a:58:a9:fe:ac:02"),
              0);
    EXPECT_EQ(connect_in(b, endpoint, 80, a_address), ETIMEDOUT) << "with the other's MAC too";
    EXPECT_FALSE(network_test::accept_from(agent, 100));
    // The one whose address it is is not disturbed by all that.
    EXPECT_EQ(reach_from(a, endpoint, 80), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), a_address);
}

TEST_F(TwoContainers, CannotPoseAsEachOtherIsWhatThePortSettingsDo) {
    ASSERT_EQ(b.shell("ip addr add 169.254.172.2/32 dev ecs-eth0"), 0);
    ASSERT_EQ(shell("ip neigh replace 169.254.172.2 lladdr 0a:58:a9:fe:ac:03 dev ecs-bridge"), 0);
    EXPECT_EQ(reach_from(b, endpoint, 80, a_address), 0);
}

TEST_F(TwoContainers, CannotTakeAnAddressThatIsStillFree) {
    const auto free_address = address("169.254.172.9");
    ASSERT_EQ(b.shell("ip addr add 169.254.172.9/32 dev ecs-eth0"), 0);
    EXPECT_EQ(connect_in(b, endpoint, 80, free_address), ETIMEDOUT);
    EXPECT_FALSE(network_test::accept_from(agent, 100));
    // That is because the bridge speaks no ARP.
    ASSERT_EQ(shell("ip link set ecs-bridge arp on"), 0);
    ASSERT_EQ(b.shell("ip neigh del 169.254.172.1 dev ecs-eth0"), 0);
    EXPECT_EQ(reach_from(b, endpoint, 80, free_address), 0);
}

TEST_F(TwoContainers, AreNotReachedFromOtherNetworksOfTheHost) {
    const Container outside;
    ASSERT_EQ(
        shell("ip link add out0 type veth peer name out1 && ip addr add 10.9.0.1/24 dev out0 && "
              "ip link set out0 up"),
        0);
    ASSERT_EQ(shell("ip link set out1 netns " + outside.key()), 0);
    ASSERT_EQ(outside.shell("ip link set out1 up && ip addr add 10.9.0.2/24 dev out1 && "
                            "ip route add default via 10.9.0.1"),
              0);
    ASSERT_EQ(
        shell("nft add table ip docker && nft 'add chain ip docker post { type nat hook "
              "postrouting priority 100; }' && nft add rule ip docker post ip saddr 10.9.0.0/24 "
              "masquerade"),
        0);
    base::Fd listener;
    a.run([&] { listener = listen_at(a_address, 8080); });
    EXPECT_EQ(connect_in(outside, a_address, 8080), ETIMEDOUT);
    EXPECT_EQ(reach_from(outside, endpoint, 80), 0) << "the agent is for everyone";
    EXPECT_EQ(network_test::accept_from(agent, 1000), address("10.9.0.2"));
    ASSERT_TRUE(remove_nft_table().value());
    EXPECT_EQ(reach_from(outside, a_address, 8080), 0) << "without the table it would be reached";
}

TEST_F(TwoContainers, WorkAgainOnceABridgeThatWasDeletedIsRepaired) {
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 0u);
    ASSERT_EQ(shell("ip link delete ecs-bridge"), 0);
    ASSERT_TRUE(ensure_bridge({}).value());
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 6u);
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 0u);
    EXPECT_EQ(reach_from(a, endpoint, 80), 0);
    EXPECT_EQ(reach_from(b, endpoint, 80), 0);
}

TEST_F(TwoContainers, AreRepairedWhateverIsTakenAway) {
    for (const auto& harm :
         {"ip link set " + host_end("a") + " nomaster", "ip link set " + host_end("a") + " down",
          "bridge link set dev " + host_end("a") + " isolated off",
          "bridge link set dev " + host_end("a") + " learning on",
          "bridge fdb del 0a:58:a9:fe:ac:02 dev " + host_end("a") + " master",
          std::string("ip neigh del 169.254.172.2 dev ecs-bridge"),
          std::string("ip neigh replace 169.254.172.2 lladdr 0a:58:a9:fe:ac:03 dev ecs-bridge"),
          std::string("ip link set ecs-bridge down; ip link set ecs-bridge up")}) {
        ASSERT_EQ(shell(harm), 0) << harm;
        ASSERT_TRUE(ensure_bridge({}));
        EXPECT_GT(repair_ports("ecs-bridge").value(), 0u) << harm;
        EXPECT_EQ(repair_ports("ecs-bridge").value(), 0u) << harm;
        EXPECT_EQ(reach_from(a, endpoint, 80), 0) << harm;
    }
}

TEST_F(TwoContainers, LoseTheNeighboursOfThoseThatAreGone) {
    ASSERT_EQ(shell("ip neigh add 169.254.172.50 lladdr 0a:58:a9:fe:ac:32 dev ecs-bridge"), 0);
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 1u);
    EXPECT_EQ(output_of("ip neigh show dev ecs-bridge").find("172.50"), std::string::npos);
}

} // namespace
} // namespace network_test
