// What a container may ask with its first instruction is known before Docker is asked to start it.

#include "base/files.hpp"
#include "tasks/tasks_fixture.hpp"

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;

class EngineFirstQuestion : public SupervisorFixture {
protected:
    /// Runs until the container's start is under way.
    bool is_being_started(const std::string& name) {
        const auto asked = [&] {
            return task() && docker.count("start " + docker_name(name)) == 1;
        };
        loop.run_until(asked);
        return asked();
    }
    base::Async<bool> wait_for_app() {
        auto id = container(task(), "app").docker_id;
        co_await agent->observer.wait(std::move(id), std::chrono::steady_clock::now() + 5s);
        co_return true;
    }
};

TEST_F(EngineFirstQuestion, WhatDockerMadeIsKnownBeforeTheStart) {
    docker.delay("start", 300ms);
    begin();
    declare("web.json", R"({"family":"web","containerDefinitions":[{"name":"app","image":"busybox",
        "mountPoints":[{"sourceVolume":"data","containerPath":"/data"}]}],"volumes":[{"name":"data"}]})");
    ASSERT_TRUE(is_being_started("app"));
    const auto& made = docker.container(docker_name("app"));
    const auto known = container(task(), "app");
    EXPECT_EQ(known.known, model::ContainerStatus::created);
    EXPECT_EQ(known.docker_id, made.id);
    EXPECT_EQ(known.image_id, made.image_id);
    EXPECT_EQ(known.created_at, made.created);
    EXPECT_EQ(known.labels, made.config.labels);
    EXPECT_EQ(known.volumes.size(), made.mounts.size());
    EXPECT_EQ(known.volumes.size(), 2U) << "the volume and the metadata directory";
    const auto file = base::read_file(known.metadata_directory + "/metadata.json", 1 << 20);
    ASSERT_TRUE(file) << file.error().what();
    EXPECT_NE(file->find(made.id), std::string::npos) << "the file is as new";
}

TEST_F(EngineFirstQuestion, WhoAsksDuringTheStartWaitsForIt) {
    docker.delay("start", 100ms);
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(is_being_started("app"));
    auto& observer = agent->observer;
    ASSERT_TRUE(observer.is_pending(container(task(), "app")));
    loop.run(wait_for_app());
    EXPECT_EQ(container(task(), "app").known, model::ContainerStatus::running);
    settle_down();
    EXPECT_FALSE(observer.is_pending(container(task(), "app")));
}

TEST_F(EngineFirstQuestion, ThePulledImageIsKnownBeforeItsContainerIsThere) {
    docker.delay("create", 300ms);
    begin();
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] { return docker.count("create ") == 1; });
    EXPECT_EQ(container(task(), "app").known, model::ContainerStatus::pulled);
    EXPECT_NE(container(task(), "app").image_id, "");
}

} // namespace
} // namespace agent::tasks
