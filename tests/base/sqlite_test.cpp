#include "base/sqlite.hpp"

#include "base/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace base {
namespace {

namespace fs = std::filesystem;

class Sqlite : public testing::Test {
protected:
    Sqlite() : root_(testing::TempDir() + "base_sqlite_XXXXXX") {
        EXPECT_NE(::mkdtemp(root_.data()), nullptr);
        path_ = root_ + "/state.db";
    }
    ~Sqlite() override { fs::remove_all(root_); }

    std::string root_;
    std::string path_;
};

TEST_F(Sqlite, KeepsWhatWasWrittenInAFileForRootOnly) {
    {
        auto database = Database::open(path_).value();
        ASSERT_TRUE(database.execute("CREATE TABLE t (name TEXT PRIMARY KEY, size INTEGER)"));
        auto insert = database.prepare("INSERT INTO t VALUES (?, ?)").value();
        EXPECT_FALSE(insert.bind("web").bind(std::int64_t{1} << 40).step().value());
    }
    struct stat found {};
    ASSERT_EQ(::stat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    auto database = Database::open(path_).value();
    auto select = database.prepare("SELECT name, size FROM t").value();
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.text(0), "web");
    EXPECT_EQ(select.number(1), std::int64_t{1} << 40);
    EXPECT_FALSE(select.step().value());
}

TEST_F(Sqlite, ViolatedConstraintIsAConflict) {
    auto database = Database::open(path_).value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (name TEXT PRIMARY KEY)"));
    ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", {"web"}));
    const auto again = database.run("INSERT INTO t VALUES (?)", {"web"});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Errc::conflict);
}

TEST_F(Sqlite, TransactionIsDoneWhollyOrNotAtAll) {
    auto database = Database::open(path_).value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (name TEXT PRIMARY KEY)"));
    const auto count = [&] {
        auto select = database.prepare("SELECT count(*) FROM t").value();
        EXPECT_TRUE(select.step().value());
        return select.number(0);
    };
    const auto failed = database.transaction([&]() -> Result<> {
        TRY(database.run("INSERT INTO t VALUES (?)", {"web"}));
        TRY(database.run("INSERT INTO t VALUES (?)", {"web"}));
        return {};
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Errc::conflict) << "what the work said";
    EXPECT_EQ(count(), 0);
    ASSERT_TRUE(database.transaction([&]() -> Result<> {
        TRY(database.run("INSERT INTO t VALUES (?)", {"web"}));
        return database.run("INSERT INTO t VALUES (?)", {"api"});
    })) << "it can be used again";
    EXPECT_EQ(count(), 2);
}

TEST_F(Sqlite, WhatIsNoDatabaseIsCorruptAndCanBeSetAside) {
    std::ofstream(path_) << std::string(8192, 'x');
    const auto opened = Database::open(path_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    const auto aside = set_database_aside(path_).value();
    EXPECT_TRUE(fs::exists(aside));
    EXPECT_TRUE(Database::open(path_));
}

// D19
TEST_F(Sqlite, ThreeAtMostAreKeptSetAsideTheNewestOnes) {
    std::vector<std::string> aside;
    for (int i = 0; i < 5; ++i) {
        std::ofstream(path_) << i;
        std::ofstream(path_ + "-wal") << i;
        aside.push_back(set_database_aside(path_).value());
    }
    for (std::size_t i = 0; i < aside.size(); ++i)
        for (const auto* suffix : {"", "-wal"})
            EXPECT_EQ(fs::exists(aside[i] + suffix), i >= 2) << i << suffix;
}

TEST_F(Sqlite, CopyIsWholeReplacesWhatWasThereAndIsForRootOnly) {
    const auto copy = root_ + "/copy.db";
    std::ofstream(copy) << "what was there";
    {
        auto database = Database::open(path_).value();
        ASSERT_TRUE(database.execute("PRAGMA user_version = 7; CREATE TABLE t (name TEXT);"));
        ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", {"web"}));
        const auto copied = database.copy_to(copy);
        ASSERT_TRUE(copied) << copied.error().what();
        ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", {"later"}));
    }
    struct stat found {};
    ASSERT_EQ(::stat(copy.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    auto database = Database::open(copy).value();
    auto select = database.prepare("SELECT group_concat(name) FROM t").value();
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.text(0), "web");
    auto version = database.prepare("PRAGMA user_version").value();
    ASSERT_TRUE(version.step().value());
    EXPECT_EQ(version.number(0), 7);
}

TEST_F(Sqlite, CopyThatCannotBeMadeLeavesNothing) {
    fs::create_directories(root_ + "/copy.db/in the way");
    auto database = Database::open(path_).value();
    EXPECT_FALSE(database.copy_to(root_ + "/copy.db"));
    EXPECT_FALSE(fs::exists(root_ + "/copy.db.unfinished"));
}

TEST_F(Sqlite, DamagedPageIsCorrupt) {
    {
        auto database = Database::open(path_).value();
        ASSERT_TRUE(database.execute("CREATE TABLE t (name TEXT); CREATE INDEX i ON t (name);"));
        for (int i = 0; i < 500; ++i)
            ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", {std::string(50, 'a')}));
    }
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(3 * 4096, '\xFF');
    file.close();
    const auto opened = Database::open(path_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
}

TEST_F(Sqlite, MissingDirectoryIsAnError) {
    EXPECT_FALSE(Database::open(root_ + "/none/state.db"));
    EXPECT_FALSE(set_database_aside(root_ + "/none"));
}

} // namespace
} // namespace base
