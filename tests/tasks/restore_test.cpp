// The engine after a restart of the agent: everything is found again where it was left.

#include "model/names.hpp"
#include "pace.hpp"
#include "tasks/tasks_fixture.hpp"

#include <chrono>
#include <filesystem>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Story = std::vector<std::string>;

class RestoreTest : public SupervisorFixture {};

TEST_F(RestoreTest, RunningTaskKeepsItsIdsAndIsNotTouched) {
    begin();
    declare("web.json", R"({"family":"web","containerDefinitions":[
        {"name":"app","image":"busybox"},{"name":"side","image":"busybox"}]})");
    ASSERT_TRUE(runs()) << log.all();
    const auto before = task();
    end();
    begin();
    settle_down();
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, before->arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& then = before->containers[i];
        const auto& now = task()->containers[i];
        EXPECT_EQ(now.docker_id, then.docker_id);
        EXPECT_EQ(now.endpoint_id, then.endpoint_id);
        EXPECT_EQ(now.arn, then.arn);
        EXPECT_EQ(now.metadata_directory, then.metadata_directory);
        EXPECT_TRUE(std::filesystem::exists(now.metadata_directory + "/metadata.json"));
    }
    EXPECT_EQ(story(), Story());
}

TEST_F(RestoreTest, HalfCreatedTaskIsFinished) {
    begin();
    docker.add_pullable_image("slow");
    docker.delay("pull", 10s);
    auto text = definition("web", {"app"});
    text.insert(text.rfind(']'), R"(,{"name":"side","image":"slow","metadataEnable":false})");
    declare("web.json", text);
    loop.run_until([&] { return docker.count("start ") == 1; });
    loop.run_for(10ms);
    const auto arn = task()->arn;
    end();
    EXPECT_EQ(docker.container_names().size(), 1U);
    docker.delay("pull", 0ms);
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(story(), (Story{"create side", "start side"}));
}

TEST_F(RestoreTest, ContainerThatWasCreatedAsWeDiedIsFoundByItsLabels) {
    begin();
    docker.lose_next_answer("create", base::Error(base::Errc::unavailable, "it has gone"));
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] { return docker.container_names().size() == 1; });
    end();
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(story(), Story{"start app"});
    EXPECT_NE(docker.create_body(docker_name("app")).find(task()->containers[0].endpoint_id),
              std::string::npos)
        << "the id that is in its environment";
}

TEST_F(RestoreTest, TaskWhoseFileHasGoneMeanwhileIsRemoved) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    end();
    undeclare("web.json");
    begin();
    EXPECT_TRUE(is_gone()) << log.all();
    EXPECT_TRUE(rows().empty());
}

TEST_F(RestoreTest, TaskWhoseFileHasChangedMeanwhileIsReplaced) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    end();
    declare("web.json", definition("web", {"other"}));
    begin();
    loop.run_until([&] {
        const auto now = task();
        return now && now->arn != arn && now->known == model::TaskStatus::running;
    });
    ASSERT_TRUE(task());
    EXPECT_EQ(docker.container_names(), Story{docker_name("other")});
}

TEST_F(RestoreTest, TaskThatEndedWhileNobodyWatchedIsRunAgainAsANewOne) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    end();
    docker.die(docker.container_names().front(), 1);
    begin();
    loop.run_until([&] {
        const auto now = task();
        return now && now->arn != arn && now->known == model::TaskStatus::running;
    });
    ASSERT_TRUE(task());
    EXPECT_NE(task()->arn, arn);
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(RestoreTest, RowWithoutAnyContainerIsStartedWithItsArn) {
    begin();
    docker.delay("inspect_image", 10s);
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] { return task() != nullptr; });
    const auto arn = task()->arn;
    end();
    docker.delay("inspect_image", 0ms);
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->arn, arn);
}

TEST_F(RestoreTest, RowThatCannotBeReadLeavesItsContainersAlone) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    auto row = rows().at(0);
    row.definition = "{}";
    auto write = [&store = agent->store, row] { return store.start_task(row, "web", 1); };
    ASSERT_TRUE(loop.run(agent->disk.run(std::move(write))));
    end();
    undeclare("web.json");
    begin();
    settle_down();
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(log.count(base::log::Level::error, "cannot be read"), 1U) << log.all();
}

