// Who may connect, and which task is behind a source address.

#include "agent/serving/callers.hpp"

#include "agent/network/bridge.hpp"
#include "observer/observer_fixture.hpp"
#include "tests/network/interface_addresses.hpp"

#include <sched.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace agent::serving {
namespace {

using namespace std::chrono_literals;

class CallersTest : public observer::ObserverFixture {
protected:
    void SetUp() override {
        begin();
        callers.emplace(world, *observer, networks, loop.executor());
    }
    std::string family(const std::string& address) {
        const auto caller = loop.run(callers->find(address));
        return caller ? caller.task->family : "";
    }
    std::string address_of(const std::string& name) {
        return docker.container(name).network_settings.networks.at("bridge").ip;
    }

    std::optional<Callers> callers;
};

TEST_F(CallersTest, KnowsAContainerFromTheWorldWithoutAskingDocker) {
    const auto id = docker.make_container("web");
    docker.run_container("web");
    ASSERT_TRUE(becomes(id, "RUNNING"));
    docker.forget_calls();
    EXPECT_EQ(family(address_of("web")), "web");
    EXPECT_TRUE(docker.calls().empty());
}

TEST_F(CallersTest, LooksOnceMoreForAContainerThatIsNewerThanItsEvents) {
    docker.lose_events(true);
    docker.make_container("web");
    docker.run_container("web");
    EXPECT_EQ(family(address_of("web")), "web");
    EXPECT_EQ(docker.count("list "), 1U);
}

TEST_F(CallersTest, WaitsForAContainerThatAsksBeforeTheEngineSaysThatItHasStarted) {
    docker.lose_events(true);
    bool is_in_time = false;
    // A machine that is busy lets half a second pass in the midst of it, but not each time.
    for (int i = 0; i < 5 && !is_in_time; ++i) {
        const auto name = "web" + std::to_string(i);
        const auto id = docker.make_container(name);
        docker.run_container(name);
        const auto address = address_of(name);
        auto& said = docker.container(name).network_settings.networks.at("bridge").ip;
        said.clear();
        docker.forget_calls();
        const auto begun = std::chrono::steady_clock::now();
        const auto answer = loop.start(callers->find(address));
        loop.run_for(100ms);
        const bool waits = !answer->has_value();
        said = address;
        observer->look(id);
        loop.run_until([&] { return answer->has_value(); });
        is_in_time = std::chrono::steady_clock::now() - begun < 450ms;
        if (!is_in_time)
            continue;
        EXPECT_TRUE(waits);
        ASSERT_TRUE(answer->value());
        EXPECT_EQ(answer->value().task->family, name);
        EXPECT_EQ(docker.count("list "), 1U) << "it is not asked over and over";
    }
    EXPECT_TRUE(is_in_time);
}

TEST_F(CallersTest, WaitsForHalfASecondHoweverMuchChangesMeanwhile) {
    docker.lose_events(true);
    const auto id = docker.make_container("web");
    docker.run_container("web");
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = loop.start(callers->find("172.17.9.9"));
    for (int i = 0; i < 200 && !answer->has_value(); ++i) {
        docker.container("web").state.pid = 1000 + i;
        observer->look(id);
        loop.run_for(10ms);
    }
    const auto waited = std::chrono::steady_clock::now() - begun;
    ASSERT_TRUE(answer->has_value());
    EXPECT_FALSE(answer->value());
    EXPECT_GE(waited, 450ms);
    EXPECT_LT(waited, 1500ms);
}

TEST_F(CallersTest, ThatAnAddressIsNobodysIsRememberedForASecond) {
    EXPECT_EQ(family("172.17.9.9"), "");
    EXPECT_EQ(family("172.17.9.9"), "");
    EXPECT_EQ(docker.count("list "), 1U);
    EXPECT_EQ(family("172.17.9.8"), "");
    EXPECT_EQ(docker.count("list "), 2U) << "another address is another question";
    std::this_thread::sleep_for(1100ms);
    EXPECT_EQ(family("172.17.9.9"), "");
    EXPECT_EQ(docker.count("list "), 3U);
}

TEST_F(CallersTest, RememberedStrangerIsKnownAsSoonAsTheWorldKnowsIt) {
    docker.lose_events(true);
    docker.make_container("web");
    docker.run_container("web");
    const auto address = address_of("web");
    docker.container("web").network_settings.networks.at("bridge").ip = "172.17.9.1";
    EXPECT_EQ(family(address), "");
    docker.container("web").network_settings.networks.at("bridge").ip = address;
    observer->look(docker.container("web").id);
    settle_down();
    EXPECT_EQ(family(address), "web");
}

TEST_F(CallersTest, OneListServesAllStrangersWhoCameBeforeItAndWhatIsRememberedIsBounded) {
    docker.delay("list", 200ms);
    std::vector<std::shared_ptr<std::optional<model::Caller>>> answers;
    for (int i = 0; i <= 4096; ++i)
        answers.push_back(loop.start(callers->find("172.17." + std::to_string(100 + i / 250) + '.' +
                                                   std::to_string(i % 250))));
    loop.run_until([&] { return answers.back()->has_value(); });
    EXPECT_LE(docker.count("list "), 2U) << "those who came during the first share the next";
    docker.delay("list", 0ms);
    docker.forget_calls();
    EXPECT_EQ(family("172.17.100.0"), "");
    EXPECT_EQ(docker.count("list "), 1U) << "the first of too many is forgotten";
}

TEST_F(CallersTest, DoesNotAskDockerAboutTheHostOrTheOutside) {
    for (const auto* address : {"127.0.0.1", "8.8.8.8", "10.1.2.3", "no address", ""})
        EXPECT_EQ(family(address), "") << address;
    EXPECT_EQ(docker.count("list "), 0U);
}

TEST_F(CallersTest, EngineThatHangsDelaysAStrangerByHalfASecondAtMost) {
    docker.delay("list", 20s);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(family("172.17.9.9"), "");
    const auto waited = std::chrono::steady_clock::now() - begun;
    EXPECT_GE(waited, 450ms);
    EXPECT_LT(waited, 2s);
}

TEST_F(CallersTest, HostAndContainersMayConnectAndNobodyElse) {
    EXPECT_TRUE(callers->may_connect("127.0.0.1"));
    EXPECT_TRUE(callers->may_connect("::1"));
    EXPECT_TRUE(callers->may_connect("172.17.3.4"));
    EXPECT_TRUE(callers->may_connect("169.254.172.2"));
    EXPECT_FALSE(callers->may_connect("192.0.2.1"));
    EXPECT_FALSE(callers->may_connect("2001:db8::1"));
    EXPECT_FALSE(callers->may_connect("no address"));
    EXPECT_FALSE(callers->may_connect(""));
    const auto own = network_test::interface_addresses();
    for (const auto& address : own)
        EXPECT_TRUE(callers->may_connect(address.to_string())) << address;
}

// D1: the look at another container hangs meanwhile.
TEST_F(CallersTest, NewContainerIsFoundWhileAnotherCannotBeInspected) {
    docker.lose_events(true);
    docker.hang("inspect", docker.make_container("hangs"));
    EXPECT_EQ(family("172.17.9.9"), "") << "it is looked for, and the other met";
    docker.make_container("web");
    docker.run_container("web");
    EXPECT_EQ(family(address_of("web")), "web");
}

// D8
TEST_F(CallersTest, NeighboursOnMacvlanIpvlanAndOverlayAreAsOtherMachines) {
    for (const auto* driver : {"macvlan", "ipvlan", "overlay"}) {
        docker::Network network;
        network.id = network.name = driver;
        network.driver = driver;
        network.ipam = {{"192.0.2.0/24", "192.0.2.1"}};
        docker.add_network(std::move(network));
        loop.run_until([&] { return docker.count("list_networks") > 0; });
        settle_down();
        EXPECT_FALSE(callers->may_connect("192.0.2.7")) << driver;
        EXPECT_EQ(family("192.0.2.7"), "") << driver;
        EXPECT_EQ(docker.count("list "), 0U) << "nobody is looked for there";
        EXPECT_TRUE(loop.run(docker.remove_network(driver)));
        docker.forget_calls();
    }
}

TEST_F(CallersTest, HostIsLoopbackAndEveryAddressOfItsOwnAndNoContainer) {
    for (const auto* address : {"127.0.0.1", "127.9.9.9", "::1"})
        EXPECT_TRUE(callers->is_host(address)) << address;
    const auto own = network_test::interface_addresses();
    EXPECT_FALSE(own.empty());
    for (const auto& address : own)
        EXPECT_TRUE(callers->is_host(address.to_string())) << address;
    docker.make_container("web");
    docker.run_container("web");
    settle_down();
    EXPECT_FALSE(callers->is_host(address_of("web")));
    for (const auto* address :
         {"172.17.3.4", "169.254.172.200", "192.0.2.1", "2001:db8::1", "no address", ""})
        EXPECT_FALSE(callers->is_host(address)) << address;
}

/// Gives the host an address and takes it away, in a network of this process's own. Says "right", or
/// what was wrong.
const char* judge_an_address_that_comes_and_goes(Callers& callers) {
    const auto address = "10.9.8.1";
    network::BridgeSettings bridge;
    bridge.gateway = boost::asio::ip::make_address_v4(address);
    if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return "no network of its own";
    if (callers.is_host(address))
        return "the host's before it had it";
    if (!network::ensure_bridge(bridge))
        return "no bridge";
    if (!callers.is_host(address) || !callers.may_connect(address))
        return "not the host's while it had it";
    if (!network::remove_bridge(bridge))
        return "the bridge stays";
    if (callers.is_host(address) || callers.may_connect(address))
        return "the host's after it gave it up";
    return "right";
}

// D17: no list of the host's addresses is kept, which could be older than the answer.
TEST_F(CallersTest, HostIsNobodyAtAnAddressThatItGaveUp) {
    const auto judge = [this] {
        std::fputs(judge_an_address_that_comes_and_goes(*callers), stderr);
        std::_Exit(0);
    };
    EXPECT_EXIT(judge(), testing::ExitedWithCode(0), "right");
}

TEST(AnyPeer, IsForThoseWhoChooseSo) {
    AnyPeer any;
    EXPECT_TRUE(any.may_connect("192.0.2.1"));
}

} // namespace
} // namespace agent::serving
