// The instance metadata service, which tasks may be kept from.

#include "tests/network/veth_fixture.hpp"

#include <cerrno>
#include <filesystem>
#include <vector>

namespace network_test {
namespace {

const Address instance_metadata = address("169.254.169.254");
const auto instance_metadata_6 = boost::asio::ip::make_address("fd00:ec2::254");

/// A container with a primary network beside the veth, over which it reaches the instance metadata
/// service that the test's namespace plays; over IPv6 too where this machine has it.
class InstanceMetadata : public Veth {
protected:
    void SetUp() override {
        Veth::SetUp();
        ASSERT_EQ(shell("ip link add out0 type veth peer name out1 && ip link set out1 netns " +
                        container.key() +
                        " && ip addr add 10.9.0.1/24 dev out0 && ip link set out0 up && "
                        "ip addr add 169.254.169.254/32 dev lo"),
                  0);
        ASSERT_EQ(container.shell("ip link set lo up && ip addr add 10.9.0.2/24 dev out1 && "
                                  "ip link set out1 up && ip route add default via 10.9.0.1"),
                  0);
        listeners.push_back(listen_at(instance_metadata, 80));
        if (!has_ipv6)
            return;
        ASSERT_EQ(shell("ip addr add fd00:9::1/64 dev out0 nodad && "
                        "ip addr add fd00:ec2::254/128 dev lo nodad"),
                  0);
        ASSERT_EQ(container.shell("ip addr add fd00:9::2/64 dev out1 nodad && "
                                  "ip -6 route add default via fd00:9::1"),
                  0);
        listeners.push_back(listen_at(instance_metadata_6, 80));
    }

    base::Result<Attachment> attach_it(bool block) const {
        return attach_as("a", a_address, container, block);
    }
    /// An errno, or 0: it answers.
    int ask(const boost::asio::ip::address& where) const {
        int outcome = -1;
        container.run([&] { outcome = connect_to(where, 80, 1000); });
        return outcome;
    }
    /// At both addresses; -1 when the outcomes differ.
    int ask() const {
        const auto outcome = ask(instance_metadata);
        return !has_ipv6 || ask(instance_metadata_6) == outcome ? outcome : -1;
    }
    /// 0 without IPv6.
    int shell_if_ipv6(const std::string& command) const {
        return has_ipv6 ? container.shell(command) : 0;
    }
    std::string inside(const std::string& command) const {
        std::string output;
        container.run([&] { output = output_of(command); });
        return output;
    }
    std::string own_routes() const {
        return inside("ip route show type blackhole proto 236; "
                      "ip -6 route show type blackhole proto 236");
    }
    /// What the user set, not the agent.
    std::string user_routes() const {
        return inside("ip route show proto boot; ip -6 route show proto boot");
    }
    /// A veth that is built anew has another one.
    std::string veth_index() const {
        return inside("ip -o link show type veth dev ecs-eth0 | cut -d: -f1");
    }

