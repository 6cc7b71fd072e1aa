// Limits of a task on a real Docker Engine and the kernel's own cgroups, whichever driver and version
// this machine has. Root.

#include "agent/cgroup/task_cgroups.hpp"
#include "base/ids.hpp"
#include "tests/integration/support/docker.hpp"
#include "tests/integration/support/wait.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace agent::cgroup {
namespace {

namespace fs = std::filesystem;
using integration::docker;
using integration::run;

const std::string mount = "/sys/fs/cgroup";

std::string info(const std::string& field) {
    return docker({"info", "--format", "{{." + field + "}}"});
}

class TaskLimitsOnDocker : public testing::Test {
protected:
    static void SetUpTestSuite() { integration::ensure_demo_image(); }
    static void TearDownTestSuite() {
        // What all tasks are in stays for the next one; here there is none, unless a task of
        // somebody's is in it.
        integration::shell("rmdir " + mount + "/ecs " + mount + "/*/ecs 2>&1 || true");
    }

    void TearDown() override {
        EXPECT_TRUE(cgroups_.remove(task_id_));
        EXPECT_EQ(cgroups_named_after_task(), "");
    }

    std::string ensure(const TaskLimits& limits) {
        return cgroups_.ensure(task_id_, limits).value();
    }
    /// All folders of the machine's hierarchies that hold the id in their name.
    std::string cgroups_named_after_task() const {
        return integration::must({"find", mount, "-type", "d", "-name", "*" + task_id_ + "*"});
    }
    fs::path folder(const std::string& controller) const {
        const auto root = version_ == "2" ? fs::path(mount) : fs::path(mount) / controller;
        return driver_ == "systemd" ? root / "ecstasks.slice" / ("ecstasks-" + task_id_ + ".slice")
                                    : root / "ecs" / task_id_;
    }
    std::string read(const std::string& controller, const std::string& file) const {
        std::ostringstream text;
        text << std::ifstream(folder(controller) / file).rdbuf();
        return text.str();
    }
    bool went_over_memory() const {
        if (version_ == "2")
            return read("memory", "memory.events").find("oom_kill 0") == std::string::npos;
        return read("memory", "memory.failcnt") != "0\n";
    }
    /// `docker run` of a shell command in the task: its exit status.
    static int status_of(const std::string& parent, const std::string& command) {
        return run({"docker", "run", "--rm", "--cgroup-parent", parent, integration::demo_image,
                    "sh", "-c", command})
            .status;
    }
    static integration::Container start(const std::string& parent, const std::string& command) {
        return integration::Container(
            {"--cgroup-parent", parent, integration::demo_image, "sh", "-c", command});
    }

