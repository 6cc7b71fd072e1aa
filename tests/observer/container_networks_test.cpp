#include "agent/observer/container_networks.hpp"

#include <gtest/gtest.h>

namespace agent::observer {
namespace {

namespace ip = boost::asio::ip;

docker::Network network(const std::string& driver, std::vector<docker::IpamConfig> ipam) {
    docker::Network made;
    made.driver = driver;
    made.ipam = std::move(ipam);
    return made;
}

class ContainerNetworksTest : public testing::Test {
protected:
    bool contains(const char* address) const {
        return networks.contains(ip::make_address(address));
    }
    std::vector<std::string> gateways() const {
        std::vector<std::string> list;
        for (const auto& gateway : networks.gateways())
            list.push_back(gateway.to_string());
        return list;
    }

    ContainerNetworks networks{ip::make_network_v4("169.254.172.0/22")};
};

using Texts = std::vector<std::string>;

TEST_F(ContainerNetworksTest, LinkLocalPoolAlwaysCounts) {
    EXPECT_TRUE(contains("169.254.172.2"));
    EXPECT_TRUE(contains("169.254.175.254"));
    EXPECT_FALSE(contains("169.254.176.1"));
    networks.replace({});
    EXPECT_TRUE(contains("169.254.172.2"));
    EXPECT_TRUE(gateways().empty()) << "ecs-bridge is not Docker's";
}

TEST_F(ContainerNetworksTest, AddressesOfBridgesCountOfBothFamilies) {
    networks.replace(
        {network("bridge", {{"172.17.0.0/16", "172.17.0.1"}, {"fd00:1::/64", "fd00:1::1"}}),
         network("host", {})});
    EXPECT_TRUE(contains("172.17.255.1"));
    EXPECT_TRUE(contains("fd00:1::42"));
    EXPECT_FALSE(contains("172.18.0.1"));
    EXPECT_FALSE(contains("fd00:2::42"));
    EXPECT_FALSE(contains("127.0.0.1"));
    networks.replace({});
    EXPECT_FALSE(contains("172.17.0.2"));
    EXPECT_FALSE(contains("fd00:1::42"));
}

// D8: whoever is on the LAN or on another host of a swarm has such an address, too.
TEST_F(ContainerNetworksTest, AddressesOfNetworksThatReachBeyondThisHostDoNotCount) {
    auto swarm = network("bridge", {{"10.0.9.0/24", "10.0.9.1"}});
    swarm.scope = "swarm";
    networks.replace({network("macvlan", {{"192.0.2.0/24", "192.0.2.1"}}),
                      network("ipvlan", {{"198.51.100.0/24", ""}, {"fd00:5::/64", ""}}),
                      network("overlay", {{"10.0.1.0/24", "10.0.1.1"}}),
                      network("of-a-plugin", {{"10.0.2.0/24", "10.0.2.1"}}), swarm});
    for (const auto* address :
         {"192.0.2.7", "198.51.100.7", "fd00:5::7", "10.0.1.7", "10.0.2.7", "10.0.9.7"})
        EXPECT_FALSE(contains(address)) << address;
    EXPECT_TRUE(gateways().empty());
}

TEST_F(ContainerNetworksTest, BridgeOfThisHostCountsWhetherItsScopeIsSaidOrNot) {
    auto said = network("bridge", {{"172.18.0.0/16", "172.18.0.1"}});
    said.scope = "local";
    networks.replace({said, network("bridge", {{"172.19.0.0/16", "172.19.0.1"}})});
    EXPECT_TRUE(contains("172.18.0.2"));
    EXPECT_TRUE(contains("172.19.0.2"));
    EXPECT_EQ(gateways(), (Texts{"172.18.0.1", "172.19.0.1"}));
}

TEST_F(ContainerNetworksTest, GatewaysAreOfBridgesOnlyOrderedAndOnce) {
    networks.replace({network("bridge", {{"172.18.0.0/16", "172.18.0.1"}}),
                      network("overlay", {{"10.0.1.0/24", "10.0.1.1"}}),
                      network("bridge", {{"172.17.0.0/16", "172.17.0.1"}}),
                      network("bridge", {{"172.17.0.0/16", "172.17.0.1"}})});
    EXPECT_EQ(gateways(), (Texts{"172.17.0.1", "172.18.0.1"}));
}

TEST_F(ContainerNetworksTest, GatewayThatIsNotSaidIsTheFirstAddress) {
    networks.replace({network("bridge", {{"172.19.0.0/24", ""}})});
    EXPECT_EQ(gateways(), Texts{"172.19.0.1"});
}

TEST_F(ContainerNetworksTest, NonsenseIsPassedOver) {
    networks.replace({network("bridge", {{"", ""}, {"no subnet", "x"}, {"172.20.0.0/99", ""}}),
                      network("bridge", {{"172.21.0.7/16", "172.21.0.1"}})});
    EXPECT_EQ(gateways(), Texts{"172.21.0.1"});
    EXPECT_TRUE(contains("172.21.9.9")) << "host bits in the subnet do not matter";
}

TEST_F(ContainerNetworksTest, TellsOfChangedGatewaysOnly) {
    int told = 0;
    networks.on_change([&] { ++told; });
    networks.replace({network("bridge", {{"172.17.0.0/16", "172.17.0.1"}})});
    EXPECT_EQ(told, 1);
    networks.replace({network("bridge", {{"172.17.0.0/16", "172.17.0.1"}}),
                      network("overlay", {{"10.0.1.0/24", ""}})});
    EXPECT_EQ(told, 1);
    networks.replace({});
    EXPECT_EQ(told, 2);
    networks.on_change({});
    networks.replace({network("bridge", {{"172.17.0.0/16", "172.17.0.1"}})});
    EXPECT_EQ(told, 2) << "who has left is told nothing";
}

TEST(ContainerNetworks, GoOnlyWhenTheirObserverHasLeft) {
    const auto stay = [] {
        ContainerNetworks networks{ip::make_network_v4("169.254.172.0/22")};
        networks.on_change([] {});
    };
    EXPECT_DEATH(stay(), "observers of Docker's networks: 1 left");
}

TEST_F(ContainerNetworksTest, KnowsWhetherAContainerIsOnThemWithAllItsAddresses) {
    networks.replace({network("bridge", {{"10.1.0.0/16", ""}, {"fd00:1::/64", ""}}),
                      network("macvlan", {{"192.0.2.0/24", ""}})});
    docker::ContainerInspect inspect;
    EXPECT_TRUE(networks.know(inspect)) << "it is on none";
    auto& endpoint = inspect.network_settings.networks["front"];
    EXPECT_TRUE(networks.know(inspect)) << "it has no address yet";
    endpoint.ip = "10.1.0.2";
    endpoint.ipv6 = "fd00:1::2";
    EXPECT_TRUE(networks.know(inspect));
    inspect.network_settings.networks["other"].ip = "10.2.0.2";
    EXPECT_FALSE(networks.know(inspect));
    inspect.network_settings.networks.erase("other");
    inspect.network_settings.networks["lan"].ip = "192.0.2.7";
    EXPECT_TRUE(networks.know(inspect)) << "networks are not read again for what is no container's";
    endpoint.ipv6 = "fd00:2::2";
    EXPECT_FALSE(networks.know(inspect));
}

} // namespace
} // namespace agent::observer
