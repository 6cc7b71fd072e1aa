// The Docker Engine is restarted under a running agent.

#include "tests/integration/support/fixture.hpp"
#include "tests/integration/support/private_engine.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto vpc = R"({"family": "vpc", "networkMode": "awsvpc", "containerDefinitions": [
    {"name": "app", "memory": 32, "image": "ecs-node-agent-demo:latest",
     "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"]}]})";

constexpr auto limited = R"({"family": "limited", "networkMode": "none", "memory": "64",
    "containerDefinitions": [{"name": "app", "image": "ecs-node-agent-demo:latest",
     "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"]}]})";

/// The memory limit of a task's own cgroup, in bytes; "" where it has none.
std::string limit_of(const std::string& arn) {
    const auto id = arn.substr(arn.rfind('/') + 1);
    std::ifstream file("/sys/fs/cgroup/memory/ecs/" + id + "/memory.limit_in_bytes");
    std::string value;
    file >> value;
    return value;
}

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

    void start_with_engine(bool live_restore, const std::string& definition = vpc) {
        engine_.emplace(agent_->directory() + "-engine", live_restore);
        agent_->set("DOCKER_HOST", engine_->host());
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "60s");
        agent_->start();
        agent_->put_task("task.json", definition);
        ASSERT_TRUE(eventually(seconds(20), [&] {
            return task().value("KnownStatus", "") == "RUNNING";
        })) << agent_->log();
        arn_ = task().at("Arn");
    }

    /// Waits for a task that runs and is not the first; its ARN, "" where there is none in time.
    std::string another_that_runs() {
        std::string arn;
        eventually(seconds(40), [&] {
            const auto answer = http_get("127.0.0.1", introspection_port, "/v1/tasks");
            const auto tasks = answer.status == 200 ? answer.json().at("Tasks") : Json::array();
            for (const auto& each : tasks)
                if (each.at("Arn") != arn_ && each.at("KnownStatus") == "RUNNING")
                    arn = each.at("Arn");
            return !arn.empty();
        });
        return arn;
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

TEST_F(EngineRestart, AsOneThatHasNothingOfWhatItHadRunsTasksAnew) {
    start_with_engine(false);
    engine_->stop();
    engine_->use_data("other");
    engine_->start();
    EXPECT_NE(another_that_runs(), "") << agent_->log();
    EXPECT_EQ(agent_->log_lines({"imported the pause image"}).size(), 2U);
}

// Without systemd an engine that has its driver starts no container that is to have a slice; what the
// agent does where it does is tested on a machine with systemd.
TEST_F(EngineRestart, WithAnotherCgroupDriverLetsNoTaskRunWithoutItsLimits) {
    start_with_engine(false, limited);
    EXPECT_EQ(limit_of(arn_), std::to_string(64 << 20));
    engine_->stop();
    engine_->use_options({"--exec-opt", "native.cgroupdriver=systemd"});
    engine_->start();
    EXPECT_TRUE(agent_->logs(
        {"docker has another cgroup driver now", "before=cgroupfs", "now=systemd"}, seconds(10)));
    EXPECT_TRUE(agent_->logs({"step=provision", "system bus"}, seconds(20))) << agent_->log();
    EXPECT_EQ(engine_->docker("ps --quiet"), "") << "it would be without limits";
    engine_->stop();
    engine_->use_options({});
    engine_->start();
    const auto next = another_that_runs();
    ASSERT_NE(next, "") << agent_->log();
    EXPECT_EQ(limit_of(next), std::to_string(64 << 20));
    EXPECT_TRUE(eventually(seconds(5), [&] { return limit_of(arn_).empty(); }))
        << "the first task's goes with it, whichever driver there is";
}

} // namespace integration
