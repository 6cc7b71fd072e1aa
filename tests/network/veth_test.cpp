#include "agent/network/veth.hpp"

#include "agent/network/bridge.hpp"
#include "agent/network/nft_table.hpp"
#include "tests/network/own_network.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace {

using namespace agent::network;
using base::Errc;
using network_test::Address;
using network_test::address;
using network_test::Container;
using network_test::output_of;
using network_test::shell;

const Address a_address = address("169.254.172.2");
const Address b_address = address("169.254.172.3");
const Address endpoint = address("169.254.170.2");
const Address instance_metadata = address("169.254.169.254");
const auto instance_metadata_6 = boost::asio::ip::make_address("fd00:ec2::254");

class Veth : public network_test::OwnNetwork {
protected:
    void SetUp() override {
        OwnNetwork::SetUp();
        ASSERT_TRUE(ensure_bridge({}));
    }

    static base::Result<Attachment> attach_as(const std::string& owner, Address wanted,
                                              const Container& container,
                                              bool block_instance_metadata = false) {
        AttachRequest request;
        request.owner = owner;
        request.sandbox_key = container.key();
        request.address = wanted;
        request.block_instance_metadata = block_instance_metadata;
        return attach(request);
    }
    static std::string host_end(const std::string& owner) { return host_interface_name(owner); }
    /// Everything that an attachment leaves on the host, as text.
    static std::string traces() {
        return output_of("ip -o link show type veth; bridge fdb show br ecs-bridge static; "
                         "ip neigh show nud permanent dev ecs-bridge");
    }
};

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
        listeners.push_back(network_test::listen_at(instance_metadata, 80));
        if (!has_ipv6)
            return;
        ASSERT_EQ(shell("ip addr add fd00:9::1/64 dev out0 nodad && "
                        "ip addr add fd00:ec2::254/128 dev lo nodad"),
                  0);
        ASSERT_EQ(container.shell("ip addr add fd00:9::2/64 dev out1 nodad && "
                                  "ip -6 route add default via fd00:9::1"),
                  0);
        listeners.push_back(network_test::listen_at(instance_metadata_6, 80));
    }

    base::Result<Attachment> attach_it(bool block) const {
        return attach_as("a", a_address, container, block);
    }
    /// An errno, or 0: it answers.
    int ask(const boost::asio::ip::address& where) const {
        int outcome = -1;
        container.run([&] { outcome = network_test::connect_to(where, 80, 1000); });
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

/// Two attached containers, the table loaded, and somebody listening where the agent would.
class TwoContainers : public Veth {
protected:
    void SetUp() override {
        Veth::SetUp();
        ASSERT_TRUE(load_nft_table({}));
        ASSERT_TRUE(attach_as("a", a_address, a));
        ASSERT_TRUE(attach_as("b", b_address, b));
        // The kernel makes a new link's queue a little later; until then it drops what is sent.
        ASSERT_TRUE(network_test::eventually([&] { return is_up("a", a) && is_up("b", b); }));
        agent = network_test::listen_at(address("169.254.172.1"), 51679);
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
        container.run([&] { outcome = network_test::connect_to(to, port, 400, source); });
        return outcome;
    }

    Container a;
    Container b;
    base::Fd agent;
};

TEST_F(Veth, GivesTheContainerItsInterface) {
    const Container container;
    const auto attachment = attach_as("a", a_address, container).value();
    EXPECT_EQ(attachment.interface, host_end("a"));
    std::string inside;
    container.run([&] {
        inside = output_of("ip -o addr show ecs-eth0; ip link show ecs-eth0; ip route; ip neigh");
    });
    for (const auto* part :
         {"inet 169.254.172.2/32", "0a:58:a9:fe:ac:02", "mtu 1500", "169.254.172.1 dev ecs-eth0",
          "scope link src 169.254.172.2", "169.254.170.2 via 169.254.172.1 dev ecs-eth0",
          "169.254.172.1 dev ecs-eth0 lladdr 0e:c5:a9:fe:ac:01 PERMANENT"})
        EXPECT_NE(inside.find(part), std::string::npos) << part << " in " << inside;
    const auto port = output_of("bridge -d link show dev " + host_end("a"));
    for (const auto* part : {"isolated on", "learning off", " flood off", "mcast_flood off",
                             "bcast_flood off", "state forwarding"})
        EXPECT_NE(port.find(part), std::string::npos) << part << " in " << port;
}

TEST_F(Veth, IsAttachedTwiceWithoutAChange) {
    const Container container;
    ASSERT_TRUE(attach_as("a", a_address, container));
    const auto interfaces = "ip -o link show type veth | cut -d: -f1,2";
    const auto before = output_of(interfaces);
    EXPECT_TRUE(attach_as("a", a_address, container));
    EXPECT_EQ(output_of(interfaces), before);
}

TEST_F(Veth, IsRebuiltWhenTheContainerLostSomething) {
    for (const auto* harm :
         {"ip addr flush dev ecs-eth0", "ip link del ecs-eth0", "ip route del 169.254.170.2",
          "ip link set ecs-eth0 down", "ip neigh del 169.254.172.1 dev ecs-eth0",
          "ip link set ecs-eth0 address 0a:58:a9:fe:ac:77"}) {
        const Container container;
        ASSERT_TRUE(attach_as("a", a_address, container));
        ASSERT_EQ(container.shell(harm), 0) << harm;
        EXPECT_TRUE(attach_as("a", a_address, container)) << harm;
        EXPECT_EQ(container.shell("ip route get 169.254.170.2 | grep -q 'via 169.254.172.1 dev "
                                  "ecs-eth0 src 169.254.172.2'"),
                  0)
            << harm;
        EXPECT_EQ(container.shell("ip neigh | grep -q 169.254.172.1.*PERMANENT"), 0) << harm;
        EXPECT_TRUE(detach("a", a_address, "ecs-bridge").value());
    }
}

TEST_F(Veth, IsRebuiltForAnotherAddressOrNamespace) {
    const Container first;
    const Container second;
    ASSERT_TRUE(attach_as("a", a_address, first));
    ASSERT_TRUE(attach_as("a", b_address, first));
    EXPECT_EQ(first.shell("ip addr show ecs-eth0 | grep -q 169.254.172.3/32"), 0);
    ASSERT_TRUE(attach_as("a", b_address, second));
    EXPECT_EQ(second.shell("ip addr show ecs-eth0 | grep -q 169.254.172.3/32"), 0);
    EXPECT_NE(first.shell("ip link show ecs-eth0 2>/dev/null"), 0);
    EXPECT_EQ(list_attachments().value().size(), 1u);
}

TEST_F(Veth, ReplacesAHalfBuiltOne) {
    const Container container;
    ASSERT_EQ(shell("ip link add " + host_end("a") + " type veth peer name half0"), 0);
    const auto orphans = list_attachments().value();
    ASSERT_EQ(orphans.size(), 1u);
    EXPECT_EQ(orphans[0].interface, host_end("a"));
    EXPECT_EQ(orphans[0].owner, "");
    EXPECT_FALSE(orphans[0].address);
    ASSERT_EQ(container.shell("ip link add ecs-eth0 type veth peer name half1"), 0);
    EXPECT_TRUE(attach_as("a", a_address, container));
    EXPECT_EQ(container.shell("ip link show half1 2>/dev/null"), 1);
}

TEST_F(Veth, IsListedAndRemovedByName) {
    const Container first;
    const Container second;
    ASSERT_TRUE(attach_as("a", a_address, first));
    ASSERT_TRUE(attach_as("b", b_address, second));
    ASSERT_EQ(shell("ip link add ordinary type veth peer name other"), 0);
    const auto attachments = list_attachments().value();
    ASSERT_EQ(attachments.size(), 2u);
    EXPECT_EQ(attachments[0].owner, "a");
    EXPECT_EQ(attachments[0].address, a_address);
    EXPECT_EQ(attachments[1].owner, "b");
    EXPECT_TRUE(remove_attachment(attachments[0].interface).value());
    EXPECT_FALSE(remove_attachment(attachments[0].interface).value());
    EXPECT_EQ(list_attachments().value().size(), 1u);
}

TEST_F(Veth, LeavesNoTraceAfterDetach) {
    const auto before = traces();
    const Container container;
    ASSERT_TRUE(attach_as("a", a_address, container));
    EXPECT_NE(traces(), before);
    EXPECT_TRUE(detach("a", a_address, "ecs-bridge").value());
    EXPECT_FALSE(detach("a", a_address, "ecs-bridge").value());
    EXPECT_EQ(traces(), before);
}

TEST_F(Veth, GoesWithItsNamespaceWhichNothingPins) {
    const auto before = traces();
    Container container;
    ASSERT_TRUE(attach_as("a", a_address, container));
    container.end();
    EXPECT_TRUE(network_test::eventually([] { return list_attachments().value().empty(); }));
    EXPECT_FALSE(detach("a", a_address, "ecs-bridge").value());
    EXPECT_EQ(traces(), before);
}

TEST_F(Veth, ToANamespaceThatHasEndedIsRefused) {
    Container container;
    const auto key = container.key();
    container.end();
    std::ofstream(key).put('\n'); // Docker's file outlives the mount for a moment
    AttachRequest request;
    request.owner = "a";
    request.sandbox_key = key;
    request.address = a_address;
    EXPECT_EQ(attach(request).error().code(), Errc::not_found);
    ::unlink(key.c_str());
    EXPECT_TRUE(list_attachments().value().empty());
}

TEST_F(Veth, WithoutABridgeIsRefusedByName) {
    ASSERT_TRUE(remove_bridge({}).value());
    const Container container;
    const auto refused = attach_as("a", a_address, container);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::not_found);
    EXPECT_EQ(refused.error().what(), "there is no bridge ecs-bridge");
}

