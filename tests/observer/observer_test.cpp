// The observer while the engine is there: what events lead to which looks, and what the World shows.

#include "observer/observer_fixture.hpp"

namespace agent::observer {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

class ObserverTest : public ObserverFixture {};

TEST_F(ObserverTest, LooksAtEverythingThatIsThereBeforeItIsConnected) {
    const auto first = docker.make_container("first");
    docker.run_container("first");
    const auto second = docker.make_container("second");
    begin();
    EXPECT_EQ(status(first), "RUNNING");
    EXPECT_EQ(status(second), "CREATED");
    EXPECT_EQ(world.tasks().size(), 2U) << "one task each";
    EXPECT_TRUE(networks.contains(boost::asio::ip::make_address("172.17.0.9")));
}

// D11
TEST_F(ObserverTest, ShowsNoThrowAwayContainerOfTheAgent) {
    const docker::StringMap label{{"ecs-node-agent", "probe"}};
    const auto probe = docker.make_container("ecs-probe-0123456789abcdef", "bridge", label);
    const auto labelled = docker.make_container("app", "bridge", label);
    const auto named = docker.make_container("ecs-probe-mine");
    begin();
    EXPECT_EQ(status(probe), "");
    EXPECT_EQ(status(labelled), "CREATED") << "an image may have the label, too";
    EXPECT_EQ(status(named), "CREATED");
    for (const auto& [docker_id, endpoint_id] : stored)
        EXPECT_NE(docker_id, probe);
    observer->look(probe);
    loop.run_until([&] { return docker.count("inspect " + probe) == 1; });
    settle_down();
    EXPECT_EQ(status(probe), "") << "whoever has it looked at";
}

TEST_F(ObserverTest, FollowsAContainerThroughItsLife) {
    begin();
    const auto id = docker.make_container("web");
    docker.run_container("web");
    ASSERT_TRUE(becomes(id, "RUNNING"));
    const auto address = docker.container(id).network_settings.networks.at("bridge").ip;
    EXPECT_EQ(world.find_by_address(address).task->family, "web");
    docker.die("web", 3);
    ASSERT_TRUE(becomes(id, "STOPPED"));
    EXPECT_EQ(world.find_by_docker_id(id).container->exit_code, 3);
    EXPECT_FALSE(world.find_by_address(address)) << "a stopped one has no address";
    docker.destroy("web");
    ASSERT_TRUE(becomes(id, ""));
    EXPECT_TRUE(world.tasks().empty());
}

TEST_F(ObserverTest, SeesHealthPauseAndRename) {
    const auto id = docker.make_container("web");
    docker.run_container("web");
    begin();
    docker::ContainerHealth health;
    health.status = "healthy";
    docker.container(id).state.health = health;
    docker::Event event;
    event.type = "container";
    event.action = "health_status: healthy";
    event.actor_id = id;
    docker.emit(event);
    const auto seen = [&]() -> const model::Container& {
        return *world.find_by_docker_id(id).container;
    };
    loop.run_until([&] { return seen().health.has_value(); });
    ASSERT_TRUE(seen().health);
    EXPECT_EQ(seen().health->status, "HEALTHY");
    docker.container(id).name = "/renamed";
    event.action = "rename";
    event.time_nano = 0;
    docker.emit(event);
    loop.run_until([&] { return seen().docker_name == "renamed"; });
    EXPECT_EQ(seen().docker_name, "renamed");
    EXPECT_EQ(world.tasks().size(), 1U);
}

TEST_F(ObserverTest, DoesNotLookOnEventsThatChangeNothingWeShow) {
    const auto id = docker.make_container("web");
    begin();
    for (const auto* action : {"exec_start: sh", "attach", "top", "kill", "stop", "commit"}) {
        docker::Event event;
        event.type = "container";
        event.action = action;
        event.actor_id = id;
        docker.emit(event);
    }
    settle_down();
    EXPECT_EQ(docker.count("inspect "), 0U);
}

TEST_F(ObserverTest, ConnectToANetworkMattersOnlyForOneThatRuns) {
    const auto waiting = docker.make_container("waiting");
    const auto running = docker.make_container("running");
    docker.run_container("running");
    begin();
    docker::Event event;
    event.type = "network";
    event.action = "connect";
    event.actor_id = "front";
    event.attributes["container"] = waiting;
    docker.emit(event);
    settle_down();
    EXPECT_EQ(docker.count("inspect "), 0U) << "Docker says it before every start";
    docker::NetworkEndpoint front;
    front.ip = "172.30.0.2";
    docker.container(running).network_settings.networks["front"] = front;
    event.attributes["container"] = running;
    docker.emit(event);
    loop.run_until([&] { return bool(world.find_by_address("172.30.0.2")); });
    EXPECT_TRUE(world.find_by_address("172.30.0.2"));
    docker.container(running).network_settings.networks.erase("front");
    event.action = "disconnect";
    docker.emit(event);
    loop.run_until([&] { return !world.find_by_address("172.30.0.2"); });
    EXPECT_FALSE(world.find_by_address("172.30.0.2"));
    event.attributes.clear();
    docker.emit(event);
    settle_down();
}

TEST_F(ObserverTest, NetworksAreReadAgainOnceForABurstOfChanges) {
    begin();
    docker.delay("list_networks", 20ms);
    for (int i = 0; i < 20; ++i) {
        docker::Network network;
        network.id = network.name = "net" + std::to_string(i);
        network.driver = "bridge";
        network.ipam = {{"10." + std::to_string(i) + ".0.0/16", ""}};
        docker.add_network(network);
    }
    const auto last = boost::asio::ip::make_address("10.19.0.2");
    loop.run_until([&] { return networks.contains(last); });
    EXPECT_TRUE(networks.contains(last));
    loop.run_for(80ms);
    EXPECT_LE(docker.count("list_networks"), 2U);
}

TEST_F(ObserverTest, NetworkThatNobodyTellsOfIsReadWhenAContainerIsOnIt) {
    docker::Network front;
    front.id = front.name = "front";
    front.driver = "bridge";
    front.ipam = {{"10.89.0.0/24", "10.89.0.1"}};
    begin();
    docker.lose_events(true);
    docker.add_network(front);
    docker.lose_events(false);
    const auto id = docker.make_container("web", "front");
    docker.run_container("web");
    ASSERT_TRUE(becomes(id, "RUNNING"));
    EXPECT_EQ(docker.count("list_networks"), 0U) << "its address is in one that is known";
    docker.container(id).network_settings.networks.at("front").ip = "10.89.0.7";
    observer->look(id);
    const auto address = boost::asio::ip::make_address("10.89.0.7");
    loop.run_until([&] { return networks.contains(address); });
    EXPECT_TRUE(networks.contains(address));
    const auto gateway = boost::asio::ip::make_address("10.89.0.1");
    EXPECT_EQ(networks.gateways().front(), gateway) << "where introspection listens";
}

TEST_F(ObserverTest, ManyEventsOfAContainerAreOneLookAtATime) {
    const auto id = docker.make_container("web");
    docker.run_container("web");
    begin();
    docker.delay("inspect", 20ms);
    for (int i = 0; i < 50; ++i) {
        docker.die("web");
        docker.run_container("web");
    }
    docker.die("web", 9);
    ASSERT_TRUE(becomes(id, "STOPPED"));
    loop.run_for(100ms);
    EXPECT_LE(docker.count("inspect "), 3U) << "101 hints";
    EXPECT_EQ(docker.most_at_once("inspect"), 1U);
    EXPECT_EQ(world.find_by_docker_id(id).container->exit_code, 9) << "the last state is seen";
}

TEST_F(ObserverTest, LooksAtManyContainersAtOnceButNotAtAll) {
    for (int i = 0; i < 60; ++i)
        docker.make_container("c" + std::to_string(i));
    docker.delay("inspect", 5ms);
    begin();
    EXPECT_EQ(world.tasks().size(), 60U);
    EXPECT_GT(docker.most_at_once("inspect"), 1U);
    EXPECT_LE(docker.most_at_once("inspect"), 16U);
}

TEST_F(ObserverTest, AnInspectThatFailsIsToldOnceAndTriedAgain) {
    const auto id = docker.make_container("web");
    docker.run_container("web");
    begin();
    for (int i = 0; i < 2; ++i)
        docker.fail_next("inspect", base::Error(base::Errc::timeout, "no answer"));
    docker.die("web");
    loop.run_until([&] { return log.count(Level::warn, "cannot inspect") > 0; });
    EXPECT_EQ(status(id), "RUNNING") << "as it was last known";
    EXPECT_TRUE(becomes(id, "STOPPED"));
    EXPECT_EQ(log.count(Level::warn, "cannot inspect"), 1U) << log.all();
}

TEST_F(ObserverTest, AContainerThatIsMadeWhileTheListIsOnItsWayIsNotTakenForGone) {
    const auto old = docker.make_container("old");
    begin();
    docker.delay("list", 50ms);
    const auto asked = loop.start(observer->look_at_all(5s));
    loop.run_for(10ms);
    const auto fresh = docker.make_container("fresh");
    docker.run_container("fresh");
    loop.run_until([&] { return asked->has_value(); });
    settle_down();
    EXPECT_EQ(status(fresh), "RUNNING");
    EXPECT_EQ(status(old), "CREATED");
}

TEST_F(ObserverTest, AContainerThatGoesWhileItIsLookedAtIsGone) {
    begin();
    docker.delay("inspect", 30ms);
    const auto id = docker.make_container("web");
    docker.run_container("web");
    loop.run_until([&] { return docker.count("inspect ") > 0; });
    docker.destroy("web");
    loop.run_for(150ms);
    EXPECT_EQ(status(id), "");
    EXPECT_TRUE(world.tasks().empty());
}

// Namespaces.

TEST_F(ObserverTest, AContainerThatJoinsAnothersNamespaceBelongsToItsTask) {
    const auto owner = docker.make_container("owner");
    docker.run_container("owner");
    begin();
    const auto member = docker.make_container("member", "container:" + owner);
    docker.run_container("member");
    ASSERT_TRUE(becomes(member, "RUNNING"));
    EXPECT_EQ(world.tasks().size(), 1U);
    EXPECT_EQ(world.find_by_docker_id(member).task->family, "owner");
    docker.die("member");
    ASSERT_TRUE(becomes(member, "STOPPED"));
    EXPECT_EQ(world.find_by_docker_id(owner).task->desired, model::TaskStatus::running)
        << "only the owner's end is the task's";
    docker.destroy("member");
    ASSERT_TRUE(becomes(member, ""));
    EXPECT_EQ(world.find_by_docker_id(owner).task->containers.size(), 1U);
}

TEST_F(ObserverTest, AMemberThatIsSeenBeforeItsOwnerJoinsItLater) {
    begin();
    const auto owner = docker.make_container("owner");
    docker.run_container("owner");
    docker.forget_calls();
    docker.lose_events(true);
    const auto member = docker.make_container("member", "container:" + owner);
    docker.run_container("member");
    docker.lose_events(false);
    ASSERT_TRUE(becomes(owner, "RUNNING"));
    observer->look(member);
    ASSERT_TRUE(becomes(member, "RUNNING"));
    EXPECT_EQ(world.find_by_docker_id(member).task->family, "owner");
}

TEST_F(ObserverTest, AMemberWhoseOwnerIsNotKnownStandsAloneUntilItIs) {
    docker.lose_events(true);
    begin();
    const auto owner = docker.make_container("owner");
    docker.run_container("owner");
    const auto member = docker.make_container("member", "container:" + owner);
    docker.run_container("member");
    observer->look(member);
    ASSERT_TRUE(becomes(member, "RUNNING"));
    EXPECT_EQ(world.find_by_docker_id(member).task->family, "member");
    observer->look(owner);
    loop.run_until([&] {
        const auto found = world.find_by_docker_id(member);
        return found && found.task->family == "owner";
    });
    const auto found = world.find_by_docker_id(member);
    ASSERT_TRUE(found);
    EXPECT_EQ(found.task->family, "owner");
    EXPECT_EQ(world.tasks().size(), 1U);
}

// Declared tasks, which the engine has put into the World.

class DeclaredTaskTest : public ObserverFixture {
protected:
    DeclaredTaskTest() {
        model::Task task;
        task.declared = true;
        task.arn = "arn:task";
        task.family = "shop";
        model::Container container;
        container.declared = true;
        container.name = "web";
        container.docker_name = "ecs-shop-web";
        container.endpoint_id = "endpoint";
        task.containers.push_back(container);
        world.put(task);
    }
    const docker::StringMap labels{{"com.amazonaws.ecs.task-arn", "arn:task"},
                                   {"com.amazonaws.ecs.container-name", "web"}};
    const model::Container& web() { return world.find_task("arn:task")->containers.at(0); }
};

TEST_F(DeclaredTaskTest, IsRecognisedByNameAndLabelsBeforeItsIdIsKnown) {
    begin();
    const auto id = docker.make_container("ecs-shop-web", "bridge", labels);
    docker.run_container(id);
    ASSERT_TRUE(becomes(id, "RUNNING"));
    EXPECT_EQ(world.tasks().size(), 1U);
    EXPECT_EQ(web().docker_id, id);
    EXPECT_EQ(web().endpoint_id, "endpoint");
    EXPECT_TRUE(stored.empty()) << "its id is in its own environment";
}

TEST_F(DeclaredTaskTest, LabelsAloneDoNotMakeAContainerPartOfIt) {
    begin();
    const auto forged = docker.make_container("other-name", "bridge", labels);
    docker.run_container(forged);
    ASSERT_TRUE(becomes(forged, "RUNNING"));
    EXPECT_EQ(world.find_by_docker_id(forged).task->family, "other-name");
    EXPECT_EQ(web().docker_id, "");
}

TEST_F(DeclaredTaskTest, AContainerThatIsDestroyedIsStoppedAndStaysInTheTask) {
    begin();
    const auto id = docker.make_container("ecs-shop-web", "bridge", labels);
    docker.run_container(id);
    ASSERT_TRUE(becomes(id, "RUNNING"));
    docker.destroy(id);
    loop.run_until([&] { return web().known == model::ContainerStatus::stopped; });
    loop.run_until([&] { return web().docker_id.empty(); });
    EXPECT_EQ(web().known, model::ContainerStatus::stopped);
    EXPECT_EQ(web().docker_id, "");
    EXPECT_EQ(world.find_task("arn:task")->desired, model::TaskStatus::stopped);
}

TEST_F(ObserverTest, LooksAtNobodyWhenItHasEnded) {
    begin();
    const auto id = docker.make_container("web");
    ASSERT_TRUE(becomes(id, "CREATED"));
    end();
    docker.forget_calls();
    tasks.spawn("look", observer->look_and_wait(id));
    settle_down();
    EXPECT_EQ(tasks.size(), 0U) << "nobody waits for it either";
    EXPECT_EQ(docker.count("inspect "), 0U);
}

TEST_F(ObserverTest, WhoWaitsForAFirstLookIsForgottenWithTheContainer) {
    begin();
    const auto id = docker.make_container("web");
    ASSERT_TRUE(becomes(id, "CREATED"));
    settle_down();
    const auto held = std::make_shared<int>(0);
    observer->at_first_look(id, [held](const docker::ContainerInspect&) {});
    EXPECT_EQ(held.use_count(), 2);
    docker.destroy("web");
    ASSERT_TRUE(becomes(id, ""));
    EXPECT_EQ(held.use_count(), 1);
}

} // namespace
} // namespace agent::observer
