// What Docker does not tell after a restart of the agent, or of the host, and how the engine knows it
// all the same: by its records, and by names where labels were copied.

#include "tasks/tasks_fixture.hpp"

#include <algorithm>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Story = std::vector<std::string>;

class RestoredRecordsTest : public SupervisorFixture {
protected:
    void restart() {
        end();
        begin();
        settle_down();
    }
    /// The first container's restart policy is added to it.
    static std::string with_restarts(std::string text) {
        const auto first = text.find(R"("metadataEnable")");
        return text.insert(first, R"("restartPolicy":{"enabled":true,"restartAttemptPeriod":60},)");
    }
    /// Where in the recorded calls the first is that begins so.
    std::ptrdiff_t place_of(const std::string& beginning) const {
        const auto& calls = docker.calls();
        return std::find_if(calls.begin(), calls.end(),
                            [&](const auto& call) { return call.starts_with(beginning); }) -
               calls.begin();
    }
};

TEST_F(RestoredRecordsTest, ContainerThatSucceededAndWasRemovedByHandStillCounts) {
    docker.add_pullable_image("slow");
    docker.delay("pull", 10s);
    begin();
    declare("web.json", R"({"family":"web","containerDefinitions":[
        {"name":"app","image":"slow","metadataEnable":false,
         "dependsOn":[{"containerName":"init","condition":"SUCCESS"}]},
        {"name":"init","image":"busybox","metadataEnable":false,"essential":false}]})");
    const auto known = [&] {
        return task() ? container(task(), "init").known : model::ContainerStatus::none;
    };
    loop.run_until([&] { return known() == model::ContainerStatus::running; });
    docker.die(docker_name("init"), 0);
    loop.run_until([&] { return docker.count("pull ") == 1; });
    ASSERT_EQ(container(task(), "init").exit_code, 0);
    docker.destroy(docker_name("init"));
    loop.run_until([&] { return container(task(), "init").docker_id.empty(); });
    settle_down();
    const auto before = container(task(), "init");
    const auto arn = task()->arn;
    end();
    docker.delay("pull", 0ms);
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(story(), (Story{"create app", "start app"}));
    const auto now = container(task(), "init");
    EXPECT_EQ(now.known, model::ContainerStatus::stopped);
    EXPECT_EQ(now.exit_code, 0);
    EXPECT_EQ(now.stop_reason, before.stop_reason);
    EXPECT_TRUE(before.started_at && before.finished_at);
    EXPECT_EQ(now.started_at, before.started_at);
    EXPECT_EQ(now.finished_at, before.finished_at);
}

TEST_F(RestoredRecordsTest, ContainerThatEndedWhileTheAgentWasAwayIsTold) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto side = docker_name("side");
    end();
    docker.die(side, 7);
    begin();
    settle_down();
    EXPECT_EQ(log.count(base::log::Level::info, "exit_code=7"), 1U) << log.all();
    restart();
    EXPECT_EQ(log.count(base::log::Level::info, "exit_code=7"), 1U) << "once; " << log.all();
}

