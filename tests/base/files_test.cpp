#include "base/files.hpp"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace base {
namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;

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

/// Runs as somebody who is not root: to root no directory is closed.
void as_nobody(const std::function<void()>& work) {
    std::thread([&] {
        if (::geteuid() == 0)
            ::setfsuid(nobody);
        work();
    }).join();
}

// An error after the rename would have been one although readers have the new content.
TEST_F(Files, AtomicWriteThatFailsHasChangedNothing) {
    const auto folder = root_ + "/closed";
    const auto path = folder + "/state";
    ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);
    ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
    ASSERT_TRUE(write_file_atomically(path, "old", 0644));
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(folder.c_str(), nobody, gid_t(-1)), 0);
    }
    // Files can be made and renamed in it, and it cannot be opened to be synced.
    ASSERT_EQ(::chmod(folder.c_str(), 0300), 0);
    Result<> done;
    as_nobody([&] { done = write_file_atomically(path, "new", 0644); });
    ASSERT_EQ(::chmod(folder.c_str(), 0700), 0);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Errc::permission) << done.error().what();
    EXPECT_EQ(read_file(path, 100).value(), "old");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST_F(Files, ReadingHasALimit) {
    const auto path = root_ + "/big";
    std::ofstream(path) << std::string(40000, 'x');
    EXPECT_EQ(read_file(path, 40000).value().size(), 40000U);
    EXPECT_EQ(read_file(path, 39999).error().code(), Errc::too_large);
    EXPECT_EQ(read_file(root_ + "/none", 10).error().code(), Errc::not_found);
}

// D9: to open a FIFO that nobody writes into would wait for ever.
TEST_F(Files, OnlyRegularFilesAreReadAndNothingElseIsWaitedFor) {
    ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
    fs::create_symlink(root_ + "/pipe", root_ + "/link");
    for (const auto& path : {root_, root_ + "/pipe", root_ + "/link", std::string("/dev/zero")}) {
        const auto text = read_file(path, 10);
        ASSERT_FALSE(text) << path;
        EXPECT_EQ(text.error().code(), Errc::invalid_argument) << text.error().what();
        EXPECT_EQ(text.error().what(), path + ": expected a regular file");
    }
    EXPECT_TRUE(read_file("/proc/self/status", 1 << 16)) << "the kernel's own are regular files";
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
