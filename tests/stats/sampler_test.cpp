// Looks at containers of a World, with files in a folder and Docker in memory.

#include "agent/stats/sampler.hpp"

#include "fakes/fake_docker.hpp"
#include "fakes/test_loop.hpp"
#include "recorded_host.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace agent::stats {
namespace {

using namespace std::chrono_literals;
using stats_test::RecordedHost;

class SamplerOfOneTask : public testing::Test {
protected:
    SamplerOfOneTask() {
        model::Task task;
        task.arn = "arn";
        task.id = recorded.task;
        model::Container container;
        container.docker_id = recorded.id;
        container.name = "app";
        container.known = model::ContainerStatus::running;
        container.pid = RecordedHost::pid;
        container.network_mode = "bridge";
        task.containers = {container};
        world.put(task);
    }
    ~SamplerOfOneTask() override { loop.run(stop()); }

    base::Async<bool> stop() {
        co_await sampler.stop();
        co_return true;
    }
    std::optional<model::StatsSample> sample() {
        return loop.run(sampler.sample(world.find_by_docker_id(recorded.id)));
    }
    void edit(const std::function<void(model::Container&)>& change) {
        auto task = *world.find_task("arn");
        change(task.containers.front());
        world.put(task);
    }

    RecordedHost recorded{1};
    fakes::TestLoop loop;
    base::WorkerPool workers{2};
    fakes::FakeDocker docker{loop.executor()};
    model::World world{model::Instance{}};
    Sampler sampler{loop.executor(), workers, docker, world, recorded.host()};
};

TEST_F(SamplerOfOneTask, TheFirstSampleIsThereAtOnceAndTheNextIsComparedWithIt) {
    const auto first = sample();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->now.cpu.total_ns, 1000U);
    EXPECT_FALSE(first->previous_cpu);
    recorded.set("cpuacct", "cpuacct.usage", "3000\n");
    const auto second = sample();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->now.cpu.total_ns, 3000U);
    ASSERT_TRUE(second->previous_cpu);
    EXPECT_EQ(second->previous_cpu->total_ns, 1000U);
    EXPECT_EQ(second->previous_read, first->now.read);
    EXPECT_EQ(docker.calls().size(), 0U);
}

TEST_F(SamplerOfOneTask, RequestsAtTheSameTimeShareALook) {
    const auto container = world.find_by_docker_id(recorded.id);
    std::vector<std::shared_ptr<std::optional<std::optional<model::StatsSample>>>> answers;
    for (int i = 0; i < 5; ++i)
        answers.push_back(loop.start(sampler.sample(container)));
    loop.run_until([&] { return answers.back()->has_value(); });
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer->has_value());
        ASSERT_TRUE(**answer);
        EXPECT_EQ((**answer)->now.read, (*answers.front())->value().now.read);
        EXPECT_FALSE((**answer)->previous_read);
    }
}

TEST_F(SamplerOfOneTask, WhatDoesNotRunIsNotLookedAt) {
    edit([](model::Container& container) { container.known = model::ContainerStatus::stopped; });
    EXPECT_FALSE(sample());
    edit([](model::Container& container) {
        container.known = model::ContainerStatus::running;
        container.pid = 0;
    });
    EXPECT_FALSE(sample()) << "Docker is about to start it again";
    EXPECT_EQ(sampler.remembered(), 0U);
    EXPECT_EQ(docker.calls().size(), 0U);
}

TEST_F(SamplerOfOneTask, WhatIsRememberedGoesWithTheRunOfTheContainer) {
    ASSERT_TRUE(sample());
    EXPECT_EQ(sampler.remembered(), 1U);
    EXPECT_EQ(sampler.opened(), 1U);
    edit([](model::Container& container) { container.image_id = "changed"; });
    EXPECT_EQ(sampler.remembered(), 1U) << "it runs on";
    edit([](model::Container& container) { container.started_at = base::now(); });
    EXPECT_EQ(sampler.remembered(), 0U);
    const auto anew = sample();
    ASSERT_TRUE(anew);
    EXPECT_FALSE(anew->previous_cpu) << "its counters have begun anew";
    world.remove("arn");
    EXPECT_EQ(sampler.remembered(), 0U);
    EXPECT_EQ(sampler.opened(), 0U);
}

TEST_F(SamplerOfOneTask, ASnapshotThatIsNoLongerTrueIsNotRemembered) {
    const auto old = world.find_by_docker_id(recorded.id);
    world.remove("arn");
    EXPECT_FALSE(loop.run(sampler.sample(old)));
    EXPECT_EQ(sampler.remembered(), 0U);
}

TEST_F(SamplerOfOneTask, AContainerInTheHostsNetworkHasNoInterfaces) {
    EXPECT_EQ(sample()->now.networks.size(), 1U);
    edit([](model::Container& container) {
        container.network_mode = "host";
        container.pid = 0;
    });
    edit([](model::Container& container) { container.pid = RecordedHost::pid; });
    EXPECT_TRUE(sample()->now.networks.empty());
}

TEST_F(SamplerOfOneTask, OneThatHasJoinedAnotherHasTheOthersInterfaces) {
    const std::string owner(64, 'a');
    auto task = *world.find_task("arn");
    task.containers.front().network_mode = "container:" + owner;
    world.put(task);
    EXPECT_TRUE(sample()->now.networks.empty()) << "nobody knows whose they are";
    auto other = *world.find_task("arn");
    other.containers.push_back(other.containers.front());
    other.containers.back().docker_id = owner;
    other.containers.back().network_mode = "bridge";
    other.containers.front().pid = 0;
    world.put(other);
    other.containers.front().pid = RecordedHost::pid;
    world.put(other);
    EXPECT_EQ(sample()->now.networks.size(), 1U);
}

TEST_F(SamplerOfOneTask, WhereThereIsNoCgroupDockerIsAsked) {
    recorded.folder.remove("cg");
    const auto id = docker.make_container("app");
    docker.run_container(id);
    model::Stats stats;
    stats.read = base::now();
    stats.cpu.total_ns = 77;
    docker.set_stats(stats);
    edit([&](model::Container& container) { container.docker_id = id; });
    const auto answer = loop.run(sampler.sample(world.find_by_docker_id(id)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->now.cpu.total_ns, 77U);
    EXPECT_EQ(docker.count("stats"), 1U);
    docker.fail_next("stats", base::Error(base::Errc::unavailable, "away"));
    EXPECT_FALSE(loop.run(sampler.sample(world.find_by_docker_id(id))));
    EXPECT_EQ(sampler.opened(), 0U);
}

TEST_F(SamplerOfOneTask, OneThatEndsBetweenTwoLooksIsTold) {
    ASSERT_TRUE(sample());
    recorded.end_process();
    EXPECT_FALSE(sample());
    EXPECT_EQ(sampler.opened(), 0U);
}

TEST_F(SamplerOfOneTask, ACancelledRequestDoesNotTakeTheLookFromOthers) {
    const auto container = world.find_by_docker_id(recorded.id);
    base::TaskGroup leaving(loop.executor());
    auto ask = [](Sampler& source, model::ContainerRef whom) -> base::Async<void> {
        co_await source.sample(std::move(whom));
    };
    leaving.spawn("leaving", ask(sampler, container));
    const auto staying = loop.start(sampler.sample(container));
    leaving.cancel();
    loop.run_until([&] { return staying->has_value(); });
    EXPECT_TRUE(staying->value());
    EXPECT_TRUE(loop.run(leaving.wait(5s)));
}

} // namespace
} // namespace agent::stats
