// The systemd driver against a fake of its manager: which calls, with which types of values.

#include "agent/cgroup/task_cgroups.hpp"
#include "tests/cgroup/fake_systemd.hpp"
#include "tests/cgroup/recorded_tree.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace agent::cgroup {
namespace {

using namespace std::chrono_literals;
using cgroup_test::FakeSystemd;
using cgroup_test::other_id;
using cgroup_test::task_id;
using Calls = std::vector<std::string>;

const std::string slice = "ecstasks-" + task_id + ".slice";
const std::string other_slice = "ecstasks-" + other_id + ".slice";

TaskCgroups open(const std::string& version, std::chrono::microseconds period = 100ms,
                 const std::string& mount = "/nonexistent") {
    return TaskCgroups::open(
               {.mount = mount, .driver = "systemd", .version = version, .cpu_period = period})
        .value();
}

TEST(SystemdDriver, StartsATransientSliceWithTheLimits) {
    const FakeSystemd systemd;
    const auto parent = open("2").ensure(task_id, {.cpu_vcpu = 0.5, .memory_mib = 64});
    ASSERT_TRUE(parent) << parent.error().what();
    EXPECT_EQ(*parent, slice);
    EXPECT_EQ(systemd.calls(),
              Calls{"StartTransientUnit " + slice +
                    " fail MemoryAccounting=b:1 CPUAccounting=b:1 MemoryMax=t:67108864"
                    " CPUQuotaPerSecUSec=t:500000 Description=s:ECS task " +
                    task_id + " DefaultDependencies=b:0"});
}

TEST(SystemdDriver, NamesTheOldPropertiesOnVersion1AndAPeriodThatIsNotTheUsualOne) {
    const FakeSystemd systemd;
    ASSERT_TRUE(open("1", 20ms).ensure(task_id, {.cpu_vcpu = 2, .memory_mib = 64}));
    ASSERT_TRUE(open("1").ensure(other_id, {.cpu_shares = 512}));
    const auto calls = systemd.calls();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_NE(calls[0].find(" MemoryLimit=t:67108864 CPUQuotaPerSecUSec=t:2000000"
                            " CPUQuotaPeriodUSec=t:20000 "),
              std::string::npos)
        << calls[0];
    EXPECT_NE(calls[1].find(" CPUShares=t:512 "), std::string::npos) << calls[1];
}

TEST(SystemdDriver, FindsASliceThatIsThereAndSetsItsLimits) {
    FakeSystemd systemd;
    systemd.add(slice, 4711);
    ASSERT_TRUE(open("2").ensure(task_id, {.memory_mib = 64}));
    EXPECT_EQ(systemd.calls(), (Calls{"SetUnitProperties " + slice +
                                          " runtime=1 MemoryAccounting=b:1 CPUAccounting=b:1"
                                          " MemoryMax=t:67108864",
                                      "StartUnit " + slice + " fail"}));
}

TEST(SystemdDriver, StopsASliceOnlyWhenNoProcessIsInIt) {
    FakeSystemd systemd;
    systemd.add(slice, 4711);
    const auto removed = open("2").remove(task_id);
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code(), base::Errc::conflict);
    EXPECT_EQ(removed.error().what(), "remove " + slice + ": process 4711 is in /ecstasks.slice/" +
                                          slice + "/docker-1.scope");
    EXPECT_TRUE(systemd.calls().empty());

    std::thread container([&] {
        std::this_thread::sleep_for(100ms);
        systemd.end_process(slice);
    });
    EXPECT_TRUE(open("2").remove(task_id));
    container.join();
    EXPECT_EQ(systemd.calls(), Calls{"StopUnit " + slice + " replace"});
    EXPECT_TRUE(open("2").remove(task_id)) << "there is none any more";
}

TEST(SystemdDriver, RemovesWhatRuncLeftInOtherHierarchiesOfVersion1) {
    const cgroup_test::RecordedTree tree;
    tree.files("freezer", {{"cgroup.procs", ""}});
    tree.folder("freezer/ecstasks.slice/" + slice);
    tree.folder("freezer/outer/ecstasks.slice/" + slice);
    FakeSystemd systemd;
    systemd.add(slice);
    ASSERT_TRUE(open("1", 100ms, tree.mount()).remove(task_id));
    EXPECT_FALSE(tree.has("freezer/ecstasks.slice/" + slice));
    EXPECT_FALSE(tree.has("freezer/outer/ecstasks.slice/" + slice));
}

TEST(SystemdDriver, CollectsSlicesOfTasksThatAreNotNamed) {
    FakeSystemd systemd;
    systemd.add("ecstasks.slice");
    systemd.add("ecstasks-of-somebody.slice");
    systemd.add(slice);
    systemd.add(other_slice);
    const auto some = open("2").collect({other_id});
    ASSERT_TRUE(some) << some.error().what();
    EXPECT_EQ(some->removed, Calls{task_id});
    EXPECT_TRUE(systemd.has(other_slice));
    EXPECT_TRUE(systemd.has("ecstasks.slice"));
    EXPECT_EQ(open("2").collect({})->removed, Calls{other_id});
    EXPECT_TRUE(systemd.has("ecstasks-of-somebody.slice"));
}

