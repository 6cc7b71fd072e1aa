// Finding a container's cgroups: versions, drivers, and processes that are another's.

#include "agent/stats/cgroup_folders.hpp"

#include <gtest/gtest.h>

namespace agent::stats {
namespace {

const std::string docker_id(64, 'd');
const std::string owner_task = "0123456789abcdef0123456789abcdef";

/// Version 1 with an empty unified hierarchy beside it, each controller in its own.
constexpr std::string_view hybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs ro,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
constexpr std::string_view pure =
    "30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

std::string at(const std::optional<Folders>& folders, Folder which) {
    return folders ? (*folders)[static_cast<std::size_t>(which)] : "nothing";
}
std::optional<Folders> find(std::string_view mountinfo, const std::string& cgroups,
                            std::string_view task_id = owner_task) {
    return container_folders(cgroups, cgroup_mounts(mountinfo), docker_id, task_id);
}

TEST(CgroupFolders, Version1HasOneForEachController) {
    const auto folders = find(hybrid, "5:devices:/docker/" + docker_id + "\n4:memory:/docker/" +
                                          docker_id + "\n3:cpu,cpuacct:/docker/" + docker_id +
                                          "\n0::/docker/" + docker_id + "\n");
    EXPECT_EQ(at(folders, Folder::memory), "/sys/fs/cgroup/memory/docker/" + docker_id);
    EXPECT_EQ(at(folders, Folder::cpu), "/sys/fs/cgroup/cpu,cpuacct/docker/" + docker_id);
    EXPECT_EQ(at(folders, Folder::cpuacct), "/sys/fs/cgroup/cpu,cpuacct/docker/" + docker_id);
    EXPECT_EQ(at(folders, Folder::unified), "/sys/fs/cgroup/unified/docker/" + docker_id);
    EXPECT_EQ(at(folders, Folder::pids), "") << "it is in none of that controller";
    EXPECT_EQ(at(folders, Folder::task_cpu), "") << "it is in none of its task's";
}

TEST(CgroupFolders, Version2HasOneForAll) {
    const auto folders = find(pure, "0::/system.slice/docker-" + docker_id + ".scope\n");
    EXPECT_EQ(at(folders, Folder::unified),
              "/sys/fs/cgroup/system.slice/docker-" + docker_id + ".scope");
    EXPECT_EQ(at(folders, Folder::cpuacct), "");
    EXPECT_EQ(at(folders, Folder::task_unified), "");
}

TEST(CgroupFolders, TheTasksOwnIsFoundWithBothDrivers) {
    const auto cgroupfs = find(hybrid, "3:cpu,cpuacct:/ecs/" + owner_task + "/" + docker_id + "\n");
    EXPECT_EQ(at(cgroupfs, Folder::task_cpu), "/sys/fs/cgroup/cpu,cpuacct/ecs/" + owner_task);
    EXPECT_EQ(at(cgroupfs, Folder::cpu),
              "/sys/fs/cgroup/cpu,cpuacct/ecs/" + owner_task + "/" + docker_id);
    const auto slice = "/ecstasks.slice/ecstasks-" + owner_task + ".slice";
    const auto systemd = find(pure, "0::" + slice + "/docker-" + docker_id + ".scope\n");
    EXPECT_EQ(at(systemd, Folder::task_unified), "/sys/fs/cgroup" + slice);
    EXPECT_EQ(at(systemd, Folder::unified),
              "/sys/fs/cgroup" + slice + "/docker-" + docker_id + ".scope");
    EXPECT_EQ(
        at(find(pure, "0::/ecs/" + owner_task + "/" + docker_id + "\n", ""), Folder::task_unified),
        "");
}

TEST(CgroupFolders, WhatAContainerHasDividedItselfIntoIsTakenTogether) {
    const auto folders = find(pure, "0::/docker/" + docker_id + "/init.scope\n");
    EXPECT_EQ(at(folders, Folder::unified), "/sys/fs/cgroup/docker/" + docker_id);
}

TEST(CgroupFolders, AProcessOfAnotherContainerOrOfNoneIsNotRead) {
    EXPECT_FALSE(find(pure, "0::/docker/" + std::string(64, 'e') + "\n"));
    EXPECT_FALSE(find(pure, "0::/user.slice/session-1.scope\n"));
    EXPECT_FALSE(find(pure, "0::/docker/" + docker_id.substr(0, 63) + "\n"));
    EXPECT_FALSE(find(pure, ""));
    EXPECT_FALSE(find(pure, "no line of the kernel's\n:\n::\n"));
    EXPECT_FALSE(container_folders("0::/\n", cgroup_mounts(pure), "", owner_task));
}

TEST(CgroupFolders, AMountMayShowAPartOfTheHierarchyOnly) {
    constexpr std::string_view part = "30 23 0:27 /docker /seen rw - cgroup2 cgroup2 rw\n";
    EXPECT_EQ(at(find(part, "0::/docker/" + docker_id + "\n"), Folder::unified),
              "/seen/" + docker_id);
    EXPECT_EQ(at(find(part, "0::/dockers/" + docker_id + "\n"), Folder::unified), "");
    EXPECT_EQ(at(find(part, "0::/" + docker_id + "\n"), Folder::unified), "");
    EXPECT_EQ(at(find(std::string(part) + std::string(pure), "0::/x/" + docker_id + "\n"),
                 Folder::unified),
              "/sys/fs/cgroup/x/" + docker_id)
        << "another mount shows it";
}

TEST(CgroupMounts, AreTakenFromWhateverElseIsMounted) {
    const auto mounts = cgroup_mounts(hybrid);
    ASSERT_EQ(mounts.size(), 5U);
    EXPECT_EQ(mounts[0].point, "/sys/fs/cgroup/cpu,cpuacct");
    EXPECT_EQ(mounts[0].options, "rw,cpu,cpuacct");
    EXPECT_TRUE(mounts[4].unified);
    EXPECT_TRUE(cgroup_mounts("1 2 3\n\n- \n1 2 3 / /x - cgroup\n").size() <= 1);
}

} // namespace
} // namespace agent::stats
