// Version 1 on a recorded tree: only what cannot be had on a test machine with a new kernel. The
// rest is seen for real in docker_test.cpp.

#include "agent/cgroup/task_cgroups.hpp"
#include "tests/cgroup/recorded_tree.hpp"

#include <gtest/gtest.h>

namespace agent::cgroup {
namespace {

using namespace std::chrono_literals;
using cgroup_test::other_id;
using cgroup_test::task_id;

class RecordedV1 : public testing::Test {
protected:
    RecordedV1() {
        // As on a host whose kernel mounts cpu and cpuacct together.
        tree_.files("cpu,cpuacct", {{"cgroup.procs", "1"}});
        tree_.files("memory", {{"cgroup.procs", "1"}});
        tree_.files("freezer", {{"cgroup.procs", "1"}});
        tree_.files("no_cgroup/ecs/" + other_id, {});
        std::filesystem::create_directory_symlink("cpu,cpuacct", tree_.mount() + "/cpu");
    }
    void record_task() {
        tree_.files(
            "cpu,cpuacct/ecs/" + task_id,
            {{"cpu.shares", "1024"}, {"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "-1"}});
        tree_.files("memory/ecs/" + task_id, {{"memory.limit_in_bytes", "9223372036854771712"},
                                              {"memory.use_hierarchy", "0"}});
    }
    TaskCgroups open() {
        return TaskCgroups::open({.mount = tree_.mount(),
                                  .driver = "cgroupfs",
                                  .version = "",
                                  .cpu_period = 20ms})
            .value();
    }
    cgroup_test::RecordedTree tree_;
};

TEST_F(RecordedV1, WritesQuotaPeriodAndMemoryAndCountsBelowOnOldKernels) {
    record_task();
    const auto parent = open().ensure(task_id, {.cpu_vcpu = 1.5, .memory_mib = 512});
    ASSERT_TRUE(parent) << parent.error().what();
    EXPECT_EQ(*parent, "/ecs/" + task_id);
    EXPECT_EQ(tree_.text("cpu/ecs/" + task_id + "/cpu.cfs_period_us"), "20000");
    EXPECT_EQ(tree_.text("cpu/ecs/" + task_id + "/cpu.cfs_quota_us"), "30000");
    EXPECT_EQ(tree_.text("cpu/ecs/" + task_id + "/cpu.shares"), "1024\n");
    EXPECT_EQ(tree_.text("memory/ecs/" + task_id + "/memory.use_hierarchy"), "1");
    EXPECT_EQ(tree_.text("memory/ecs/" + task_id + "/memory.limit_in_bytes"), "536870912");
}

TEST_F(RecordedV1, GivesATaskWithoutCpuTheSharesOfItsContainers) {
    record_task();
    ASSERT_TRUE(open().ensure(task_id, {.cpu_shares = 1}));
    EXPECT_EQ(tree_.text("cpu/ecs/" + task_id + "/cpu.shares"), "2");
    EXPECT_EQ(tree_.text("cpu/ecs/" + task_id + "/cpu.cfs_quota_us"), "-1\n");
}

TEST_F(RecordedV1, MakesNothingWhereThereIsNoLimit) {
    const auto parent = open().ensure(task_id, {});
    ASSERT_TRUE(parent);
    EXPECT_EQ(*parent, "/ecs/" + task_id);
    EXPECT_FALSE(tree_.has("memory/ecs"));
    EXPECT_FALSE(tree_.has("cpu/ecs"));
}

TEST_F(RecordedV1, NamesValueAndFileThatFailedAndLeavesNothingOfTheTask) {
    // A folder that is made here has no files, as if the kernel lacked the controller.
    const auto parent = open().ensure(task_id, {.memory_mib = 64});
    ASSERT_FALSE(parent);
    EXPECT_EQ(parent.error().what(), "write 67108864 to " + tree_.mount() + "/memory/ecs/" +
                                         task_id +
                                         "/memory.limit_in_bytes: No such file or directory");
    EXPECT_FALSE(tree_.has("memory/ecs/" + task_id));
}

TEST_F(RecordedV1, RemovesWhatDockerMadeInEveryHierarchyAndNothingElse) {
    for (const auto* root : {"cpu,cpuacct", "memory", "freezer"}) {
        tree_.folder(std::string(root) + "/ecs/" + task_id + "/container/nested");
        tree_.folder(std::string(root) + "/ecs/" + other_id);
    }
    ASSERT_TRUE(open().remove(task_id));
    for (const auto* root : {"cpu,cpuacct", "memory", "freezer"}) {
        EXPECT_FALSE(tree_.has(std::string(root) + "/ecs/" + task_id)) << root;
        EXPECT_TRUE(tree_.has(std::string(root) + "/ecs/" + other_id)) << root;
    }
    EXPECT_TRUE(tree_.has("no_cgroup/ecs/" + other_id));
    EXPECT_TRUE(open().remove(task_id)) << "there is none any more";
}

TEST_F(RecordedV1, SaysWhichProcessKeepsACgroup) {
    tree_.files("freezer/ecs/" + task_id + "/container", {{"cgroup.procs", "4711\n4712"}});
    const auto removed = open().remove(task_id);
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code(), base::Errc::conflict);
    const auto path = tree_.mount() + "/freezer/ecs/" + task_id;
    EXPECT_EQ(removed.error().what(),
              "remove " + path + ": process 4711 is in " + path + "/container");
}

TEST_F(RecordedV1, CollectsOnlyTasksThatAreNotNamed) {
    tree_.folder("freezer/ecs/" + task_id + "/container");
    tree_.folder("memory/ecs/" + other_id);
    tree_.folder("memory/ecs/somebody's");
    const auto some = open().collect({other_id});
    ASSERT_TRUE(some);
    EXPECT_EQ(some->removed, std::vector<std::string>{task_id});
    EXPECT_TRUE(some->left.empty());
    EXPECT_TRUE(tree_.has("memory/ecs/" + other_id));
    EXPECT_TRUE(tree_.has("freezer/ecs"));

    ASSERT_EQ(open().collect({})->removed, std::vector<std::string>{other_id});
    EXPECT_TRUE(tree_.has("memory/ecs/somebody's"));
    EXPECT_FALSE(tree_.has("freezer/ecs"));
}

TEST_F(RecordedV1, CollectPassesOverWhatIsInUse) {
    tree_.files("freezer/ecs/" + task_id, {{"cgroup.procs", "4711"}});
    tree_.folder("memory/ecs/" + other_id);
    const auto collected = open().collect({});
    ASSERT_TRUE(collected);
    EXPECT_EQ(collected->removed, std::vector<std::string>{other_id});
    ASSERT_EQ(collected->left.size(), 1U);
    EXPECT_EQ(collected->left[0].code(), base::Errc::conflict);
}

TEST_F(RecordedV1, RemovesThroughNoLink) {
    const fakes::TemporaryFolder elsewhere;
    std::filesystem::create_directories(elsewhere.path() + "/kept");
    tree_.folder("freezer/ecs/" + task_id);
    std::filesystem::create_directory_symlink(elsewhere.path(),
                                              tree_.mount() + "/freezer/ecs/" + task_id + "/link");
    EXPECT_FALSE(open().remove(task_id));
    EXPECT_TRUE(std::filesystem::exists(elsewhere.path() + "/kept"));
}

TEST(TaskCgroupsMount, IsNamedWhenNothingIsMountedThere) {
    const fakes::TemporaryFolder empty;
    const auto cgroups = TaskCgroups::open(
        {.mount = empty.path(), .driver = "cgroupfs", .version = "1", .cpu_period = 20ms});
    const auto checked = cgroups->check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().what(), empty.path() + ": no cgroup hierarchy is mounted there");
}

} // namespace
} // namespace agent::cgroup
