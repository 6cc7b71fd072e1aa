#include "ipam/allocator.hpp"

#include "tests/ipam/address.hpp"
#include "tests/ipam/state_file.hpp"

#include <gtest/gtest.h>

namespace {

using base::Errc;
using ipam::Address;
using ipam::LeaseTable;
using ipam::Subnet;
using ipam_test::address;
using ipam_test::OtherConnection;
using ipam_test::StateFile;

LeaseTable open(const StateFile& file, const char* subnet = "10.0.0.0/29") {
    return LeaseTable::open(file.path(), boost::asio::ip::make_network_v4(subnet)).value();
}

TEST(LeaseTable, GivesTheSameOwnerTheSameAddress) {
    const StateFile file;
    auto table = open(file);
    const auto lease = table.assign("a").value();
    EXPECT_EQ(table.assign("a").value(), lease);
    EXPECT_NE(table.assign("b").value().address, lease.address);
    EXPECT_EQ(table.find("a"), lease);
    EXPECT_EQ(table.list().size(), 2u);
    EXPECT_GT(lease.created_at, 1700000000);
}

TEST(LeaseTable, KnowsItsLeasesAfterARestart) {
    const StateFile file;
    const auto before = open(file).assign("a").value();
    auto table = open(file);
    EXPECT_EQ(table.find("a"), before);
    EXPECT_EQ(table.assign("a").value(), before);
    EXPECT_NE(table.assign("b").value().address, before.address);
}

TEST(LeaseTable, ReusesAnAddressOnlyAfterTheRoundAlsoOverARestart) {
    const StateFile file;
    {
        auto table = open(file);
        EXPECT_EQ(table.assign("a").value().address, address("10.0.0.2"));
        EXPECT_EQ(table.assign("b").value().address, address("10.0.0.3"));
        EXPECT_TRUE(table.release("a").value());
        EXPECT_TRUE(table.release("b").value());
    }
    auto table = open(file);
    EXPECT_EQ(table.assign("c").value().address, address("10.0.0.4"));
}

TEST(LeaseTable, ReleasesOnce) {
    const StateFile file;
    auto table = open(file);
    ASSERT_TRUE(table.assign("a"));
    EXPECT_TRUE(table.release("a").value());
    EXPECT_FALSE(table.release("a").value());
    EXPECT_FALSE(table.find("a"));
    EXPECT_FALSE(open(file).find("a"));
    EXPECT_EQ(table.pool().free(), table.pool().capacity());
}

TEST(LeaseTable, RestoresAWantedAddress) {
    const StateFile file;
    auto table = open(file);
    const auto lease = table.assign("a", address("10.0.0.5")).value();
    EXPECT_EQ(lease.address, address("10.0.0.5"));
    EXPECT_EQ(table.assign("a", address("10.0.0.5")).value(), lease);
    EXPECT_EQ(open(file).find("a"), lease);
}

TEST(LeaseTable, RefusesAWantedAddressThatIsAnothers) {
    const StateFile file;
    auto table = open(file);
    ASSERT_TRUE(table.assign("a", address("10.0.0.5")));
    EXPECT_EQ(table.assign("b", address("10.0.0.5")).error().code(), Errc::conflict);
    EXPECT_EQ(table.assign("a", address("10.0.0.6")).error().code(), Errc::conflict);
    EXPECT_EQ(table.assign("b", address("10.0.0.1")).error().code(), Errc::invalid_argument);
    EXPECT_EQ(table.list().size(), 1u);
}

TEST(LeaseTable, ReleasesAllButTheLiving) {
    const StateFile file;
    auto table = open(file);
    for (const auto* owner : {"a", "b", "c"})
        ASSERT_TRUE(table.assign(owner));
    const auto released = table.release_except({"b", "unknown"}).value();
    ASSERT_EQ(released.size(), 2u);
    EXPECT_EQ(released[0].owner, "a");
    EXPECT_EQ(released[1].owner, "c");
    EXPECT_EQ(table.list().size(), 1u);
    EXPECT_EQ(open(file).list().size(), 1u);
    EXPECT_TRUE(table.release_except({"b"}).value().empty());
}

TEST(LeaseTable, FillsThePoolAndSaysThatItIsFull) {
    const StateFile file;
    auto table = open(file);
    for (auto owner = 0; owner < 5; ++owner)
        ASSERT_TRUE(table.assign("owner-" + std::to_string(owner)));
    const auto refused = table.assign("one-more");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::exhausted);
    ASSERT_TRUE(table.release("owner-3").value());
    EXPECT_TRUE(table.assign("one-more"));
}

TEST(LeaseTable, KeepsLeasesOfAnEarlierPoolApart) {
    const StateFile file;
    {
        auto table = open(file, "10.0.0.0/29");
        ASSERT_TRUE(table.assign("a"));
        ASSERT_TRUE(table.assign("b"));
    }
    auto table = open(file, "10.9.0.0/29");
    EXPECT_TRUE(table.list().empty());
    EXPECT_FALSE(table.find("a"));
    EXPECT_EQ(table.outside().size(), 2u);

    EXPECT_EQ(table.assign("a").value().address, address("10.9.0.2"));
    ASSERT_EQ(table.outside().size(), 1u);
    EXPECT_EQ(table.outside().front().owner, "b");
    const auto released = table.release_except({"a"}).value();
    ASSERT_EQ(released.size(), 1u);
    EXPECT_EQ(released.front().address, address("10.0.0.3"));
    EXPECT_TRUE(open(file, "10.0.0.0/29").list().empty());
}

TEST(LeaseTable, ReleasesALeaseOfAnEarlierPool) {
    const StateFile file;
    ASSERT_TRUE(open(file, "10.0.0.0/29").assign("a"));
    auto table = open(file, "10.9.0.0/29");
    EXPECT_TRUE(table.release("a").value());
    EXPECT_FALSE(table.release("a").value());
    EXPECT_TRUE(table.outside().empty());
}

TEST(LeaseTable, GivesTheAddressBackWhenItCannotBeStored) {
    const StateFile file;
    auto table = open(file);
    OtherConnection other(file.path());
    ASSERT_TRUE(other.run("drop table leases"));
    EXPECT_FALSE(table.assign("a"));
    EXPECT_FALSE(table.find("a"));
    EXPECT_EQ(table.pool().free(), table.pool().capacity());
}

TEST(LeaseTable, RefusesOwnersWithoutANameOrWithoutEnd) {
    const StateFile file;
    auto table = open(file);
    EXPECT_EQ(table.assign("").error().code(), Errc::invalid_argument);
    EXPECT_EQ(table.assign(std::string(201, 'x')).error().code(), Errc::invalid_argument);
    EXPECT_TRUE(table.assign(std::string(200, 'x')));
}

TEST(LeaseTable, ReportsACorruptFileAndStartsAnewOnceItIsSetAside) {
    const StateFile file;
    ASSERT_TRUE(base::write_file_atomically(file.path(), std::string(5000, '?'), 0600));
    const auto opened =
        LeaseTable::open(file.path(), boost::asio::ip::make_network_v4("10.0.0.0/29"));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    ASSERT_TRUE(base::remove_tree(file.path()).value());
    EXPECT_TRUE(open(file).assign("a", address("10.0.0.4")));
}

} // namespace