// Docker may have had the other driver before.

TEST(OtherDriver, SlicesThatAreLeftAreCollectedAndRemovedUnderCgroupfs) {
    const cgroup_test::RecordedTree tree;
    tree.files("", {{"cgroup.controllers", "cpu memory"}});
    const auto open_cgroupfs = [&] {
        return TaskCgroups::open({.mount = tree.mount(),
                                  .driver = "cgroupfs",
                                  .version = "2",
                                  .cpu_period = 100ms})
            .value();
    };
    FakeSystemd systemd;
    systemd.add(slice);
    systemd.add(other_slice);
    EXPECT_EQ(open_cgroupfs().collect({})->removed, Calls())
        << "nothing shows that Docker ever had it, so the bus is not asked";
    tree.folder("ecstasks.slice");
    tree.folder("ecs/" + task_id);
    const auto collected = open_cgroupfs().collect({other_id});
    ASSERT_TRUE(collected) << collected.error().what();
    EXPECT_EQ(collected->removed, Calls{task_id});
    EXPECT_FALSE(systemd.has(slice));
    EXPECT_TRUE(systemd.has(other_slice));
    EXPECT_FALSE(tree.has("ecs/" + task_id));
    EXPECT_TRUE(open_cgroupfs().remove(other_id)) << "at its task's end";
    EXPECT_FALSE(systemd.has(other_slice));
}

TEST(OtherDriver, FoldersThatAreLeftAreCollectedUnderSystemd) {
    const cgroup_test::RecordedTree tree;
    tree.files("memory", {{"cgroup.procs", ""}});
    tree.folder("memory/ecs/" + task_id);
    tree.folder("memory/ecs/" + other_id);
    const FakeSystemd systemd;
    const auto collected = open("1", 100ms, tree.mount()).collect({other_id});
    ASSERT_TRUE(collected) << collected.error().what();
    EXPECT_EQ(collected->removed, Calls{task_id});
    EXPECT_FALSE(tree.has("memory/ecs/" + task_id));
    EXPECT_TRUE(tree.has("memory/ecs/" + other_id));
    EXPECT_EQ(open("1", 100ms, tree.mount()).collect({})->removed, Calls{other_id});
    EXPECT_FALSE(tree.has("memory/ecs")) << "what they all were in as well";
}

TEST(OtherDriver, OneThatCannotBeAskedIsToldAndHindersNothing) {
    const cgroup_test::RecordedTree tree;
    tree.files("", {{"cgroup.controllers", "cpu memory"}});
    tree.folder("ecstasks.slice");
    tree.folder("ecs/" + task_id);
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
    const auto collected =
        TaskCgroups::open(
            {.mount = tree.mount(), .driver = "cgroupfs", .version = "2", .cpu_period = 100ms})
            .value()
            .collect({other_id});
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    ASSERT_TRUE(collected) << collected.error().what();
    EXPECT_EQ(collected->removed, Calls{task_id});
    ASSERT_EQ(collected->left.size(), 1U);
    EXPECT_EQ(collected->left[0].code(), base::Errc::unavailable);
}

TEST(SystemdDriver, RefusesAnIdThatWouldNameSlicesWithinSlices) {
    const auto parent = open("2").ensure("01234567-89ab-cdef-0123-456789abcdef", {});
    ASSERT_FALSE(parent);
    EXPECT_EQ(parent.error().code(), base::Errc::unsupported);
}

TEST(SystemdDriver, SaysWhoIsNotThere) {
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
    const auto checked = open("2").check();
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), base::Errc::unavailable);
    EXPECT_EQ(checked.error().what(), "connect to the system bus: No such file or directory");
}

TEST(SystemdDriver, WaitsForABusThatIsSilentOnlyUntilItsDeadline) {
    const FakeSystemd silent(FakeSystemd::Manner::silent);
    const auto begin = std::chrono::steady_clock::now();
    const auto parent = open("2").ensure(task_id, {.memory_mib = 64});
    const auto waited = std::chrono::steady_clock::now() - begin;
    ASSERT_FALSE(parent);
    EXPECT_EQ(parent.error().code(), base::Errc::timeout) << parent.error().what();
    EXPECT_GE(waited, 4900ms);
    EXPECT_LT(waited, 10s);
}

TEST(SystemdDriver, SaysWhatSystemdRefused) {
    const FakeSystemd systemd(FakeSystemd::Manner::refuses);
    const auto parent = open("2").ensure(task_id, {.memory_mib = 64});
    ASSERT_FALSE(parent);
    EXPECT_EQ(parent.error().code(), base::Errc::permission);
    EXPECT_EQ(parent.error().what(), "StartTransientUnit " + slice + ": Not you.");
}

} // namespace
} // namespace agent::cgroup
