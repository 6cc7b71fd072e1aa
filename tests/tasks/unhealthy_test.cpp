// Health of a task's containers: what follows when one is unhealthy, or never becomes healthy (F5).

#include "tasks/tasks_fixture.hpp"

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

class UnhealthyTest : public SupervisorFixture {
protected:
    static std::string with_own(const std::string& own, std::string text) {
        text.insert(1, R"("x-ecs-node-agent":{)" + own + "},");
        return text;
    }
    /// "app", essential and with a check of its health, and "side" beside it.
    void run(const std::string& text) {
        begin();
        declare("web.json", text);
        ASSERT_TRUE(runs()) << log.all();
    }
    void fall_ill(const std::string& container_name) {
        docker.set_health(docker_name(container_name), "unhealthy");
        settle_down();
    }
};

TEST_F(UnhealthyTest, AnEssentialContainersTaskIsReplaced) {
    keep_what_stopped();
    settings.first_restart_delay = 20ms;
    run(definition("web", {"app", "side"}));
    const auto first = task();
    docker.set_health(docker_name("app"), "unhealthy");
    ASSERT_TRUE(another_runs(first->arn)) << log.all();
    const auto stopped = agent->world.find_task(first->arn);
    EXPECT_EQ(stopped->known, model::TaskStatus::stopped);
    EXPECT_EQ(stopped->stop_reason,
              "Task failed container health checks: container app is UNHEALTHY");
    EXPECT_EQ(log.count(Level::warn, "an essential container is unhealthy; its task ends"), 1U);
}

TEST_F(UnhealthyTest, OneThatIsNotEssentialChangesNothing) {
    run(definition("web", {"app", "side"}));
    fall_ill("side");
    EXPECT_EQ(docker.count("stop "), 0U) << log.all();
    EXPECT_TRUE(running_task());
}

TEST_F(UnhealthyTest, TheSwitchKeepsIt) {
    run(with_own(R"("replaceUnhealthy":false)", definition("web", {"app"})));
    fall_ill("app");
    EXPECT_EQ(docker.count("stop "), 0U) << log.all();
}

TEST_F(UnhealthyTest, WhatRunsOnceIsKeptUnlessTheFileSaysSo) {
    run(with_own(R"("run":"once")", definition("web", {"app"})));
    fall_ill("app");
    EXPECT_EQ(docker.count("stop "), 0U) << log.all();
}

TEST_F(UnhealthyTest, WhatRunsOnceEndsWhereTheFileSaysSo) {
    keep_what_stopped();
    run(with_own(R"("run":"once","replaceUnhealthy":true)", definition("web", {"app"})));
    docker.set_health(docker_name("app"), "unhealthy");
    EXPECT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
}

TEST_F(UnhealthyTest, OneThatFellIllWhileTheAgentWasAwayIsReplacedToo) {
    run(definition("web", {"app"}));
    const auto first = task()->arn;
    const auto name = docker_name("app");
    end();
    docker.set_health(name, "unhealthy");
    begin();
    EXPECT_TRUE(another_runs(first)) << log.all();
}

// A dependency that is to be healthy.

std::string depending(const std::string& more = "") {
    return R"({"family":"web","containerDefinitions":[
        {"name":"app","image":"busybox","metadataEnable":false,
         "dependsOn":[{"containerName":"db","condition":"HEALTHY"}]},
        {"name":"db","image":"busybox","metadataEnable":false,"essential":false)" +
           more + R"(,"healthCheck":{"command":["CMD","/bin/true"],"interval":5,"timeout":2,
         "retries":1}}]})";
}

TEST_F(UnhealthyTest, HealthThatIsNeverReachedEndsTheTaskWithItsReason) {
    keep_what_stopped();
    settings.start_timeout = 100ms;
    begin();
    // As if it had been started before: its check alone may take 7 s.
    declare("web.json", depending());
    loop.run_until([&] { return log.count(Level::info, "container started") == 1U; });
    ASSERT_EQ(docker.count("create "), 1U) << log.all();
    docker.container(docker_name("db")).state.started_at = base::now() - 7s;
    docker.set_health(docker_name("db"), "unhealthy");
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(container(task(), "app").stop_reason,
              "TaskDependencyError: container db did not become healthy within 7 s, the limit "
              "without a startTimeout");
    EXPECT_EQ(container(task(), "app").exit_code, 143);
}

TEST_F(UnhealthyTest, TheWaitForItIsToldOnceAndThenItsEnd) {
    settings.told_wait = 500ms;
    begin();
    declare("web.json", depending());
    loop.run_until([&] { return log.count(Level::info, "still waiting") > 0U; });
    EXPECT_NE(log.all().find("for=\"container db to become healthy\""), std::string::npos)
        << log.all();
    settle_down();
    EXPECT_EQ(log.count(Level::info, "still waiting"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::info, "waits no more"), 0U);
    docker.set_health(docker_name("db"), "healthy");
    EXPECT_TRUE(runs()) << log.all();
    settle_down();
    EXPECT_EQ(log.count(Level::info, "waits no more"), 1U) << log.all();
}

TEST_F(UnhealthyTest, AStepThatTakesLongIsTold) {
    settings.told_wait = 400ms;
    docker.delay("start", 800ms);
    begin();
    declare("web.json", definition("web", {"app"}));
    EXPECT_TRUE(runs()) << log.all();
    settle_down();
    EXPECT_NE(log.all().find("for=\"the step start\""), std::string::npos) << log.all();
    EXPECT_EQ(log.count(Level::info, "waits no more"), 1U) << log.all();
}

} // namespace
} // namespace agent::tasks
