#include "ipam/pool.hpp"

#include "tests/ipam/address.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using ipam::Address;
using ipam::Pool;
using ipam::Subnet;
using ipam_test::address;

Subnet subnet(const char* text) {
    return boost::asio::ip::make_network_v4(text);
}

Pool pool_of(const char* text) {
    return Pool::make(subnet(text)).value();
}

TEST(Pool, GivesEveryAddressButNetworkGatewayAndBroadcast) {
    auto pool = Pool::make(ipam::default_subnet()).value();
    std::set<Address> given;
    while (auto next = pool.allocate())
        given.insert(*next);
    EXPECT_EQ(given.size(), 1021u);
    EXPECT_EQ(*given.begin(), address("169.254.172.2"));
    EXPECT_EQ(*given.rbegin(), address("169.254.175.254"));
    EXPECT_EQ(pool.free(), 0u);
}

TEST(Pool, NamesSubnetAndCountWhenItIsFull) {
    auto pool = pool_of("10.0.0.0/30");
    EXPECT_EQ(pool.allocate().value(), address("10.0.0.2"));
    const auto refused = pool.allocate();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), base::Errc::exhausted);
    EXPECT_EQ(refused.error().what(), "address pool 10.0.0.0/30: all 1 addresses are in use");
}

TEST(Pool, ReusesAnAddressOnlyAfterAllOthers) {
    auto pool = pool_of("10.0.0.0/29");
    const auto first = pool.allocate().value();
    EXPECT_TRUE(pool.release(first));
    for (auto other = 0; other < 4; ++other)
        EXPECT_NE(pool.allocate().value(), first);
    EXPECT_EQ(pool.allocate().value(), first);
}

TEST(Pool, TakesAWantedAddressOnce) {
    auto pool = pool_of("10.0.0.0/29");
    EXPECT_TRUE(pool.reserve(address("10.0.0.3")).value());
    EXPECT_FALSE(pool.reserve(address("10.0.0.3")).value());
    EXPECT_EQ(pool.allocate().value(), address("10.0.0.2"));
    EXPECT_EQ(pool.allocate().value(), address("10.0.0.4"));
}

TEST(Pool, RefusesToTakeWhatCanNeverBeLeased) {
    auto pool = pool_of("10.0.0.0/29");
    for (const auto* never : {"10.0.0.0", "10.0.0.1", "10.0.0.7", "10.0.0.8", "9.255.255.255"}) {
        const auto refused = pool.reserve(address(never));
        ASSERT_FALSE(refused) << never;
        EXPECT_EQ(refused.error().code(), base::Errc::invalid_argument);
        EXPECT_FALSE(pool.release(address(never))) << never;
    }
    EXPECT_EQ(pool.free(), 5u);
}

TEST(Pool, ReleasesOnlyWhatIsTaken) {
    auto pool = pool_of("10.0.0.0/29");
    EXPECT_FALSE(pool.release(address("10.0.0.2")));
    EXPECT_EQ(pool.free(), pool.capacity());
}

TEST(Pool, ContinuesAfterAPositionAndWrapsAround) {
    auto pool = pool_of("10.0.0.0/29");
    ASSERT_TRUE(pool.reserve(address("10.0.0.5")).value());
    pool.continue_after(address("10.0.0.4"));
    for (const auto* next : {"10.0.0.6", "10.0.0.2", "10.0.0.3", "10.0.0.4"})
        EXPECT_EQ(pool.allocate().value(), address(next));
    EXPECT_FALSE(pool.allocate());
}

TEST(Pool, ContinuesAtTheStartAfterItsLastAddressOrAForeignOne) {
    for (const auto* position : {"10.0.0.6", "192.168.0.1"}) {
        auto pool = pool_of("10.0.0.0/29");
        pool.continue_after(address(position));
        EXPECT_EQ(pool.allocate().value(), address("10.0.0.2")) << position;
        EXPECT_EQ(pool.free(), 4u);
    }
}

TEST(Pool, RefusesSubnetsThatAreTooSmallTooLargeOrHaveHostBits) {
    for (const auto* wrong : {"10.0.0.0/31", "10.0.0.0/32", "10.0.0.0/15", "169.254.172.1/22"}) {
        const auto refused = Pool::make(subnet(wrong));
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().code(), base::Errc::invalid_argument);
    }
    EXPECT_EQ(pool_of("10.0.0.0/30").capacity(), 1u);
    EXPECT_EQ(pool_of("10.1.0.0/16").capacity(), 65533u);
}

TEST(Pool, GatewayIsTheFirstHost) {
    EXPECT_EQ(Pool::make(ipam::default_subnet()).value().gateway(), address("169.254.172.1"));
}

} // namespace
