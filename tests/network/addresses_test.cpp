#include "agent/network/addresses.hpp"

#include "own_network.hpp"

#include <gtest/gtest.h>

namespace {

using agent::network::is_own_address;
using boost::asio::ip::make_address;

class OwnAddress : public network_test::OwnNetwork {};

// D17: what it gave up is not its own any more.
TEST_F(OwnAddress, IsLoopbackAndWhatAnInterfaceHasAsLongAsItHasIt) {
    for (const auto* loopback : {"127.0.0.1", "127.9.9.9"})
        EXPECT_TRUE(is_own_address(make_address(loopback))) << loopback;
    ASSERT_EQ(network_test::shell("ip link add own type bridge && ip link set own up"), 0);
    EXPECT_FALSE(is_own_address(make_address("10.9.8.1")));
    ASSERT_EQ(network_test::shell("ip address add 10.9.8.1/24 dev own"), 0);
    EXPECT_TRUE(is_own_address(make_address("10.9.8.1")));
    EXPECT_FALSE(is_own_address(make_address("10.9.8.2"))) << "a neighbour's";
    ASSERT_EQ(network_test::shell("ip address add 10.9.8.2/24 dev own"), 0);
    EXPECT_TRUE(is_own_address(make_address("10.9.8.2"))) << "the subnet's second";
    ASSERT_EQ(network_test::shell("ip address del 10.9.8.1/24 dev own"), 0);
    EXPECT_FALSE(is_own_address(make_address("10.9.8.1"))) << "it was given up";
}

TEST_F(OwnAddress, IsNoneThatIsReachedByARouteAlone) {
    ASSERT_EQ(network_test::shell("ip link add own type bridge && ip link set own up && "
                                  "ip address add 10.9.8.1/24 dev own && "
                                  "ip route add default via 10.9.8.254"),
              0);
    for (const auto* other : {"192.0.2.1", "10.9.8.254", "10.9.8.255", "0.0.0.0", "2001:db8::1"})
        EXPECT_FALSE(is_own_address(make_address(other))) << other;
}

TEST_F(OwnAddress, IsNoneOfAnothersOnAMachineWhereProgramsMayBindWhatTheyDoNotHave) {
    ASSERT_EQ(network_test::shell("echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind"), 0);
    ASSERT_EQ(network_test::shell("ip link add own type bridge && ip link set own up && "
                                  "ip address add 10.9.8.1/24 dev own"),
              0);
    EXPECT_TRUE(is_own_address(make_address("10.9.8.1")));
    EXPECT_FALSE(is_own_address(make_address("10.9.8.2")));
}

} // namespace
