#include "base/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace base {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
protected:
    Files() : root_(testing::TempDir() + "base_files_XXXXXX") {
        EXPECT_NE(::mkdtemp(root_.data()), nullptr);
        old_umask_ = ::umask(077);
    }
    ~Files() override {
        ::umask(old_umask_);
        fs::remove_all(root_);
    }

    static mode_t mode(const std::string& path) {
        struct stat found {};
        EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
        return found.st_mode & 07777;
    }

    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(root_), fs::directory_iterator()));
    }

    std::string root_;
    mode_t old_umask_ = 0;
};

TEST_F(Files, AtomicWriteReplacesContentAndModeAndLeavesNothingElse) {
    const auto path = root_ + "/state";
    ASSERT_TRUE(write_file_atomically(path, "old", 0600));
    EXPECT_EQ(mode(path), 0600U);
    ASSERT_TRUE(write_file_atomically(path, "new", 0644));
    EXPECT_EQ(mode(path), 0644U);
    EXPECT_EQ(read_file(path, 100).value(), "new");
    EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, FailedAtomicWriteKeepsTheOldAndRemovesTheTemporary) {
    const auto path = root_ + "/taken";
    fs::create_directories(path + "/by/a/directory");
    EXPECT_FALSE(write_file_atomically(path, "new", 0644));
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, AtomicWriteIntoAMissingDirectoryIsNotFound) {
    const auto done = write_file_atomically(root_ + "/none/state", "x", 0644);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Errc::not_found);
}

TEST_F(Files, ReadingHasALimit) {
    const auto path = root_ + "/big";
    std::ofstream(path) << std::string(40000, 'x');
    EXPECT_EQ(read_file(path, 40000).value().size(), 40000U);
    EXPECT_EQ(read_file(path, 39999).error().code(), Errc::too_large);
    EXPECT_EQ(read_file(root_ + "/none", 10).error().code(), Errc::not_found);
    EXPECT_EQ(read_file(root_, 10).error().code(), Errc::io);
}

TEST_F(Files, MadeDirectoriesGetTheModeAndExistingOnesKeepTheirs) {
    ASSERT_EQ(::mkdir((root_ + "/old").c_str(), 0700), 0);
    ASSERT_TRUE(make_directories(root_ + "/old/a//b/", 0755));
    EXPECT_EQ(mode(root_ + "/old"), 0700U);
    EXPECT_EQ(mode(root_ + "/old/a"), 0755U);
    EXPECT_EQ(mode(root_ + "/old/a/b"), 0755U);
    EXPECT_TRUE(make_directories(root_ + "/old/a/b", 0755));
}

TEST_F(Files, FileWhereADirectoryIsWantedIsAConflict) {
    std::ofstream(root_ + "/file") << "x";
    EXPECT_FALSE(make_directories(root_ + "/file/below", 0755));
    const auto last = make_directories(root_ + "/file", 0755);
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code(), Errc::conflict);
}

TEST_F(Files, RemovingATreeIsIdempotentAndFollowsNoLink) {
    fs::create_directories(root_ + "/kept");
    std::ofstream(root_ + "/kept/file") << "x";
    fs::create_directories(root_ + "/tree/deep");
    fs::create_directory_symlink(root_ + "/kept", root_ + "/tree/deep/link");
    EXPECT_TRUE(remove_tree(root_ + "/tree").value());
    EXPECT_FALSE(remove_tree(root_ + "/tree").value());
    EXPECT_TRUE(fs::exists(root_ + "/kept/file"));
}

} // namespace
} // namespace base
