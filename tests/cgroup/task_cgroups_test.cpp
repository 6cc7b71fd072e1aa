#include "agent/cgroup/task_cgroups.hpp"
#include "agent/cgroup/task_id.hpp"
#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace agent::cgroup {
namespace {

TEST(TaskId, IsHexOrAUuidInLowerCase) {
    EXPECT_TRUE(is_task_id("0123456789abcdef0123456789abcdef"));
    EXPECT_TRUE(is_task_id("01234567-89ab-cdef-0123-456789abcdef"));
    EXPECT_FALSE(is_plain_id("01234567-89ab-cdef-0123-456789abcdef"));
    for (const auto* wrong :
         {"", ".", "..", "../../../../../../../../../../..", "0123456789abcdef0123456789abcde",
          "0123456789abcdef0123456789abcdef0", "0123456789ABCDEF0123456789ABCDEF",
          "0123456789abcdef/123456789abcdef", "01234567-89ab-cdef-0123-456789abcde/",
          "0123456-789ab-cdef-0123-456789abcdef", "------------------------------------"})
        EXPECT_FALSE(is_task_id(wrong)) << wrong;
}

TEST(TaskCgroups, RefusesAnIdThatIsNoneBeforeAnyPathIsMadeOfIt) {
    const fakes::TemporaryFolder mount;
    const auto cgroups = TaskCgroups::open(
        {.mount = mount.path(), .driver = "cgroupfs", .version = "1", .cpu_period = {}});
    ASSERT_TRUE(cgroups);
    const auto made = cgroups->ensure("../../etc", {.memory_mib = 64});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), base::Errc::invalid_argument);
    EXPECT_EQ(made.error().what(),
              "'../../etc' is no id of a task: expected 32 hex digits or a UUID");
    EXPECT_FALSE(cgroups->remove("../../etc"));
    EXPECT_TRUE(std::filesystem::is_empty(mount.path()));
}

TEST(TaskCgroups, NamesADriverOrVersionThatItDoesNotKnow) {
    const auto rootless = TaskCgroups::open({.driver = "none", .version = "2", .cpu_period = {}});
    ASSERT_FALSE(rootless);
    EXPECT_EQ(rootless.error().code(), base::Errc::unsupported);
    EXPECT_EQ(rootless.error().what(),
              "Docker's cgroup driver 'none': expected cgroupfs or systemd");
    const auto later = TaskCgroups::open({.driver = "cgroupfs", .version = "3", .cpu_period = {}});
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().what(), "cgroups of version '3': expected 1 or 2");
}

} // namespace
} // namespace agent::cgroup