TEST_F(RestoredRecordsTest, EndThatWasToldIsNotToldAgainAtEveryStart) {
    begin();
    declare("web.json", definition("web", {"app", "init", "gone"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto gone = docker_name("gone");
    docker.die(docker_name("init"), 7);
    docker.die(gone, 8);
    const auto told = [&](std::string_view end) { return log.count(base::log::Level::info, end); };
    loop.run_until([&] { return told("exit_code=7") == 1 && told("exit_code=8") == 1; });
    settle_down();
    end();
    docker.destroy(gone);
    begin();
    settle_down();
    restart();
    EXPECT_EQ(told("exit_code=7"), 1U) << log.all();
    EXPECT_EQ(told("exit_code=8"), 1U) << "nor when it was removed meanwhile; " << log.all();
    EXPECT_EQ(told("container started"), 3U) << "starts are not told again either; " << log.all();
    // Another end is another line.
    docker.run_container(docker_name("init"));
    docker.die(docker_name("init"), 9);
    loop.run_until([&] { return told("exit_code=9") == 1; });
    EXPECT_EQ(told("exit_code=9"), 1U) << log.all();
    EXPECT_EQ(told("container started"), 4U) << log.all();
    restart();
    EXPECT_EQ(told("exit_code=9"), 1U) << log.all();
}

TEST_F(RestoredRecordsTest, PauseImagesThatOtherVersionsHaveLeftAreRemovedAtTheStart) {
    docker.add_labelled_image("ecs-node-agent/pause:old", {{"ecs-node-agent", "pause"}});
    begin();
    EXPECT_FALSE(docker.has_image("ecs-node-agent/pause:old"));
    EXPECT_EQ(log.count(base::log::Level::info, "removed an old pause image"), 1U) << log.all();
    end();
    docker.add_labelled_image("ecs-node-agent/pause:old", {{"ecs-node-agent", "pause"}});
    docker.fail_next("remove_image", base::Error(base::Errc::internal, "read-only file system"));
    begin();
    EXPECT_EQ(log.count(base::log::Level::warn, "cannot collect what an earlier run has left"), 1U)
        << log.all();
}

TEST_F(RestoredRecordsTest, HealthIsWhatItIsSinceItHasBeenSo) {
    begin();
    declare("web.json", R"({"family":"web","x-ecs-node-agent":{"replaceUnhealthy":false},
        "containerDefinitions":[{"name":"app","image":"busybox","metadataEnable":false,
        "healthCheck":{"command":["CMD","true"]}}]})");
    ASSERT_TRUE(runs()) << log.all();
    const auto app = docker_name("app");
    docker.set_health(app, "healthy");
    docker.container(app).state.health->last_end = base::now();
    loop.run_until([&] { return container(task(), "app").health.has_value(); });
    settle_down();
    ASSERT_TRUE(container(task(), "app").health) << log.all();
    const auto since = container(task(), "app").health->status_since;
    ASSERT_TRUE(since);
    // Another probe, which says the same; Docker remembers it, and not the first.
    docker.container(app).state.health->last_end = *since + 1h;
    restart();
    ASSERT_TRUE(container(task(), "app").health);
    EXPECT_EQ(container(task(), "app").health->status, "HEALTHY");
    EXPECT_EQ(container(task(), "app").health->status_since, since);
    end();
    docker.container(app).state.health->status = "unhealthy";
    begin();
    EXPECT_EQ(container(task(), "app").health->status_since, *since + 1h) << "it has changed";
}

TEST_F(RestoredRecordsTest, TimesOfThePullAreKept) {
    docker.add_pullable_image("new");
    begin();
    declare("web.json", R"({"family":"web","containerDefinitions":[{"name":"app","image":"new",)"
                        R"("metadataEnable":false}]})");
    ASSERT_TRUE(runs()) << log.all();
    const auto before = task();
    ASSERT_TRUE(before->pull_started_at && before->pull_stopped_at);
    restart();
    EXPECT_EQ(task()->pull_started_at, before->pull_started_at);
    EXPECT_EQ(task()->pull_stopped_at, before->pull_stopped_at);
}

TEST_F(RestoredRecordsTest, WhatTheHostHasLostIsMadeBeforeAnythingIsStartedAgain) {
    begin();
    auto text = with_restarts(definition("web", {"app"}));
    text.insert(1, R"("volumes":[{"name":"data"}],)");
    declare("web.json", text);
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    const auto app = docker_name("app");
    end();
    // A volume stands for the cgroup here, which a reboot takes away.
    die_after(61s, app, 255);
    begin();
    loop.run_until([&] { return container(task(), "app").restart_count == 1; });
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(container(task(), "app").restart_count, 1) << log.all();
    EXPECT_EQ(docker.count("create_volume "), 1U);
    EXPECT_LT(place_of("create_volume "), place_of("start "));
}

// Labels are copied by docker commit, names are not.

TEST_F(RestoredRecordsTest, CopyWithOurLabelsIsNotTakenForTheContainer) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto side = docker_name("side");
    const auto labels = docker.container(side).config.labels;
    end();
    docker.destroy(side);
    const auto copy = docker.make_container("friendly_name", "bridge", labels);
    docker.run_container(copy);
    begin();
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(container(task(), "side").docker_id, "");
    EXPECT_TRUE(container(task(), "side").stop_reason.starts_with("ContainerVanishedError: "));
    undeclare("web.json");
    loop.run_until([&] { return task() == nullptr; });
    EXPECT_EQ(docker.container_names(), Story{"friendly_name"});
    EXPECT_TRUE(docker.container(copy).state.running) << "it is somebody's";
}

TEST_F(RestoredRecordsTest, ContainerThatWasRenamedIsKnownByItsId) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto before = container(task(), "app");
    end();
    docker.container(before.docker_id).name = "/renamed";
    begin();
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(container(task(), "app").docker_id, before.docker_id);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(story(), Story());
}

// D20: one that was given up before Docker made it all the same is not started after a restart of the agent.
TEST(RecordOf, ContainerThatWasGivenUpAndMadeTooLateIsAStoppedOne) {
    model::Container container;
    container.name = "app";
    container.docker_id = "aa";
    container.known = model::ContainerStatus::stopped;
    container.start_failed = true;
    EXPECT_TRUE(record_of("arn", container).stopped);
    container.started_at = base::Time();
    EXPECT_FALSE(record_of("arn", container).stopped) << "Docker knows how it ended";
}

} // namespace
} // namespace agent::tasks