// Tasks that have stopped are kept beside the one that runs.

TEST_F(RestoreTest, StoppedTasksStayStoppedAndDoNotTouchTheOneThatRuns) {
    settings.cleanup_wait = 10min;
    docker.add_pullable_image("slow");
    docker.delay("pull", 10s);
    begin();
    // One that never got a container, one that its policy would start again, one that runs.
    declare("web.json", R"({"family":"web","containerDefinitions":[{"name":"app","image":"slow",)"
                        R"("metadataEnable":false}]})");
    loop.run_until([&] { return docker.count("pull ") == 1; });
    auto restarting = definition("web", {"app"});
    restarting.insert(restarting.rfind('}', restarting.size() - 3),
                      R"(,"restartPolicy":{"enabled":true,"restartAttemptPeriod":1})");
    declare("web.json", restarting);
    ASSERT_TRUE(another_runs("")) << log.all();
    const auto second = running_task();
    auto& state = docker.container(container(second, "app").docker_id).state;
    state.started_at = *state.started_at - 1h;
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(another_runs(second->arn)) << log.all();
    const auto running = running_task()->arn;
    ASSERT_EQ(tasks().size(), 3U);
    end();
    begin();
    settle_down();
    EXPECT_EQ(story(), Story()) << log.all();
    ASSERT_EQ(tasks().size(), 3U);
    for (const auto& each : tasks()) {
        const bool runs = each->arn == running;
        EXPECT_EQ(each->known, runs ? model::TaskStatus::running : model::TaskStatus::stopped);
        EXPECT_EQ(each->stop_reason, runs ? "" : "its file is gone or has changed");
    }
    settings.cleanup_wait = 0ms;
    end();
    begin();
    loop.run_until([&] { return tasks().size() == 1; });
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, running);
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(RestoreTest, TaskThatWasStoppingGoesOnStoppingAndTheNextOneFollows) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.delay("stop", 10s);
    docker.die(docker_name("app"), 1);
    loop.run_until([&] { return docker.count("stop ") == 1; });
    end();
    docker.delay("stop", 0ms);
    begin();
    ASSERT_TRUE(another_runs(arn)) << log.all();
    loop.run_until([&] { return tasks().size() == 1; });
    EXPECT_EQ(rows().size(), 1U);
    EXPECT_EQ(docker.container_names().size(), 2U);
}

TEST_F(RestoreTest, ContainerThatVanishedWhileNobodyWatchedIsNotMadeAgain) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    const auto side = docker_name("side");
    end();
    docker.destroy(side);
    begin();
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(story(), Story());
    EXPECT_TRUE(container(task(), "side").stop_reason.starts_with("ContainerVanishedError: "));
    const auto app = docker_name("app");
    end();
    docker.destroy(app);
    begin();
    EXPECT_TRUE(another_runs(arn)) << "an essential one takes the task with it";
}

TEST_F(RestoreTest, ContainerThatItsPolicyStartsAgainIsStartedWhenTheAgentIsBack) {
    begin();
    auto text = definition("web", {"app"});
    text.insert(text.rfind('}', text.size() - 3),
                R"(,"restartPolicy":{"enabled":true,"restartAttemptPeriod":60})");
    declare("web.json", text);
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    const auto app = docker_name("app");
    end();
    die_after(61s, app, 1);
    begin();
    loop.run_until([&] { return container(task(), "app").restart_count == 1; });
    EXPECT_EQ(container(task(), "app").restart_count, 1) << log.all();
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(story(), Story{"start app"});
    EXPECT_TRUE(docker.container(app).state.running);
}

TEST_F(RestoreTest, ThrowAwayContainersAndMetadataOfNobodyAreCollected) {
    docker.make_container("ecs-probe-0123", "bridge", {{"ecs-node-agent", "probe"}});
    const auto stranger = docker.make_container("stranger");
    folder.write("metadata/default/0123456789abcdef0123456789abcdef/app/metadata.json", "{}");
    begin();
    loop.run_until([&] { return docker.container_names().size() == 1; });
    EXPECT_EQ(docker.container_names(), Story{"stranger"});
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/default")));
}