TEST_F(Veth, LeavesNothingBehindWhenItFailsMidway) {
    const auto before = traces();
    const Container container;
    AttachRequest request;
    request.owner = "a";
    request.sandbox_key = container.key();
    request.address = address("224.0.0.9"); // no source for a route, seen once the pair is made
    const auto refused = attach(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what().rfind("attach 224.0.0.9: add ", 0), 0u)
        << refused.error().what();
    EXPECT_EQ(traces(), before);
    EXPECT_NE(container.shell("ip link show ecs-eth0 2>/dev/null"), 0);
}

TEST_F(Veth, OfAnInterfaceThatIsNotOursIsNotTaken) {
    const Container container;
    ASSERT_EQ(container.shell("ip link add ecs-eth0 type bridge"), 0);
    EXPECT_EQ(attach_as("a", a_address, container).error().code(), Errc::conflict);
    EXPECT_EQ(container.shell("ip link show ecs-eth0 >/dev/null"), 0);
}

TEST_F(InstanceMetadata, IsReachedUnlessItIsBlocked) {
    ASSERT_TRUE(attach_it(false));
    EXPECT_EQ(ask(), 0);
    EXPECT_EQ(own_routes(), "");
}

TEST_F(InstanceMetadata, IsBlockedAndGivenBackWithoutANewCable) {
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

TEST_F(InstanceMetadata, IsAsAskedAfterACableIsBuiltAnew) {
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

TEST_F(TwoContainers, ReachTheAgentWithTheirOwnAddress) {
    EXPECT_EQ(connect_in(a, endpoint, 80), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), a_address);
    EXPECT_EQ(connect_in(b, endpoint, 80), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), b_address);
    EXPECT_EQ(connect_in(a, address("169.254.172.1"), 51679), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), a_address);
    EXPECT_EQ(network_test::connect_to(endpoint, 80, 400), 0) << "the host itself";
    EXPECT_EQ(network_test::accept_from(agent, 1000), address("169.254.172.1"));
}

