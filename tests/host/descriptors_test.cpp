#include "agent/host/descriptors.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace agent::host {
namespace {

/// The size of the kernel's table of our open files.
int table_size() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word)
        if (word == "FDSize:") {
            int size = 0;
            status >> size;
            return size;
        }
    return 0;
}

TEST(Descriptors, HaveRoomForAsManyAsThereMayBe) {
    ASSERT_TRUE(make_room_for_descriptors());
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const auto wanted = std::min<rlim_t>(limit.rlim_max, 16384);
    EXPECT_GE(limit.rlim_cur, wanted);
    EXPECT_GE(static_cast<rlim_t>(table_size()), wanted);
    EXPECT_TRUE(make_room_for_descriptors()) << "again, too";
}

} // namespace
} // namespace agent::host
