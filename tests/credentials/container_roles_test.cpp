// Roles that one container of a task has, and the others have not.

#include "broker_fixture.hpp"

namespace agent::credentials {
namespace {

constexpr auto neighbour_address = "172.17.0.3";

class RoleOfAContainer : public BrokerFixture {
protected:
    RoleOfAContainer() { configure(all_roles()); }

    /// Two containers, each with an address, of which the first has the role.
    static model::Task task() {
        auto task = bridge_task();
        task.role.reset();
        task.containers[0].role = model::TaskRole{web_role, "id-of-app"};
        auto neighbour = container_of("neighbour");
        model::NetworkAttachment network;
        network.name = "bridge";
        network.ipv4 = neighbour_address;
        neighbour.networks = {network};
        task.containers.push_back(neighbour);
        return task;
    }
};

TEST_F(RoleOfAContainer, IsForThatContainerAlone) {
    world.put(task());
    EXPECT_EQ(kind("id-of-app", bridge_address), Kind::ready);
    for (const auto* address : {neighbour_address, host_address, nobodys_address})
        EXPECT_EQ(kind("id-of-app", address), Kind::unknown) << address;
}

TEST_F(RoleOfAContainer, IsToldApartByItsIdWhereTheAddressIsShared) {
    auto shared = task();
    shared.containers[1].networks.clear();
    shared.containers[1].network_mode = "container:app-b";
    world.put(shared);
    EXPECT_EQ(kind("id-of-app", bridge_address), Kind::ready);
}

TEST_F(RoleOfAContainer, HasATokenOfItsOwnThatIsAskedFor) {
    auto told = task();
    told.containers[0].role->authorization_token = "the-token";
    world.put(told);
    EXPECT_EQ(kind("id-of-app", bridge_address, "the-token"), Kind::ready);
    for (const auto* token : {"", "the-toke", "another"})
        EXPECT_EQ(kind("id-of-app", bridge_address, token), Kind::unknown) << token;
    EXPECT_EQ(kind("id-of-app", neighbour_address, "the-token"), Kind::unknown);
}

TEST_F(RoleOfAContainer, IsTheHostsToAskForInItsNetwork) {
    auto on_host = task();
    on_host.containers[0].network_mode = "host";
    on_host.containers[0].networks.clear();
    world.put(on_host);
    EXPECT_EQ(kind("id-of-app", host_address), Kind::ready);
    EXPECT_EQ(kind("id-of-app", neighbour_address), Kind::unknown);
}

TEST_F(RoleOfAContainer, EndsWithItAndComesBackWithItsNextStart) {
    auto changed = task();
    world.put(changed);
    ASSERT_EQ(kind("id-of-app", bridge_address), Kind::ready);
    changed.containers[0].known = model::ContainerStatus::stopped;
    world.put(changed);
    EXPECT_EQ(kind("id-of-app", bridge_address), Kind::unknown);
    changed.containers[0].known = model::ContainerStatus::running;
    world.put(changed);
    EXPECT_EQ(kind("id-of-app", bridge_address), Kind::ready);
}

TEST_F(RoleOfAContainer, StandsBesideItsTasks) {
    auto both = task();
    both.role = model::TaskRole{logs_role, "id-of-task"};
    world.put(both);
    EXPECT_EQ(kind("id-of-task", neighbour_address), Kind::ready);
    EXPECT_EQ(kind("id-of-task", bridge_address), Kind::ready);
    EXPECT_EQ(kind("id-of-app", neighbour_address), Kind::unknown);
}

TEST_F(RoleOfAContainer, IdThatAnotherContainerClaimsStaysItsOwners) {
    world.put(task());
    ASSERT_EQ(kind("id-of-app", bridge_address), Kind::ready);
    auto thief = awsvpc_task();
    thief.role.reset();
    thief.containers[0].role = model::TaskRole{logs_role, "id-of-app"};
    world.put(thief);
    EXPECT_EQ(kind("id-of-app", awsvpc_address), Kind::unknown);
    world.remove(thief.arn);
    EXPECT_EQ(kind("id-of-app", bridge_address), Kind::ready);
}

} // namespace
} // namespace agent::credentials
