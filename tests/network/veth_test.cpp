#include "tests/network/veth_fixture.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace network_test {
namespace {

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
    EXPECT_TRUE(eventually([] { return list_attachments().value().empty(); }));
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

} // namespace
} // namespace network_test