// D21: what the start of the agent costs.

class RestoreCostTest : public SupervisorFixture {
protected:
    /// As the daemon does: when the event stream is open.
    void begin_with_open_stream() {
        make_agent();
        docker.forget_calls();
        agent->observer.before_first_look([this] { return agent->supervisor.restore(); });
        agent->tasks.spawn("observer", agent->observer.run());
    }
    bool is_connected() {
        loop.run_until([&] { return agent->observer.connected(); });
        return agent->observer.connected();
    }
    /// The row of a task with one container, which runs.
    void add_task(int number) {
        const auto family = "web" + std::to_string(number);
        state::DeclaredTask row;
        row.arn = "arn:aws:ecs:us-east-1:000000000000:task/default/" + std::to_string(number);
        row.file = family + ".json";
        row.definition = definition(family, {"app"});
        row.cluster = "default";
        ASSERT_TRUE(agent->store.start_task(row, family, 1));
        const model::ContainerIdentity identity{row.arn, row.cluster, family, "1", "app"};
        docker.run_container(docker.make_container(model::docker_name(identity), "bridge",
                                                   model::ecs_labels(identity)));
    }
};

TEST_F(RestoreCostTest, ManyTasksAreOneListAndInspectionsSideBySide) {
    constexpr std::size_t count = 500;
    make_agent();
    for (std::size_t i = 0; i < count; ++i)
        add_task(static_cast<int>(i));
    docker.delay("list", 10ms);
    docker.delay("inspect", 10ms);
    docker.forget_calls();
    tests::slowness();
    const auto begun = std::chrono::steady_clock::now();
    const auto restored = loop.run(agent->supervisor.restore());
    const auto took = std::chrono::steady_clock::now() - begun;
    ASSERT_TRUE(restored) << restored.error().what();
    EXPECT_LT(took, tests::at_this_pace(2s));
    ASSERT_EQ(tasks().size(), count);
    for (const auto& each : tasks())
        ASSERT_EQ(each->known, model::TaskStatus::running) << each->arn;
    EXPECT_EQ(docker.count("list com.amazonaws.ecs.task-arn"), 1U);
    EXPECT_EQ(docker.count("inspect "), count);
    EXPECT_EQ(docker.most_at_once("inspect"), 16U);
}

TEST_F(RestoreCostTest, WhatWasInspectedForItIsNotLookedAtOnceMore) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs()) << log.all();
    docker.make_container("stranger");
    end();
    begin_with_open_stream();
    ASSERT_TRUE(is_connected());
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(docker.count("inspect "), 3U) << "each once, the stranger too";
}

TEST_F(RestoreCostTest, WhatHappensAfterTheInspectionIsHeardAllTheSame) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs()) << log.all();
    end();
    docker.delay("list_networks", 200ms);
    begin_with_open_stream();
    loop.run_until([&] { return task() != nullptr; });
    docker.die(docker_name("side"), 7);
    ASSERT_TRUE(is_connected());
    loop.run_until([&] { return container(task(), "side").exit_code == 7; });
    EXPECT_EQ(container(task(), "side").exit_code, 7);
}

TEST_F(RestoreTest, FailsWithDockersErrorAndCanBeTriedAgain) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    end();
    make_agent();
    docker.fail_next("inspect", base::Error(base::Errc::unavailable, "away"));
    docker.fail_next("ping", base::Error(base::Errc::unavailable, "away"));
    const auto failed = loop.run(agent->supervisor.restore());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), base::Errc::unavailable);
    EXPECT_TRUE(loop.run(agent->supervisor.restore()));
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
}

TEST_F(RestoreTest, WhatItGoesOnToRemoveEndsWithAnAgentThatNeverRuns) {
    docker.delay("list_volumes", 60s);
    make_agent();
    ASSERT_TRUE(loop.run(agent->supervisor.restore()));
    EXPECT_EQ(docker.count("list_volumes"), 1U);
    end();
}

} // namespace
} // namespace agent::tasks