TEST_F(TwoContainers, CannotTalkToEachOther) {
    base::Fd listener;
    b.run([&] { listener = network_test::listen_at(b_address, 8080); });
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
    EXPECT_EQ(connect_in(a, b_address, 8080), 0);
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
    EXPECT_EQ(connect_in(a, endpoint, 80), 0);
    EXPECT_EQ(network_test::accept_from(agent, 1000), a_address);
}

TEST_F(TwoContainers, CannotPoseAsEachOtherIsWhatThePortSettingsDo) {
    ASSERT_EQ(b.shell("ip addr add 169.254.172.2/32 dev ecs-eth0"), 0);
    ASSERT_EQ(shell("ip neigh replace 169.254.172.2 lladdr 0a:58:a9:fe:ac:03 dev ecs-bridge"), 0);
    EXPECT_EQ(connect_in(b, endpoint, 80, a_address), 0);
}

TEST_F(TwoContainers, CannotTakeAnAddressThatIsStillFree) {
    const auto free_address = address("169.254.172.9");
    ASSERT_EQ(b.shell("ip addr add 169.254.172.9/32 dev ecs-eth0"), 0);
    EXPECT_EQ(connect_in(b, endpoint, 80, free_address), ETIMEDOUT);
    EXPECT_FALSE(network_test::accept_from(agent, 100));
    // That is because the bridge speaks no ARP.
    ASSERT_EQ(shell("ip link set ecs-bridge arp on"), 0);
    ASSERT_EQ(b.shell("ip neigh del 169.254.172.1 dev ecs-eth0"), 0);
    EXPECT_EQ(connect_in(b, endpoint, 80, free_address), 0);
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
    a.run([&] { listener = network_test::listen_at(a_address, 8080); });
    EXPECT_EQ(connect_in(outside, a_address, 8080), ETIMEDOUT);
    EXPECT_EQ(connect_in(outside, endpoint, 80), 0) << "the agent is for everyone";
    EXPECT_EQ(network_test::accept_from(agent, 1000), address("10.9.0.2"));
    ASSERT_TRUE(remove_nft_table().value());
    EXPECT_EQ(connect_in(outside, a_address, 8080), 0) << "without the table it would be reached";
}

TEST_F(TwoContainers, WorkAgainOnceABridgeThatWasDeletedIsRepaired) {
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 0u);
    ASSERT_EQ(shell("ip link delete ecs-bridge"), 0);
    ASSERT_TRUE(ensure_bridge({}).value());
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 6u);
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 0u);
    EXPECT_EQ(connect_in(a, endpoint, 80), 0);
    EXPECT_EQ(connect_in(b, endpoint, 80), 0);
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
        EXPECT_EQ(connect_in(a, endpoint, 80), 0) << harm;
    }
}

TEST_F(TwoContainers, LoseTheNeighboursOfThoseThatAreGone) {
    ASSERT_EQ(shell("ip neigh add 169.254.172.50 lladdr 0a:58:a9:fe:ac:32 dev ecs-bridge"), 0);
    EXPECT_EQ(repair_ports("ecs-bridge").value(), 1u);
    EXPECT_EQ(output_of("ip neigh show dev ecs-bridge").find("172.50"), std::string::npos);
}

} // namespace
