// D13: what a kernel with cgroups of version 2 refuses, for a moment or for good. A recorded tree, whose
// files are written by somebody who refuses as the kernel does.

#include "agent/cgroup/driver.hpp"
#include "tests/cgroup/recorded_tree.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>

namespace agent::cgroup {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using cgroup_test::task_id;

class RefusedWritesV2 : public testing::Test {
protected:
    RefusedWritesV2() {
        tree_.files(".", {{"cgroup.controllers", "cpu memory"}, {"cgroup.subtree_control", "cpu"}});
        tree_.files("ecs", {{"cgroup.controllers", "cpu memory"},
                            {"cgroup.subtree_control", ""},
                            {"cgroup.procs", "12\n34"}});
        tree_.files("ecs/" + task_id, {{"memory.max", "max"}, {"cpu.max", "max 100000"}});
    }

    /// Says this `times` times of a file whose path ends so, and then writes to it.
    std::unique_ptr<Driver> refusing(const std::string& file, int error_number, int times) {
        refusals_ = 0;
        return make_cgroupfs_v2(
            tree_.mount(), 100ms,
            [=, this](const std::string& path, const std::string& value) -> base::Result<> {
                if (!path.ends_with(file) || refusals_ == times)
                    return write_value(path, value);
                ++refusals_;
                return refused_write(path, value, error_number);
            });
    }

    static constexpr int always = 1'000'000;
    cgroup_test::RecordedTree tree_;
    int refusals_ = 0;
};

TEST_F(RefusedWritesV2, OfAKernelThatIsBusyAreRepeated) {
    for (const std::string file :
         {"/cgroup.subtree_control", "/ecs/cgroup.subtree_control", "/memory.max", "/cpu.max"}) {
        tree_.files("ecs", {{"cgroup.subtree_control", ""}});
        const auto driver = refusing(file, EBUSY, 3);
        const auto made = driver->ensure(task_id, {.cpu_vcpu = 0.5, .memory_mib = 64});
        ASSERT_TRUE(made) << file << ": " << made.error().what();
        EXPECT_EQ(refusals_, 3) << file;
        EXPECT_EQ(tree_.text("ecs/" + task_id + "/memory.max"), "67108864") << file;
        EXPECT_EQ(tree_.text("ecs/" + task_id + "/cpu.max"), "50000 100000") << file;
    }
}

TEST_F(RefusedWritesV2, OfAKernelThatStaysBusyEndAfterASecondAndNameAProcess) {
    const auto driver = refusing("/ecs/cgroup.subtree_control", EBUSY, always);
    const auto begun = std::chrono::steady_clock::now();
    const auto made = driver->ensure(task_id, {.memory_mib = 64});
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::conflict);
    const auto parent = tree_.mount() + "/ecs";
    EXPECT_EQ(made.error().what(), "write +memory to " + parent +
                                       "/cgroup.subtree_control: Device or resource busy; process "
                                       "12 is in " +
                                       parent +
                                       ", and a cgroup with processes of its own cannot limit "
                                       "those below it");
    EXPECT_GT(refusals_, 3);
}

// systemd takes a controller away that none of its units needs, and the files go with it. Seen on Debian 13 while an
// engine came back with another driver.
TEST_F(RefusedWritesV2, ToFilesThatAreTakenAwayForAMomentBeginAnew) {
    for (const std::string file : {"/memory.max", "/cpu.max", "/ecs/cgroup.subtree_control"}) {
        tree_.files("ecs", {{"cgroup.subtree_control", ""}});
        const auto driver = refusing(file, ENOENT, 2);
        const auto made = driver->ensure(task_id, {.cpu_vcpu = 0.5, .memory_mib = 64});
        ASSERT_TRUE(made) << file << ": " << made.error().what();
        EXPECT_EQ(refusals_, 2) << file;
        EXPECT_EQ(tree_.text("ecs/" + task_id + "/memory.max"), "67108864") << file;
        EXPECT_EQ(tree_.text("ecs/" + task_id + "/cpu.max"), "50000 100000") << file;
    }
}

TEST_F(RefusedWritesV2, ToFilesThatStayAwayAreToldAfterAFewAttempts) {
    const auto driver = refusing("/cpu.max", ENOENT, always);
    const auto made = driver->ensure(task_id, {.cpu_vcpu = 0.5});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::not_found);
    EXPECT_EQ(refusals_, 5);
}

TEST_F(RefusedWritesV2, ToAThreadedCgroupAreToldAtOnce) {
    const auto driver = refusing("/ecs/cgroup.subtree_control", EOPNOTSUPP, always);
    const auto made = driver->ensure(task_id, {.memory_mib = 64});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::unsupported);
    EXPECT_NE(made.error().what().find("; " + tree_.mount() +
                                       "/ecs is a threaded cgroup, which holds no containers"),
              std::string::npos)
        << made.error().what();
    EXPECT_EQ(refusals_, 1);
}

TEST_F(RefusedWritesV2, AreNoneWhereATaskIsWithinAThreadedCgroupAndItIsToldAllTheSame) {
    tree_.files("ecs/" + task_id, {{"cgroup.type", "domain invalid"}});
    const auto driver = refusing("none", EBUSY, 0);
    const auto made = driver->ensure(task_id, {.cpu_vcpu = 0.5});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::unsupported);
    EXPECT_EQ(
        made.error().what(),
        tree_.mount() + "/ecs/" + task_id +
            "/cgroup.type says domain invalid: it is part of a threaded cgroup, which holds no "
            "containers");
    tree_.files("ecs", {{"cgroup.type", "domain threaded"}});
    const auto usable = driver->check();
    ASSERT_FALSE(usable);
    EXPECT_EQ(usable.error().code(), Errc::unsupported);
    tree_.files("ecs", {{"cgroup.type", "domain"}});
    tree_.files("ecs/" + task_id, {{"cgroup.type", "domain"}});
    EXPECT_TRUE(driver->check());
    EXPECT_TRUE(driver->ensure(task_id, {.cpu_vcpu = 0.5}));
}

} // namespace
} // namespace agent::cgroup
