// Tasks that are kept running as a service's are: what is unhealthy is replaced, and what Docker was told to
// restart has no twin. And what the log says of it.

#include "tests/integration/support/tasks.hpp"

#include <algorithm>

namespace integration {

using std::chrono::seconds;

namespace {

/// Fails from the first look on, which is after 5 s.
const std::string failing_check =
    R"("healthCheck": {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "timeout": 2, "retries": 1})";

} // namespace

class Replaced : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "60s");
    }
    std::size_t running_of(const std::string& family) {
        return list_containers(Which::running, {label_of_family + '=' + family}).size();
    }
};

TEST_F(Replaced, AnEssentialContainerThatIsUnhealthyGetsANewTask) {
    agent_->start();
    agent_->put_task("ill.json", task("ill", {container("app", runs_until_told(), failing_check)}));
    const auto first_one = first("ill");
    ASSERT_TRUE(eventually(seconds(20), [&] {
        const auto all = containers_of("ill");
        return all.size() > 1 && runs(all.front());
    }));
    EXPECT_EQ(state_of(first_one), "exited");
    EXPECT_TRUE(agent_->logs({"warning", "an essential container is unhealthy", "container=app"}));
    EXPECT_TRUE(agent_->logs({"task stopped", arn_of(first_one),
                              "Task failed container health checks: container app is UNHEALTHY"}));
}

TEST_F(Replaced, TheDefinitionMayKeepIt) {
    agent_->start();
    agent_->put_task("ill.json", task("ill", {container("app", runs_until_told(), failing_check)},
                                      R"("x-ecs-node-agent": {"replaceUnhealthy": false})"));
    const auto app = running("ill");
    ASSERT_TRUE(eventually(seconds(20), [&] {
        return shown(app, "app").at("Health").value("status", "") == "UNHEALTHY";
    }));
    EXPECT_TRUE(all_the_time(seconds(2), [&] { return runs(app); }));
}

TEST_F(Replaced, HealthThatIsNeverReachedEndsTheTask) {
    agent_->start();
    agent_->put_task(
        "wait.json",
        task("wait", {container("app", runs_until_told(), depends_on("db", "HEALTHY")),
                      container("db", runs_until_told(),
                                R"("essential": false, "startTimeout": 9, )" + failing_check)}));
    const auto db = first("wait", "db");
    EXPECT_TRUE(agent_->logs({"container stopped", "container=app", "exit_code=143",
                              "container db did not become healthy within its startTimeout"},
                             seconds(20)));
    wait_for_end(db);
    agent_->remove_task("wait.json");
}

TEST_F(Replaced, DockerRestartMakesNoTwin) {
    agent_->start();
    // It does not heed its stop signal: the engine, and then the agent, has to wait for its end.
    const auto deaf = "trap '' TERM; while :; do sleep 1 & wait; done";
    agent_->put_task("deaf.json", task("deaf", {container("app", deaf, R"("stopTimeout": 4)")}));
    const auto app = running("deaf");
    docker({"restart", "--time", "1", app});
    // Where its end was seen before Docker has started it again it is replaced, else it runs on.
    EXPECT_TRUE(all_the_time(seconds(12), [&] { return running_of("deaf") <= 1; }))
        << agent_->log();
    EXPECT_FALSE(running("deaf").empty());
    EXPECT_EQ(running_of("deaf"), 1U) << agent_->log();
}

TEST_F(Replaced, StartAndEndOfOneThatEndsAtOnceAreToldInTheirOrder) {
    agent_->start();
    for (int i = 0; i < 5; ++i) {
        const auto family = "once" + std::to_string(i);
        agent_->put_task(family + ".json", task(family, {container("app", "false")},
                                                R"("x-ecs-node-agent": {"run": "once"})"));
    }
    for (int i = 0; i < 5; ++i) {
        const auto arn = arn_of(first("once" + std::to_string(i)));
        ASSERT_TRUE(agent_->logs({"container stopped", arn}, seconds(10)));
        const auto lines = agent_->log_lines({"container st", arn});
        ASSERT_EQ(lines.size(), 2U) << agent_->log();
        EXPECT_NE(lines[0].find("container started"), std::string::npos) << lines[0];
    }
}

} // namespace integration
