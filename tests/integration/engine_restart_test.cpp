// The Docker Engine is restarted under a running agent.

#include "tests/integration/support/fixture.hpp"
#include "tests/integration/support/private_engine.hpp"

#include <algorithm>
#include <iostream>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto vpc = R"({"family": "vpc", "networkMode": "awsvpc", "containerDefinitions": [
    {"name": "app", "memory": 32, "image": "ecs-node-agent-demo:latest",
     "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"]}]})";

int health() {
    return http_get("127.0.0.1", introspection_port, "/healthz").status;
}

} // namespace

class EngineRestart : public AgentTest {
protected:
    void TearDown() override {
        AgentTest::TearDown();
        engine_.reset();
    }

    void start_with_engine(bool live_restore) {
        engine_.emplace(agent_->directory() + "-engine", live_restore);
        agent_->set("DOCKER_HOST", engine_->host());
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "60s");
        agent_->start();
        agent_->put_task("vpc.json", vpc);
        ASSERT_TRUE(eventually(seconds(20), [&] {
            return task().value("KnownStatus", "") == "RUNNING";
        })) << agent_->log();
        arn_ = task().at("Arn");
    }

    /// The first task, as introspection has it; another may have followed it by now.
    Json task() {
        const auto answer = http_get("127.0.0.1", introspection_port, "/v1/tasks");
        const auto tasks = answer.status == 200 ? answer.json().at("Tasks") : Json::array();
        for (const auto& each : tasks)
            if (arn_.empty() || each.at("Arn") == arn_)
                return each;
        return Json::object();
    }

    void restart_engine() {
        engine_->stop();
        EXPECT_TRUE(eventually(seconds(5), [] { return health() == 503; }));
        EXPECT_TRUE(task().contains("Arn"));
        engine_->start();
        back_ = std::chrono::steady_clock::now();
    }

    void expect_within_two_seconds(const std::string& status) {
        EXPECT_TRUE(eventually(seconds(2), [&] {
            return health() == 200 && task().value("KnownStatus", "") == status;
        })) << task().dump();
        const auto took = std::chrono::steady_clock::now() - back_;
        std::cout << "right again " << std::chrono::duration_cast<milliseconds>(took).count()
                  << " ms after the engine's return\n";
    }

    std::optional<PrivateEngine> engine_;
    std::string arn_;
    std::chrono::steady_clock::time_point back_;
};

TEST_F(EngineRestart, LeavesTasksAsTheyAreWhereContainersOutliveTheEngine) {
    start_with_engine(true);
    const auto before = task();
    restart_engine();
    expect_within_two_seconds("RUNNING");
    EXPECT_EQ(task(), before);
    EXPECT_EQ(veths().size(), 1U);
}

TEST_F(EngineRestart, IsSeenInTheAnswersWhereContainersEndWithTheEngine) {
    start_with_engine(false);
    restart_engine();
    expect_within_two_seconds("STOPPED");
    // What is declared runs again, as a new task.
    EXPECT_TRUE(eventually(seconds(10), [&] {
        const auto tasks =
            http_get("127.0.0.1", introspection_port, "/v1/tasks").json().at("Tasks");
        return std::any_of(tasks.begin(), tasks.end(),
                           [](const Json& each) { return each.at("KnownStatus") == "RUNNING"; });
    }));
}

} // namespace integration
