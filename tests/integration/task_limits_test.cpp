// The limits of a task as a whole: its cgroup, for as long as the task runs. This machine has the
// hierarchies of version 1 and Docker's cgroupfs driver.

#include "tests/integration/support/tasks.hpp"

#include <filesystem>
#include <fstream>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto limits = R"("cpu": "0.5 vCPU", "memory": "64", "networkMode": "awsvpc")";

std::string setting(const std::string& controller, const std::string& task, const char* file) {
    std::ifstream stream("/sys/fs/cgroup/" + controller + "/ecs/" + task + '/' + file);
    std::string value;
    stream >> value;
    return value;
}

/// The cgroups that the first process of a container is in, a line a hierarchy.
std::string cgroups_of(const std::string& container) {
    return shell("cat /proc/" + std::to_string(inspect(container)["State"]["Pid"].get<int>()) +
                 "/cgroup");
}

} // namespace

class TaskLimits : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "60s");
        agent_->start();
    }
};

TEST_F(TaskLimits, StandInACgroupAroundAllContainersAndGoWithTheTaskNotWithTheAgent) {
    agent_->put_task(
        "small.json",
        task("small", {container("app", runs_until_told()), container("side", runs_until_told())},
             limits));
    const auto app = running("small");
    const auto id = id_of(app);
    const auto check = [&] {
        EXPECT_EQ(setting("memory", id, "memory.limit_in_bytes"), std::to_string(64 << 20));
        EXPECT_EQ(setting("cpu", id, "cpu.cfs_quota_us"), "50000");
        EXPECT_EQ(setting("cpu", id, "cpu.cfs_period_us"), "100000");
        for (const auto* name : {"app", "side", "~internal~ecs~pause"}) {
            const auto container = first("small", name);
            const auto cgroups = cgroups_of(container);
            for (const auto* hierarchy : {"memory:", "cpu:", "pids:"})
                EXPECT_NE(cgroups.find(std::string(hierarchy) + "/ecs/" + id + '/' + container),
                          std::string::npos)
                    << name << ' ' << hierarchy << '\n'
                    << cgroups;
        }
    };
    check();
    const auto shown_limits = task_about(app).at("Limits");
    EXPECT_EQ(shown_limits.at("CPU"), 0.5);
    EXPECT_EQ(shown_limits.at("Memory"), 64);
    const auto before = cgroups_of_tasks();
    const auto pid = inspect(app)["State"]["Pid"];
    agent_->kill9();
    agent_->start();
    EXPECT_EQ(inspect(app)["State"]["Pid"], pid);
    EXPECT_EQ(cgroups_of_tasks(), before);
    check();
    agent_->remove_task("small.json");
    wait_for_end(first("small", "~internal~ecs~pause"));
    EXPECT_TRUE(eventually(seconds(3), [] { return cgroups_of_tasks().empty(); }));
    for (const auto& path : cgroups_of_tasks())
        ADD_FAILURE() << path;
    EXPECT_EQ(state_of(app), "exited");
    EXPECT_EQ(task_about(app).at("Limits"), shown_limits);
}

TEST_F(TaskLimits, KillAContainerThatExceedsTheTasksMemoryWithoutALimitOfItsOwn) {
    agent_->put_task("hog.json", task("hog",
                                      {container("app", "sleep 0.5; exec tail /dev/zero",
                                                 R"("essential": false)"),
                                       container("side", runs_until_told())},
                                      R"("memory": 48, "x-ecs-node-agent": {"run": "once"})"));
    const auto app = first("hog");
    const auto side = running("hog", "side");
    wait_for_end(app);
    const auto inspected = inspect(app);
    EXPECT_EQ(inspected["State"]["ExitCode"], 137);
    EXPECT_EQ(inspected["HostConfig"]["Memory"], 0);
    // It was the task's limit that was reached; not every engine tells so.
    EXPECT_NE(setting("memory", id_of(side), "memory.failcnt"), "0");
    const bool told = inspected["State"]["OOMKilled"];
    EXPECT_TRUE(agent_->logs(
        {"container stopped", "container=app", "exit_code=137",
         told ? "OutOfMemoryError: Container killed due to memory usage" : "reason=\"\""}));
    EXPECT_EQ(shown(side, "app").at("ExitCode"), 137);
    EXPECT_TRUE(runs(side));
}

} // namespace integration
