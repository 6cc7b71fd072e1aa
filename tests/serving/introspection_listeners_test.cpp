// Introspection listens on the gateways of Docker's bridges; here they are loopback addresses.

#include "agent/serving/introspection_listeners.hpp"

#include "agent/serving/callers.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::serving {
namespace {

using Level = base::log::Level;
using handlers::http::Server;

class Silent : public handlers::http::Application {
public:
    base::Async<handlers::http::Response> answer(handlers::http::Request& /*request*/) override {
        co_return failure();
    }
    handlers::http::Response failure() const override { return {500, "text/plain", ""}; }
    std::string loggable_path(const handlers::http::Target& /*target*/) const override {
        return "";
    }
};

class IntrospectionListenersTest : public testing::Test {
protected:
    IntrospectionListenersTest() {
        // A port that is free on this host, for all addresses alike.
        port = server.listen({"127.0.0.1", 0}).value().port;
        server.stop_listening({"127.0.0.1", port});
    }
    ~IntrospectionListenersTest() override {
        for (auto* each : {&server, &other})
            EXPECT_TRUE(loop.run(each->stop(std::chrono::milliseconds(100))));
    }

    void have_bridges(std::initializer_list<const char*> gateways) {
        std::vector<docker::Network> list;
        for (const auto* gateway : gateways) {
            docker::Network network;
            network.driver = "bridge";
            network.ipam = {{"127.0.0.0/8", gateway}};
            list.push_back(network);
        }
        networks.replace(list);
    }
    std::vector<std::string> addresses() const {
        std::vector<std::string> list;
        for (const auto& endpoint : server.addresses())
            list.push_back(endpoint.address);
        return list;
    }

    fakes::CapturedLog log;
    fakes::TestLoop loop;
    Silent silent;
    AnyPeer any;
    Server server{loop.executor(), "test", silent, any};
    Server other{loop.executor(), "other", silent, any};
    std::uint16_t port = 0;
    observer::ContainerNetworks networks{boost::asio::ip::make_network_v4("169.254.172.0/22")};
};

using Addresses = std::vector<std::string>;

TEST_F(IntrospectionListenersTest, ListensOnTheGatewaysThatAreThere) {
    have_bridges({"127.0.0.5", "127.0.0.6"});
    const IntrospectionListeners listeners(server, networks, port);
    EXPECT_EQ(addresses(), (Addresses{"127.0.0.5", "127.0.0.6"}));
}

TEST_F(IntrospectionListenersTest, FollowsNetworksAsTheyComeAndGo) {
    const IntrospectionListeners listeners(server, networks, port);
    EXPECT_TRUE(addresses().empty());
    have_bridges({"127.0.0.5"});
    EXPECT_EQ(addresses(), Addresses{"127.0.0.5"});
    have_bridges({"127.0.0.6", "127.0.0.7"});
    EXPECT_EQ(addresses(), (Addresses{"127.0.0.6", "127.0.0.7"}));
    have_bridges({});
    EXPECT_TRUE(addresses().empty());
}

TEST_F(IntrospectionListenersTest, BusyPortIsOneWarningAndTriedUntilItIsFree) {
    ASSERT_TRUE(other.listen({"127.0.0.5", port}));
    IntrospectionListeners listeners(server, networks, port);
    have_bridges({"127.0.0.5", "127.0.0.6"});
    EXPECT_EQ(addresses(), Addresses{"127.0.0.6"});
    have_bridges({"127.0.0.5", "127.0.0.6", "127.0.0.7"});
    EXPECT_EQ(log.count(Level::warn, "cannot listen on a container bridge"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::warn, "127.0.0.5"), 1U);
    other.stop_listening({"127.0.0.5", port});
    base::TaskGroup runs(loop.executor());
    runs.spawn("listeners", listeners.run());
    const Addresses all{"127.0.0.5", "127.0.0.6", "127.0.0.7"};
    loop.run_until([&] { return addresses() == all; });
    EXPECT_EQ(addresses(), all);
    runs.cancel();
    EXPECT_TRUE(loop.run(runs.wait(std::chrono::seconds(5))));
}

// As with Podman's networks: 192.0.2.0/24 is nobody's.
TEST_F(IntrospectionListenersTest, BridgeWithoutItsAddressYetIsNoWarning) {
    const IntrospectionListeners listeners(server, networks, port);
    have_bridges({"192.0.2.1", "127.0.0.6"});
    EXPECT_EQ(addresses(), Addresses{"127.0.0.6"});
    EXPECT_EQ(log.count(Level::warn, ""), 0U) << log.all();
}

} // namespace
} // namespace agent::serving
