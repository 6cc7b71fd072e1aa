// The root of a mounted hierarchy has mode 0555: a recorded tree with that mode, without the capability
// to which modes are nothing. The service on the kernel's own hierarchies is tests/packaging's.

#include "agent/cgroup/task_cgroups.hpp"
#include "agent/cgroup/tree.hpp"
#include "tests/cgroup/recorded_tree.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace agent::cgroup {
namespace {

/// This thread, and those that it starts, without CAP_DAC_OVERRIDE; nothing changes for who is not
/// root.
class BoundByModes {
public:
    BoundByModes() {
        EXPECT_EQ(::syscall(SYS_capget, &header_, before_.data()), 0);
        auto without = before_;
        without[CAP_TO_INDEX(CAP_DAC_OVERRIDE)].effective &= ~CAP_TO_MASK(CAP_DAC_OVERRIDE);
        EXPECT_EQ(::syscall(SYS_capset, &header_, without.data()), 0);
    }
    ~BoundByModes() { EXPECT_EQ(::syscall(SYS_capset, &header_, before_.data()), 0); }
    BoundByModes(const BoundByModes&) = delete;
    BoundByModes& operator=(const BoundByModes&) = delete;

private:
    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> before_{};
};

class RootOfAMount : public testing::Test {
protected:
    ~RootOfAMount() override {
        for (const auto* root : {".", "cpu", "memory"})
            if (tree_.has(root))
                set_mode(root, 0755);
    }

    void set_mode(const std::string& root, mode_t mode) const {
        EXPECT_EQ(::chmod((tree_.mount() + '/' + root).c_str(), mode), 0);
    }
    mode_t mode_of(const std::string& root) const {
        struct stat found {};
        EXPECT_EQ(::stat((tree_.mount() + '/' + root).c_str(), &found), 0);
        return found.st_mode & 07777;
    }
    TaskCgroups open(const char* version) const {
        return TaskCgroups::open({.mount = tree_.mount(), .driver = "cgroupfs", .version = version})
            .value();
    }
    /// Makes what all tasks are in, and removes it.
    void make_and_remove(const TaskCgroups& cgroups, const std::vector<std::string>& roots) const {
        const BoundByModes bound;
        const auto made = cgroups.check();
        ASSERT_TRUE(made) << made.error().what();
        for (const auto& root : roots) {
            EXPECT_TRUE(tree_.has(root + "/ecs"));
            EXPECT_EQ(mode_of(root), 0555U);
        }
        const auto collected = cgroups.collect({});
        ASSERT_TRUE(collected) << collected.error().what();
        EXPECT_TRUE(collected->left.empty()) << collected->left.front().what();
        for (const auto& root : roots) {
            EXPECT_FALSE(tree_.has(root + "/ecs"));
            EXPECT_EQ(mode_of(root), 0555U);
        }
    }

    cgroup_test::RecordedTree tree_;
};

TEST_F(RootOfAMount, IsChangedByItsOwnerAndKeepsItsModeInVersion1) {
    for (const auto* root : {"cpu", "memory"}) {
        tree_.files(root, {{"cgroup.procs", "1"}});
        set_mode(root, 0555);
    }
    make_and_remove(open("1"), {"cpu", "memory"});
}

TEST_F(RootOfAMount, IsChangedByItsOwnerAndKeepsItsModeInVersion2) {
    tree_.files(".",
                {{"cgroup.controllers", "cpu memory"}, {"cgroup.subtree_control", "cpu memory"}});
    set_mode(".", 0555);
    make_and_remove(open("2"), {"."});
}

TEST_F(RootOfAMount, IsChangedBySeveralThreadsAtOnce) {
    set_mode(".", 0555);
    std::atomic<int> failures = 0;
    {
        const BoundByModes bound;
        std::vector<std::thread> threads;
        for (int number = 0; number < 4; ++number)
            threads.emplace_back([&, name = "ecs" + std::to_string(number)] {
                const Tree tree({tree_.mount()});
                for (int round = 0; round < 100; ++round)
                    if (!make_cgroup(tree_.mount() + '/' + name) || !tree.remove(name, {}))
                        ++failures;
            });
        for (auto& thread : threads)
            thread.join();
    }
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(mode_of("."), 0555U);
}

} // namespace
} // namespace agent::cgroup
