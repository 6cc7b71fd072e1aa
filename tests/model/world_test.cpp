#include "model/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace model {
namespace {

Container container(const std::string& id, const std::string& address = {}) {
    Container made;
    made.docker_id = id;
    made.name = "name-" + id;
    made.endpoint_id = "endpoint-" + id;
    made.known = ContainerStatus::running;
    made.network_mode = "bridge";
    if (!address.empty()) {
        NetworkAttachment network;
        network.name = "bridge";
        network.ipv4 = address;
        made.networks.push_back(network);
    }
    return made;
}

Task task(const std::string& arn, std::vector<Container> containers) {
    Task made;
    made.arn = arn;
    made.containers = std::move(containers);
    return made;
}

/// An awsvpc task with a lease, one pause container and as many others as are named.
Task awsvpc_task(const std::string& arn, const std::vector<std::string>& names) {
    auto made = task(arn, {});
    made.network_mode = NetworkMode::awsvpc;
    made.link_local_ipv4 = "169.254.172.2";
    for (const auto& name : names) {
        made.containers.push_back(container(name));
        made.containers.back().network_mode = "container:pause";
    }
    auto pause = container("pause", "172.20.0.2");
    pause.type = ContainerType::cni_pause;
    pause.endpoint_id.clear();
    made.containers.push_back(pause);
    return made;
}

TEST(World, FindsWhatWasPutByEveryKey) {
    World world({});
    world.put(task("t1", {container("aa11", "172.17.0.2"), container("aa22", "172.17.0.3")}));
    ASSERT_TRUE(world.find_task("t1"));
    EXPECT_EQ(world.find_by_docker_id("aa22").container->name, "name-aa22");
    EXPECT_EQ(world.find_by_endpoint_id("endpoint-aa11").container->docker_id, "aa11");
    EXPECT_EQ(world.find_by_docker_id_prefix("aa").size(), 2U);
    EXPECT_EQ(world.find_by_docker_id_prefix("").size(), 2U);
    EXPECT_EQ(world.find_by_docker_id_prefix("aa1").at(0).container->docker_id, "aa11");
    EXPECT_EQ(world.find_by_address("172.17.0.3").container->docker_id, "aa22");
}

TEST(World, WhatIsNotThereIsNotFound) {
    World world({});
    world.put(task("t1", {container("", "")}));
    EXPECT_FALSE(world.find_task("t2"));
    EXPECT_FALSE(world.find_by_docker_id("x"));
    EXPECT_FALSE(world.find_by_docker_id(""));
    EXPECT_FALSE(world.find_by_endpoint_id(""));
    EXPECT_FALSE(world.find_by_address(""));
    EXPECT_FALSE(world.find_by_address("172.17.0.2"));
    EXPECT_TRUE(world.find_by_docker_id_prefix("").empty());
    EXPECT_FALSE(world.remove("t2"));
}

TEST(World, RemovedTaskIsForgottenByEveryKey) {
    World world({});
    world.put(awsvpc_task("t1", {"a"}));
    EXPECT_TRUE(world.remove("t1"));
    EXPECT_FALSE(world.find_task("t1"));
    EXPECT_FALSE(world.find_by_docker_id("a"));
    EXPECT_FALSE(world.find_by_endpoint_id("endpoint-a"));
    EXPECT_FALSE(world.find_by_address("169.254.172.2"));
    EXPECT_FALSE(world.find_by_address("172.20.0.2"));
    EXPECT_TRUE(world.tasks().empty());
}

TEST(World, ReplacedTaskLosesItsOldKeys) {
    World world({});
    world.put(task("t1", {container("a", "172.17.0.2")}));
    world.put(task("t1", {container("a", "172.17.0.9")}));
    EXPECT_FALSE(world.find_by_address("172.17.0.2"));
    EXPECT_TRUE(world.find_by_address("172.17.0.9"));
}

TEST(World, SnapshotsOutliveTheirReplacement) {
    World world({});
    world.put(task("t1", {container("a", "172.17.0.2")}));
    const auto before = world.find_by_docker_id("a");
    world.put(task("t1", {}));
    EXPECT_EQ(before.container->name, "name-a");
    EXPECT_FALSE(world.find_by_docker_id("a"));
}

TEST(World, AddressOfAStoppedContainerIsNobodys) {
    World world({});
    auto stopped = container("a", "172.17.0.2");
    stopped.known = ContainerStatus::stopped;
    world.put(task("t1", {stopped}));
    EXPECT_FALSE(world.find_by_address("172.17.0.2"));
}

TEST(World, AddressThatWentToAnotherTaskStaysItsWhenTheFirstGoes) {
    World world({});
    world.put(task("t1", {container("a", "172.17.0.2")}));
    world.put(task("t2", {container("b", "172.17.0.2")}));
    world.remove("t1");
    EXPECT_EQ(world.find_by_address("172.17.0.2").container->docker_id, "b");
}

// D3: one of t1's containers has ended unseen, and t2 was given its address.
TEST(World, AddressIsWhoseContainerWasStartedLastHoweverOftenTheOtherTaskIsPutAgain) {
    const auto started = [](Container made, int second) {
        made.started_at = base::Time(std::chrono::seconds(second));
        return made;
    };
    const auto ended = started(container("a", "172.17.0.2"), 1);
    const auto sibling = started(container("s", "172.17.0.3"), 1);
    World world({});
    world.put(task("t1", {ended, sibling}));
    world.put(task("t2", {started(container("b", "172.17.0.2"), 2)}));
    auto looked_at = sibling;
    looked_at.pid = 7;
    world.put(task("t1", {ended, looked_at}));
    EXPECT_EQ(world.find_by_address("172.17.0.2").task->arn, "t2");
    EXPECT_EQ(world.find_by_address("172.17.0.3").task->arn, "t1");
    world.remove("t1");
    ASSERT_TRUE(world.find_by_address("172.17.0.2"));
    EXPECT_EQ(world.find_by_address("172.17.0.2").container->docker_id, "b");
}

TEST(World, IdsFallBackToTheTaskThatStillHasThem) {
    World world({});
    world.put(task("t1", {container("a")}));
    world.put(task("t2", {container("a")}));
    world.remove("t2");
    ASSERT_TRUE(world.find_by_docker_id("a"));
    EXPECT_EQ(world.find_by_docker_id("a").task->arn, "t1");
    ASSERT_TRUE(world.find_by_endpoint_id("endpoint-a"));
    EXPECT_EQ(world.find_by_endpoint_id("endpoint-a").task->arn, "t1");
    EXPECT_EQ(world.find_by_docker_id_prefix("a").size(), 1U);
}

TEST(World, ContainerThatWentToAnotherTaskStaysItsWhenTheFirstGoes) {
    World world({});
    world.put(task("t1", {container("a", "172.17.0.2")}));
    world.put(task("t2", {container("a", "172.17.0.2")}));
    world.remove("t1");
    ASSERT_TRUE(world.find_by_docker_id("a"));
    EXPECT_EQ(world.find_by_docker_id("a").task->arn, "t2");
    ASSERT_TRUE(world.find_by_endpoint_id("endpoint-a"));
    EXPECT_EQ(world.find_by_endpoint_id("endpoint-a").task->arn, "t2");
}

TEST(World, AddressOfANamespaceNamesItsMemberOnlyWhenThereIsOne) {
    World world({});
    world.put(awsvpc_task("t1", {"a"}));
    EXPECT_EQ(world.find_by_address("169.254.172.2").container->docker_id, "a");
    EXPECT_EQ(world.find_by_address("172.20.0.2").container->docker_id, "a");
    world.put(awsvpc_task("t1", {"a", "b"}));
    const auto caller = world.find_by_address("169.254.172.2");
    EXPECT_TRUE(caller);
    EXPECT_EQ(caller.task->arn, "t1");
    EXPECT_EQ(caller.container, nullptr);
}

TEST(World, AddressOfAnOwnerWithAMemberNamesNeither) {
    World world({});
    auto member = container("b");
    member.network_mode = "container:a";
    world.put(task("t1", {container("a", "172.17.0.2"), member}));
    EXPECT_TRUE(world.find_by_address("172.17.0.2"));
    EXPECT_EQ(world.find_by_address("172.17.0.2").container, nullptr);
}

TEST(World, EqualContentIsNoChange) {
    World world({});
    int changes = 0;
    const auto subscription = world.on_change([&](const TaskPtr&, const TaskPtr&) { ++changes; });
    world.put(task("t1", {container("a", "172.17.0.2")}));
    const auto generation = world.generation();
    world.put(task("t1", {container("a", "172.17.0.2")}));
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(world.generation(), generation);
    world.put(task("t1", {container("a", "172.17.0.3")}));
    EXPECT_EQ(changes, 2);
    EXPECT_GT(world.generation(), generation);
}

TEST(World, ObserversGetTheTaskBeforeAndAfter) {
    World world({});
    std::vector<std::string> seen;
    const auto subscription = world.on_change([&](const TaskPtr& before, const TaskPtr& after) {
        seen.push_back((before ? before->family : "-") + ">" + (after ? after->family : "-"));
    });
    auto one = task("t1", {});
    one.family = "one";
    world.put(one);
    one.family = "two";
    world.put(one);
    world.remove("t1");
    EXPECT_EQ(seen, (std::vector<std::string>{"->one", "one>two", "two>-"}));
}

TEST(World, ObserverMayChangeTheWorldItself) {
    World world({});
    std::string last;
    const auto subscription = world.on_change([&](const TaskPtr&, const TaskPtr& after) {
        if (after) {
            world.remove(after->arn);
            last = after->arn;
        }
    });
    world.put(task("a task with a name that is not short", {container("a")}));
    EXPECT_EQ(last, "a task with a name that is not short");
    EXPECT_TRUE(world.tasks().empty());
}

/// "1>2" for a change from revision 1 to 2, "-" where there is no task.
World::Observer note_into(std::vector<std::string>& heard) {
    return [&heard](const TaskPtr& before, const TaskPtr& after) {
        heard.push_back((before ? before->revision : "-") + ">" + (after ? after->revision : "-"));
    };
}

Task of_revision(const std::string& revision) {
    auto made = task("t1", {});
    made.revision = revision;
    return made;
}

// D3: the second observer heard of the first one's change before it heard of the one that led to it.
TEST(World, AllHearOfChangesInTheirOrderAlsoOfThoseThatAnObserverMakes) {
    World world({});
    std::vector<std::string> first;
    std::vector<std::string> last;
    const auto hears_first = world.on_change(note_into(first));
    const auto changes = world.on_change([&](const TaskPtr&, const TaskPtr& after) {
        if (after && after->revision == "1")
            world.put(of_revision("2"));
        if (after && after->revision == "2")
            world.remove("t1");
    });
    const auto hears_last = world.on_change(note_into(last));
    const auto generation = world.generation();
    world.put(of_revision("1"));
    const std::vector<std::string> expected{"->1", "1>2", "2>-"};
    EXPECT_EQ(first, expected);
    EXPECT_EQ(last, expected);
    EXPECT_EQ(world.generation(), generation + 3);
}

TEST(World, ObserverThatHasLeftIsToldNothing) {
    World world({});
    std::vector<std::string> heard;
    auto leaves = world.on_change(note_into(heard));
    std::vector<std::string> by_the_other;
    const auto stays = world.on_change(note_into(by_the_other));
    world.put(of_revision("1"));
    leaves.reset();
    world.put(of_revision("2"));
    EXPECT_EQ(heard, std::vector<std::string>{"->1"});
    EXPECT_EQ(by_the_other, (std::vector<std::string>{"->1", "1>2"}));
}

TEST(World, ObserversMayComeAndLeaveWhileTheyAreTold) {
    World world({});
    int told = 0;
    World::Subscription itself;
    World::Subscription another;
    std::vector<std::string> late;
    World::Subscription comes;
    itself = world.on_change([&](const TaskPtr&, const TaskPtr&) {
        ++told;
        itself.reset();
        another.reset();
        comes = world.on_change(note_into(late));
    });
    another = world.on_change([&](const TaskPtr&, const TaskPtr&) { ++told; });
    world.put(of_revision("1"));
    EXPECT_EQ(told, 1) << "the other had left before its turn";
    world.put(of_revision("2"));
    EXPECT_EQ(told, 1);
    EXPECT_EQ(late, std::vector<std::string>{"1>2"});
}

TEST(World, GoesOnlyWhenItsObserversHaveLeft) {
    const auto stay = [] {
        World::Subscription stays;
        World world({});
        const auto leaves = world.on_change([](const TaskPtr&, const TaskPtr&) {});
        stays = world.on_change([](const TaskPtr&, const TaskPtr&) {});
    };
    EXPECT_DEATH(stay(), "observers of the World: 1 left");
}

} // namespace
} // namespace model
