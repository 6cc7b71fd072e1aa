#include "handlers/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace {

using handlers::RateLimit;
using handlers::RateLimiter;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RateLimit forty{40, 60};

class RateLimiterTest : public ::testing::Test {
protected:
    RateLimiter::Decision take(std::string_view address = "a", std::uint8_t purpose = 0,
                               std::string_view id = "", const RateLimit& limit = forty) {
        return limiter.take(address, purpose, id, limit, now);
    }
    int allowed_of(int asked, std::string_view address = "a", std::uint8_t purpose = 0,
                   std::string_view id = "") {
        int allowed = 0;
        for (int i = 0; i < asked; ++i)
            allowed += take(address, purpose, id).allowed ? 1 : 0;
        return allowed;
    }

    RateLimiter limiter;
    RateLimiter::Clock::time_point now{std::chrono::hours(1)};
};

TEST_F(RateLimiterTest, AllowsTheBurstAtOnceAndThenTheRate) {
    EXPECT_EQ(allowed_of(100), 60);
    now += milliseconds(25);
    EXPECT_EQ(allowed_of(10), 1);
    now += seconds(1);
    EXPECT_EQ(allowed_of(100), 40);
    now += seconds(100);
    EXPECT_EQ(allowed_of(100), 60);
}

TEST_F(RateLimiterTest, KeepsBucketsApart) {
    EXPECT_EQ(allowed_of(100), 60);
    EXPECT_EQ(allowed_of(100, "b"), 60);
    EXPECT_EQ(allowed_of(100, "a", 1), 60);
    EXPECT_EQ(allowed_of(100, "a", 0, "id"), 60);
    EXPECT_EQ(allowed_of(100), 0);
    EXPECT_EQ(limiter.buckets(), 4U);
}

TEST_F(RateLimiterTest, SaysWhenToComeBack) {
    constexpr RateLimit slow{0.2, 1};
    EXPECT_TRUE(take("a", 0, "", slow).allowed);
    const auto refused = take("a", 0, "", slow);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.retry_after, seconds(5));
    now += milliseconds(3500);
    EXPECT_EQ(take("a", 0, "", slow).retry_after, seconds(2));
    now += milliseconds(1500);
    EXPECT_TRUE(take("a", 0, "", slow).allowed);
}

TEST_F(RateLimiterTest, ForgetsBucketsThatAreFullAgain) {
    for (int i = 0; i < 5000; ++i) {
        take(std::to_string(i));
        now += milliseconds(1);
    }
    EXPECT_LE(limiter.buckets(), 2048U);
    EXPECT_EQ(allowed_of(100, "4999"), 59) << "one that was used just now is remembered";
}

TEST_F(RateLimiterTest, HasAnEnd) {
    for (std::size_t i = 0; i < RateLimiter::most_buckets; ++i)
        ASSERT_TRUE(take(std::to_string(i)).allowed);
    EXPECT_FALSE(take("one more").allowed);
    EXPECT_TRUE(take("7").allowed) << "those who have a bucket go on";
    EXPECT_EQ(limiter.buckets(), RateLimiter::most_buckets);
    now += seconds(2);
    EXPECT_TRUE(take("one more").allowed);
}

} // namespace
