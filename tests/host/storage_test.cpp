#include "agent/host/storage.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace agent::host {
namespace {

TEST(Storage, TellsWhatTheFileSystemSays) {
    const fakes::TemporaryFolder folder;
    const auto storage = read_storage(folder.path());
    ASSERT_TRUE(storage) << storage.error().what();
    const auto space = std::filesystem::space(folder.path());
    constexpr std::uintmax_t mebibyte = 1024 * 1024;
    EXPECT_EQ(storage->reserved_mib, static_cast<std::int64_t>(space.capacity / mebibyte));
    EXPECT_NEAR(static_cast<double>(storage->utilized_mib),
                static_cast<double>((space.capacity - space.free) / mebibyte), 64)
        << "others write meanwhile";
    EXPECT_LE(storage->utilized_mib, storage->reserved_mib);
}

TEST(Storage, SaysWhichPathIsNotThere) {
    const auto storage = read_storage("/nowhere/at all");
    ASSERT_FALSE(storage);
    EXPECT_EQ(storage.error().code(), base::Errc::not_found);
    EXPECT_NE(storage.error().what().find("/nowhere/at all"), std::string::npos);
}

} // namespace
} // namespace agent::host