    std::string task_id_ = base::random_hex(16);
    std::string driver_ = info("CgroupDriver");
    std::string version_ = info("CgroupVersion");
    TaskCgroups cgroups_ =
        TaskCgroups::open({.mount = mount, .driver = driver_, .version = version_}).value();
};

TEST_F(TaskLimitsOnDocker, AreInTheCgroupThatDockerPutsTheContainersIn) {
    ASSERT_TRUE(cgroups_.check());
    const auto parent = ensure({.cpu_vcpu = 0.5, .memory_mib = 64});
    const auto container = start(parent, "sleep 60");
    const auto name = driver_ == "systemd" ? "docker-" + container.id() + ".scope" : container.id();
    EXPECT_TRUE(fs::exists(folder("memory") / name));
    EXPECT_TRUE(fs::exists(folder("cpu") / name));
    if (version_ == "2") {
        EXPECT_EQ(read("memory", "memory.max"), "67108864\n");
        EXPECT_EQ(read("cpu", "cpu.max"), "50000 100000\n");
    } else {
        EXPECT_EQ(read("memory", "memory.limit_in_bytes"), "67108864\n");
        EXPECT_EQ(read("cpu", "cpu.cfs_quota_us"), "50000\n");
        EXPECT_EQ(read("cpu", "cpu.cfs_period_us"), "100000\n");
    }
}

TEST_F(TaskLimitsOnDocker, KillAContainerThatGoesOverTheTasksMemoryAndHasNoLimitOfItsOwn) {
    const auto parent = ensure({.memory_mib = 64});
    const std::string hungry = "dd if=/dev/zero of=/dev/null bs=200M count=1";
    EXPECT_EQ(status_of("", hungry), 0) << "without the task's limit";
    EXPECT_EQ(status_of(parent, "dd if=/dev/zero of=/dev/null bs=20M count=1"), 0) << "within it";

    ASSERT_FALSE(went_over_memory());
    const auto killed = start(parent, "exec " + hungry);
    EXPECT_EQ(docker({"wait", killed.id()}), "137");
    EXPECT_EQ(integration::inspect(killed.id())["HostConfig"]["Memory"], 0);

    // By the kernel's own count: the engine's OOMKilled was seen true and false for this, as it is
    // the parent's limit and the container's cgroup is gone at once.
    EXPECT_TRUE(went_over_memory());
}

TEST_F(TaskLimitsOnDocker, ThrottleContainersThatTogetherUseMoreThanTheTasksCpu) {
    const auto parent = ensure({.cpu_vcpu = 0.2});
    const auto first = start(parent, "while :; do :; done");
    const auto second = start(parent, "while :; do :; done");
    EXPECT_EQ(integration::inspect(first.id())["HostConfig"]["CpuQuota"], 0);
    EXPECT_TRUE(integration::eventually(std::chrono::seconds(20), [&] {
        const auto text = read("cpu", "cpu.stat");
        const auto at = text.find("nr_throttled ");
        return at != std::string::npos && std::stoi(text.substr(at + 13)) > 3;
    })) << read("cpu", "cpu.stat");
}

TEST_F(TaskLimitsOnDocker, StayWhileAContainerRunsAndGoWithItFromEveryHierarchy) {
    const auto parent = ensure({.memory_mib = 64});
    {
        const auto container = start(parent, "sleep 60");
        const auto removed = cgroups_.remove(task_id_);
        ASSERT_FALSE(removed);
        EXPECT_EQ(removed.error().code(), base::Errc::conflict);
        EXPECT_NE(removed.error().what().find(": process "), std::string::npos)
            << removed.error().what();
        EXPECT_EQ(integration::inspect(container.id())["State"]["Running"], true);
        EXPECT_TRUE(cgroups_.ensure(task_id_, {.memory_mib = 32})) << "found again, and changed";
    }
    EXPECT_NE(cgroups_named_after_task(), "") << "Docker leaves the parent";
    EXPECT_TRUE(cgroups_.remove(task_id_));
    EXPECT_EQ(cgroups_named_after_task(), "");
}

TEST_F(TaskLimitsOnDocker, AreGoneAtOnceAfterAContainerWasKilled) {
    const auto parent = ensure({.memory_mib = 64});
    const auto container = start(parent, "sleep 60");
    docker({"kill", container.id()});
    EXPECT_TRUE(cgroups_.remove(task_id_));
}

TEST_F(TaskLimitsOnDocker, OfATaskWithoutAnyAreDockersOwnCgroupsAndAreRemovedAsWell) {
    const auto parent = ensure({});
    EXPECT_EQ(status_of(parent, "true"), 0);
    EXPECT_NE(cgroups_named_after_task(), "");
}

TEST_F(TaskLimitsOnDocker, AreCollectedWhenTheTaskIsNotKnown) {
    // Tasks of others on this machine are none of the test's business.
    const auto common = folder("memory").parent_path();
    std::set<std::string> live;
    if (fs::exists(common))
        for (const auto& entry : fs::directory_iterator(common)) {
            const auto name = entry.path().filename().string();
            live.insert(driver_ == "systemd" ? name.substr(9, 32) : name); // ecstasks-<id>.slice
        }
    live.insert(base::random_hex(16));
    ensure({.memory_mib = 64});
    const auto collected = cgroups_.collect(live);
    ASSERT_TRUE(collected);
    EXPECT_EQ(collected->removed, std::vector<std::string>{task_id_});
}

} // namespace
} // namespace agent::cgroup
