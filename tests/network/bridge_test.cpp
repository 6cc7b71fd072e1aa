#include "agent/network/bridge.hpp"

#include "tests/network/own_network.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agent::network;
using base::Errc;
using network_test::output_of;
using network_test::shell;

class Bridge : public network_test::OwnNetwork {
protected:
    void make() { ASSERT_TRUE(ensure_bridge(settings).value()); }
    BridgeSettings settings;
};

TEST_F(Bridge, IsMadeOnceWithAddressAndRoutes) {
    EXPECT_FALSE(bridge_is_right(settings).value());
    EXPECT_TRUE(ensure_bridge(settings).value());
    EXPECT_TRUE(bridge_is_right(settings).value());
    EXPECT_FALSE(ensure_bridge(settings).value());

    const auto link = output_of("ip -d link show ecs-bridge");
    for (const auto* part : {"0e:c5:a9:fe:ac:01", "NOARP", "mtu 1500", "stp_state 0", ",UP"})
        EXPECT_NE(link.find(part), std::string::npos) << part << " in " << link;
    EXPECT_NE(output_of("ip addr show ecs-bridge").find("inet 169.254.172.1/22 scope global"),
              std::string::npos);
    const auto routes = output_of("ip route");
    EXPECT_NE(routes.find("169.254.170.2 dev ecs-bridge"), std::string::npos) << routes;
    EXPECT_NE(routes.find("unreachable 169.254.170.2"), std::string::npos) << routes;
}

TEST_F(Bridge, IsMendedWhateverIsTakenAway) {
    make();
    for (const auto* harm :
         {"ip link delete ecs-bridge", "ip link set ecs-bridge down",
          "ip addr del 169.254.172.1/22 dev ecs-bridge", "ip route del 169.254.170.2 metric 0",
          "ip route del unreachable 169.254.170.2 metric 4096",
          "ip link set ecs-bridge type bridge stp_state 1", "ip link set ecs-bridge mtu 1400",
          "ip link set ecs-bridge arp on", "ip addr add 10.1.1.1/24 dev ecs-bridge",
          "ip route replace 169.254.170.2 dev lo"}) {
        ASSERT_EQ(shell(harm), 0) << harm;
        EXPECT_FALSE(bridge_is_right(settings).value()) << harm;
        EXPECT_TRUE(ensure_bridge(settings).value()) << harm;
        EXPECT_TRUE(bridge_is_right(settings).value()) << harm;
    }
}

TEST_F(Bridge, FollowsAnotherPool) {
    make();
    auto other = settings;
    other.gateway = network_test::address("169.254.200.1");
    other.prefix_length = 24;
    EXPECT_TRUE(ensure_bridge(other).value());
    EXPECT_TRUE(bridge_is_right(other).value());
    EXPECT_FALSE(bridge_is_right(settings).value());
    EXPECT_EQ(output_of("ip addr show ecs-bridge").find("169.254.172.1"), std::string::npos);
}

TEST_F(Bridge, OfSomebodyElseIsRefusedAndLeftAlone) {
    ASSERT_EQ(shell("ip link add ecs-bridge type bridge && ip addr add 10.5.0.1/24 dev ecs-bridge"),
              0);
    const auto before = output_of("ip -d addr show ecs-bridge");
    EXPECT_FALSE(bridge_is_right(settings).value());
    const auto refused = ensure_bridge(settings);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    EXPECT_NE(refused.error().what().find("remove it (ip link delete ecs-bridge) or configure "
                                          "another bridge name"),
              std::string::npos);
    EXPECT_EQ(remove_bridge(settings).error().code(), Errc::conflict);
    EXPECT_EQ(output_of("ip -d addr show ecs-bridge"), before);
}

TEST_F(Bridge, WhoseNameIsAnotherKindOfInterfaceIsRefused) {
    ASSERT_EQ(shell("ip link add ecs-bridge type veth peer name other0"), 0);
    const auto refused = ensure_bridge(settings);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    EXPECT_NE(refused.error().what().find("that is no bridge"), std::string::npos);
}

TEST_F(Bridge, IsRemovedWithItsRoutesOnly) {
    make();
    ASSERT_EQ(shell("ip route add unreachable 169.254.170.2 metric 9000"), 0);
    EXPECT_TRUE(remove_bridge(settings).value());
    EXPECT_FALSE(remove_bridge(settings).value());
    EXPECT_NE(shell("ip link show ecs-bridge 2>/dev/null"), 0);
    EXPECT_EQ(output_of("ip route"), "unreachable 169.254.170.2 metric 9000 \n");
}

TEST_F(Bridge, NameThatIsTooLongIsRefusedNotCut) {
    settings.name = "ecs-bridge-too-long";
    EXPECT_EQ(ensure_bridge(settings).error().code(), Errc::invalid_argument);
    EXPECT_EQ(shell("ip link show ecs-bridge-too- 2>/dev/null"), 1);
}

TEST_F(Bridge, RefusalCarriesTheKernelsReason) {
    settings.mtu = 10;
    const auto refused = ensure_bridge(settings);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::io);
    EXPECT_NE(refused.error().what().find("mtu less than device minimum"), std::string::npos)
        << refused.error().what();
}

} // namespace
