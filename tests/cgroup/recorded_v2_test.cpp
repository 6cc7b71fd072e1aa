// Version 2 on a recorded tree: this project's machines have no controllers of version 2 to try.

#include "agent/cgroup/task_cgroups.hpp"
#include "tests/cgroup/recorded_tree.hpp"

#include <gtest/gtest.h>

namespace agent::cgroup {
namespace {

using namespace std::chrono_literals;
using cgroup_test::task_id;

class RecordedV2 : public testing::Test {
protected:
    RecordedV2() {
        tree_.files(".", {{"cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc"},
                          {"cgroup.subtree_control", ""},
                          {"cgroup.procs", "1"}});
    }
    void record_parent(const char* enabled) {
        tree_.files("ecs", {{"cgroup.controllers", "cpu memory pids"},
                            {"cgroup.subtree_control", enabled},
                            {"cgroup.procs", ""}});
    }
    void record_task() {
        tree_.files("ecs/" + task_id, {{"memory.max", "max"},
                                       {"memory.swap.max", "max"},
                                       {"cpu.max", "max 100000"},
                                       {"cpu.weight", "100"}});
    }
    TaskCgroups open() {
        return TaskCgroups::open({.mount = tree_.mount(),
                                  .driver = "cgroupfs",
                                  .version = "",
                                  .cpu_period = 100ms})
            .value();
    }
    cgroup_test::RecordedTree tree_;
};

TEST_F(RecordedV2, IsKnownByItsFilesAndWritesBothLimits) {
    record_parent("cpu memory");
    record_task();
    const auto parent = open().ensure(task_id, {.cpu_vcpu = 0.5, .memory_mib = 64});
    ASSERT_TRUE(parent) << parent.error().what();
    EXPECT_EQ(*parent, "/ecs/" + task_id);
    EXPECT_EQ(tree_.text("ecs/" + task_id + "/memory.max"), "67108864");
    EXPECT_EQ(tree_.text("ecs/" + task_id + "/cpu.max"), "50000 100000");
    EXPECT_EQ(tree_.text("ecs/" + task_id + "/memory.swap.max"), "max\n");
    EXPECT_EQ(tree_.text("ecs/" + task_id + "/cpu.weight"), "100\n");
}

TEST_F(RecordedV2, EnablesOnlyWhatIsNeededAndIsNotYetEnabled) {
    record_parent("");
    record_task();
    ASSERT_TRUE(open().ensure(task_id, {.memory_mib = 64}));
    EXPECT_EQ(tree_.text("cgroup.subtree_control"), "+memory");
    EXPECT_EQ(tree_.text("ecs/cgroup.subtree_control"), "+memory");

    record_parent("cpu memory pids");
    ASSERT_TRUE(open().ensure(task_id, {.memory_mib = 64}));
    EXPECT_EQ(tree_.text("ecs/cgroup.subtree_control"), "cpu memory pids\n");
}

TEST_F(RecordedV2, GivesATaskWithoutCpuTheWeightOfItsContainers) {
    record_parent("cpu");
    record_task();
    ASSERT_TRUE(open().ensure(task_id, {.cpu_shares = 262'144}));
    EXPECT_EQ(tree_.text("ecs/" + task_id + "/cpu.weight"), "10000");
    EXPECT_EQ(tree_.text("ecs/" + task_id + "/cpu.max"), "max 100000\n");
}

TEST_F(RecordedV2, NamesAControllerThatTheHostLacks) {
    tree_.files(".", {{"cgroup.controllers", "hugetlb"}, {"cgroup.subtree_control", ""}});
    const auto parent = open().ensure(task_id, {.memory_mib = 64});
    ASSERT_FALSE(parent);
    EXPECT_EQ(parent.error().code(), base::Errc::unsupported);
    EXPECT_EQ(parent.error().what(),
              tree_.mount() + "/cgroup.controllers: it lacks the controller memory");
    EXPECT_FALSE(tree_.has("ecs/" + task_id));
    EXPECT_FALSE(open().check());
}

TEST_F(RecordedV2, RemovesTheTaskWithWhatIsEmptyBelow) {
    tree_.folder("ecs/" + task_id + "/container/nested");
    ASSERT_TRUE(open().remove(task_id));
    EXPECT_FALSE(tree_.has("ecs/" + task_id));
}

} // namespace
} // namespace agent::cgroup
