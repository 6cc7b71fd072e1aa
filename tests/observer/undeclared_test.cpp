// Containers that nobody declared: what they are given and keep, and which task they belong to.

#include "observer/observer_fixture.hpp"

#include "agent/docker/inspect_to_model.hpp"

namespace agent::observer {
namespace {

class UndeclaredTest : public ObserverFixture {};

// Endpoint ids of what nobody declared.

TEST_F(UndeclaredTest, GivesAnUndeclaredContainerAnIdThatIsStoredAndForgotten) {
    begin();
    const auto id = docker.make_container("web");
    docker.run_container("web");
    ASSERT_TRUE(becomes(id, "RUNNING"));
    const auto endpoint_id = world.find_by_docker_id(id).container->endpoint_id;
    EXPECT_EQ(endpoint_id.size(), 36U);
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0], std::pair(id, endpoint_id));
    docker.die("web");
    docker.run_container("web");
    settle_down();
    EXPECT_EQ(stored.size(), 1U) << "the same for its life";
    EXPECT_EQ(world.find_by_docker_id(id).container->endpoint_id, endpoint_id);
    docker.destroy("web");
    ASSERT_TRUE(becomes(id, ""));
    ASSERT_EQ(stored.size(), 2U);
    EXPECT_EQ(stored[1], std::pair(id, std::string()));
}

TEST_F(UndeclaredTest, WhatIsAnsweredOfBeforeItsEndBringsNobodyBack) {
    const auto id = docker.make_container("web");
    docker.run_container("web");
    begin();
    ASSERT_TRUE(becomes(id, "RUNNING"));
    stored.clear();
    docker.delay("answer of inspect", std::chrono::milliseconds(100));
    docker.die("web");
    loop.run_for(std::chrono::milliseconds(30));
    docker.destroy("web");
    loop.run_for(std::chrono::milliseconds(200));
    EXPECT_FALSE(world.find_by_docker_id(id));
    EXPECT_EQ(stored.size(), 1U) << "it is forgotten once, and given nothing again";
}

TEST_F(UndeclaredTest, KeepsTheIdsOfAnEarlierRunAndForgetsThoseOfContainersThatAreGone) {
    const auto id = docker.make_container("web");
    ObserverSettings settings;
    const auto arn = world.instance().scope.task_arn(id.substr(0, 32));
    Given old{"the-old-id", arn, "", "web", world.instance().scope.cluster, "", "web",
              "",           "",  "", ""};
    Given gone;
    gone.endpoint_id = "another";
    settings.given = {{id, old}, {"gone", gone}};
    begin(std::move(settings));
    EXPECT_EQ(world.find_by_docker_id(id).container->endpoint_id, "the-old-id");
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0], std::pair(std::string("gone"), std::string()));
}

TEST_F(UndeclaredTest, KeepsTheIdThatAContainerOfOursKnowsOfItself) {
    const auto id = docker.make_container("web");
    ObserverSettings settings;
    settings.on_given = [this](const std::string& docker_id, const std::optional<Given>& given) {
        stored.emplace_back(docker_id, given->endpoint_id);
    };
    Mirror mirror(world, std::move(settings));
    mirror.keep_endpoint_id(id, "its-own");
    mirror.keep_endpoint_id(id, "its-own");
    ASSERT_EQ(stored.size(), 1U) << "told once";
    mirror.apply(docker.container("web"));
    EXPECT_EQ(world.find_by_docker_id(id).container->endpoint_id, "its-own");
    for (const auto& told : stored)
        EXPECT_EQ(told, std::pair(id, std::string("its-own")));
}

TEST_F(UndeclaredTest, IsThereFromItsCreationOn) {
    begin();
    const auto id = docker.make_container("web");
    docker::Event event;
    event.type = "container";
    event.action = "create";
    event.actor_id = id;
    event.attributes = {{"name", "web"}};
    docker.emit(event);
    EXPECT_TRUE(becomes(id, "CREATED")) << "whoever starts it may ask at once";
}

// Tasks of several containers that nobody declared.

/// As a rule of the host may say it: all that are called "shop-…" are one task.
Observed of_shop(const docker::ContainerInspect& inspect, const Given& before) {
    Observed observed;
    observed.given = before;
    observed.given.task_arn = "arn:aws:ecs:eu-west-1:123456789012:task/default/5h0p";
    observed.given.task_key = "shop";
    observed.given.family = "shop";
    observed.given.cluster = "default";
    observed.given.service_name = "shop-service";
    observed.given.name = docker::name_of(inspect).substr(5);
    observed.role =
        model::TaskRole{"arn:aws:iam::123456789012:role/" + observed.given.name, "secret"};
    return observed;
}

TEST_F(UndeclaredTest, PutsContainersIntoTheTaskThatTheyAreSaidToBelongTo) {
    ObserverSettings settings;
    settings.identify = of_shop;
    begin(std::move(settings));
    const auto web = docker.make_container("shop-web");
    const auto job = docker.make_container("shop-job");
    docker.run_container("shop-web");
    docker.run_container("shop-job");
    ASSERT_TRUE(becomes(web, "RUNNING"));
    ASSERT_TRUE(becomes(job, "RUNNING"));
    ASSERT_EQ(world.tasks().size(), 1U);
    const auto found = world.find_by_docker_id(web);
    EXPECT_EQ(found.task->arn, "arn:aws:ecs:eu-west-1:123456789012:task/default/5h0p");
    EXPECT_EQ(found.task->id, "5h0p");
    EXPECT_EQ(found.task->family, "shop");
    EXPECT_EQ(found.task->service_name, "shop-service");
    EXPECT_EQ(found.container->name, "web");
    EXPECT_EQ(found.container->role->arn, "arn:aws:iam::123456789012:role/web");
    docker.die("shop-job");
    ASSERT_TRUE(becomes(job, "STOPPED"));
    EXPECT_EQ(world.find_by_docker_id(web).task->desired, model::TaskStatus::running)
        << "one that ends does not end the others";
    docker.destroy("shop-job");
    ASSERT_TRUE(becomes(job, ""));
    EXPECT_TRUE(world.find_by_docker_id(web));
    docker.destroy("shop-web");
    ASSERT_TRUE(becomes(web, ""));
    EXPECT_TRUE(world.tasks().empty());
}

TEST_F(UndeclaredTest, JoinsNobodyToADeclaredTask) {
    model::Task declared;
    declared.arn = "arn:aws:ecs:eu-west-1:123456789012:task/default/5h0p";
    declared.declared = true;
    world.put(declared);
    ObserverSettings settings;
    settings.identify = of_shop;
    begin(std::move(settings));
    const auto web = docker.make_container("shop-web");
    docker.run_container("shop-web");
    ASSERT_TRUE(becomes(web, "RUNNING"));
    EXPECT_NE(world.find_by_docker_id(web).task->arn, declared.arn);
    EXPECT_TRUE(world.find_task(declared.arn)->containers.empty());
}

} // namespace
} // namespace agent::observer