    const bool has_ipv6 = std::filesystem::exists("/proc/sys/net/ipv6");
    Container container;
    std::vector<base::Fd> listeners;
};

TEST_F(InstanceMetadata, IsReachedUnlessItIsBlocked) {
    ASSERT_TRUE(attach_it(false));
    EXPECT_EQ(ask(), 0);
    EXPECT_EQ(own_routes(), "");
}

TEST_F(InstanceMetadata, IsBlockedAndGivenBackWithoutANewVeth) {
    ASSERT_TRUE(attach_it(true));
    const auto veth = veth_index();
    EXPECT_EQ(ask(), EINVAL);
    const auto blackholes = own_routes();
    EXPECT_NE(blackholes.find("blackhole 169.254.169.254"), std::string::npos) << blackholes;
    EXPECT_EQ(blackholes.find("blackhole fd00:ec2::254") != std::string::npos, has_ipv6);
    EXPECT_TRUE(attach_it(true));
    EXPECT_EQ(own_routes(), blackholes);
    EXPECT_TRUE(attach_it(false));
    EXPECT_EQ(ask(), 0);
    EXPECT_EQ(own_routes(), "");
    EXPECT_TRUE(attach_it(true));
    EXPECT_EQ(ask(), EINVAL);
    EXPECT_EQ(veth_index(), veth);
}

TEST_F(InstanceMetadata, IsBlockedAgainWhenTheContainerLostARoute) {
    ASSERT_TRUE(attach_it(true));
    const auto veth = veth_index();
    ASSERT_EQ(container.shell("ip route del blackhole 169.254.169.254"), 0);
    EXPECT_TRUE(attach_it(true));
    EXPECT_EQ(ask(), EINVAL);
    ASSERT_EQ(shell_if_ipv6("ip -6 route del blackhole fd00:ec2::254"), 0);
    EXPECT_TRUE(attach_it(true));
    EXPECT_EQ(ask(), EINVAL);
    EXPECT_EQ(veth_index(), veth);
}

TEST_F(InstanceMetadata, IsAsAskedAfterAVethIsBuiltAnew) {
    ASSERT_TRUE(attach_it(true));
    const auto veth = veth_index();
    ASSERT_EQ(container.shell("ip link del ecs-eth0"), 0);
    EXPECT_TRUE(attach_it(true));
    EXPECT_NE(veth_index(), veth);
    EXPECT_EQ(ask(), EINVAL);
    ASSERT_EQ(container.shell("ip link del ecs-eth0"), 0);
    EXPECT_TRUE(attach_it(false));
    EXPECT_EQ(ask(), 0);
    EXPECT_EQ(own_routes(), "");
}

TEST_F(InstanceMetadata, IsBlockedBeforeRoutesOfTheUserWhichStay) {
    // The second has our metric.
    ASSERT_EQ(container.shell("ip route add blackhole 169.254.169.254 metric 7 && "
                              "ip route add 169.254.169.254 via 10.9.0.1"),
              0);
    ASSERT_EQ(shell_if_ipv6("ip -6 route add fd00:ec2::254 via fd00:9::1"), 0);
    const auto before = user_routes();
    ASSERT_TRUE(attach_it(true));
    EXPECT_EQ(ask(), EINVAL);
    EXPECT_EQ(user_routes(), before);
    EXPECT_TRUE(attach_it(false));
    EXPECT_EQ(ask(), 0);
    EXPECT_EQ(user_routes(), before);
}

TEST_F(InstanceMetadata, StaysBlockedByARouteOfTheUsersThatIsLikeOurs) {
    // IPv6 takes only one of these with a metric: ours is left out.
    ASSERT_EQ(container.shell("ip route add blackhole 169.254.169.254"), 0);
    ASSERT_EQ(shell_if_ipv6("ip -6 route add blackhole fd00:ec2::254 metric 1"), 0);
    const auto before = user_routes();
    for (const auto block : {true, true, false}) {
        EXPECT_TRUE(attach_it(block));
        EXPECT_EQ(ask(), EINVAL);
        EXPECT_EQ(user_routes(), before);
    }
}

TEST_F(InstanceMetadata, IsBlockedWhereIpv6IsSwitchedOff) {
    ASSERT_EQ(shell_if_ipv6("sysctl -qw net.ipv6.conf.all.disable_ipv6=1"), 0);
    ASSERT_TRUE(attach_it(true));
    const auto veth = veth_index();
    EXPECT_EQ(ask(instance_metadata), EINVAL);
    EXPECT_TRUE(attach_it(true));
    EXPECT_EQ(veth_index(), veth);
    // Once it is switched on, that is blocked already.
    ASSERT_EQ(shell_if_ipv6("sysctl -qw net.ipv6.conf.all.disable_ipv6=0 && "
                            "ip addr add fd00:9::2/64 dev out1 nodad && "
                            "ip -6 route add default via fd00:9::1"),
              0);
    EXPECT_EQ(ask(), EINVAL);
}

} // namespace
} // namespace network_test
