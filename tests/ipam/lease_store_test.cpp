#include "ipam/lease_store.hpp"

#include "tests/ipam/address.hpp"
#include "tests/ipam/state_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace {

using base::Errc;
using ipam::Address;
using ipam::Lease;
using ipam::LeaseStore;
using ipam_test::address;
using ipam_test::OtherConnection;
using ipam_test::StateFile;

const Lease first{"a", address("169.254.172.2"), 1700000000};
const Lease second{"b", address("169.254.172.3"), 1700000001};

TEST(LeaseStore, KeepsLeasesAndPositionOverReopening) {
    const StateFile file;
    {
        auto store = LeaseStore::open(file.path()).value();
        EXPECT_FALSE(store.position().value());
        ASSERT_TRUE(store.put(first, first.address));
        ASSERT_TRUE(store.put(second, std::nullopt));
    }
    auto store = LeaseStore::open(file.path()).value();
    EXPECT_EQ(store.load().value(), (std::vector{first, second}));
    EXPECT_EQ(store.position().value(), first.address);
}

TEST(LeaseStore, KeepsWhatWasStoredBeforeTheProcessIsKilled) {
    const StateFile file;
    const auto child = ::fork();
    if (child == 0) {
        auto store = LeaseStore::open(file.path()).value();
        if (store.put(first, first.address))
            ::kill(::getpid(), SIGKILL);
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    auto store = LeaseStore::open(file.path()).value();
    EXPECT_EQ(store.load().value(), std::vector{first});
    EXPECT_EQ(store.position().value(), first.address);
}

TEST(LeaseStore, ReplacesTheLeaseOfTheSameOwner) {
    const StateFile file;
    auto store = LeaseStore::open(file.path()).value();
    ASSERT_TRUE(store.put(first, std::nullopt));
    const Lease moved{"a", second.address, 5};
    ASSERT_TRUE(store.put(moved, std::nullopt));
    EXPECT_EQ(store.load().value(), std::vector{moved});
}

TEST(LeaseStore, RefusesAnAddressThatAnotherOwnerHasAndChangesNothing) {
    const StateFile file;
    auto store = LeaseStore::open(file.path()).value();
    ASSERT_TRUE(store.put(first, first.address));
    ASSERT_TRUE(store.put(second, std::nullopt));
    const auto refused = store.put({"b", first.address, 9}, second.address);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    EXPECT_EQ(store.load().value(), (std::vector{first, second}));
    EXPECT_EQ(store.position().value(), first.address);
}

TEST(LeaseStore, RemovesTheNamedOwnersOnly) {
    const StateFile file;
    auto store = LeaseStore::open(file.path()).value();
    ASSERT_TRUE(store.put(first, std::nullopt));
    ASSERT_TRUE(store.put(second, std::nullopt));
    ASSERT_TRUE(store.remove({"a", "nobody"}));
    EXPECT_EQ(store.load().value(), std::vector{second});
}

TEST(LeaseStore, SharesTheFileWithOtherTables) {
    const StateFile file;
    OtherConnection other(file.path());
    ASSERT_TRUE(other.run("pragma user_version = 7; create table theirs(x)"));
    auto store = LeaseStore::open(file.path()).value();
    ASSERT_TRUE(store.put(first, std::nullopt));
    EXPECT_TRUE(other.run("insert into theirs values(1)"));
    EXPECT_EQ(store.load().value(), std::vector{first});
}

TEST(LeaseStore, WaitsForAnotherConnectionsTransaction) {
    const StateFile file;
    auto store = LeaseStore::open(file.path()).value();
    OtherConnection other(file.path());
    ASSERT_TRUE(other.run("begin immediate"));
    std::thread ending([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        other.run("commit");
    });
    const auto stored = store.put(first, std::nullopt);
    ending.join();
    EXPECT_TRUE(stored);
}

TEST(LeaseStore, SaysThatAFileOfOtherContentIsCorrupt) {
    const StateFile file;
    std::ofstream(file.path()) << std::string(8192, 'x');
    const auto opened = LeaseStore::open(file.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    EXPECT_NE(opened.error().what().find(file.path()), std::string::npos);
}

TEST(LeaseStore, SaysThatADamagedPageIsCorrupt) {
    const StateFile file;
    {
        auto store = LeaseStore::open(file.path()).value();
        ASSERT_TRUE(store.put(first, first.address));
    }
    {
        std::fstream damaged(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        damaged.seekp(4096);
        damaged << std::string(4096, '\x55');
    }
    const auto opened = LeaseStore::open(file.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
}

TEST(LeaseStore, SaysThatTablesOfOtherColumnsAreCorrupt) {
    const StateFile file;
    {
        OtherConnection other(file.path());
        ASSERT_TRUE(other.run("create table leases(something)"));
    }
    const auto opened = LeaseStore::open(file.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
}

TEST(LeaseStore, SaysThatARowWithoutAnAddressIsCorrupt) {
    const StateFile file;
    auto store = LeaseStore::open(file.path()).value();
    OtherConnection other(file.path());
    ASSERT_TRUE(other.run("insert into leases values('nonsense', 'a', 1)"));
    const auto loaded = store.load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::corrupt);
}

TEST(LeaseStore, FailsWhereItCannotMakeTheFile) {
    const auto opened = LeaseStore::open("/proc/no-such-directory/state.db");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::io);
}

} // namespace
