#include "agent/credentials/refresh_schedule.hpp"

#include "moment.hpp"

#include <gtest/gtest.h>

namespace agent::credentials {
namespace {

using namespace std::chrono_literals;

/// Parts are taken as floating numbers: right to the microsecond.
void expect_next(const RefreshSchedule& schedule, std::chrono::nanoseconds after) {
    EXPECT_GE(schedule.next(), now + after - 1us);
    EXPECT_LE(schedule.next(), now + after + 1us);
}

TEST(RefreshSchedule, BeginsAtOnce) {
    const RefreshSchedule schedule;
    EXPECT_LE(schedule.next(), now);
    EXPECT_EQ(schedule.failures(), 0);
}

TEST(RefreshSchedule, FetchesAgainAtHalfOfALifeAndUpToATenthLater) {
    RefreshSchedule schedule;
    schedule.succeeded(now, now + 1h, 0.0);
    expect_next(schedule, 30min);
    schedule.succeeded(now, now + 1h, 0.5);
    expect_next(schedule, 33min);
    schedule.succeeded(now, now + 1h, 1.0);
    expect_next(schedule, 36min);
    schedule.succeeded(now, now + 12h, 1.0);
    expect_next(schedule, 432min);
}

TEST(RefreshSchedule, TakesKeysThatDoNotExpireAsGoodForAnHour) {
    RefreshSchedule schedule;
    schedule.succeeded(now, std::nullopt, 0.0);
    expect_next(schedule, 30min);
    schedule.succeeded(now, std::nullopt, 1.0);
    expect_next(schedule, 36min);
}

TEST(RefreshSchedule, WaitsASecondForKeysWithoutLife) {
    RefreshSchedule schedule;
    for (const auto life : {1500ms, 0ms, -1h + 0ms}) {
        schedule.succeeded(now, now + life, 0.0);
        expect_next(schedule, 1s);
    }
}

TEST(RefreshSchedule, WaitsLongerAfterEachFailureUpToAMinute) {
    RefreshSchedule latest;
    RefreshSchedule soonest;
    int count = 0;
    for (const auto longest : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
        latest.failed(now, 1.0);
        expect_next(latest, longest);
        soonest.failed(now, 0.0);
        expect_next(soonest, std::chrono::milliseconds(longest) / 2);
        EXPECT_EQ(latest.failures(), ++count);
    }
    for (int i = 0; i < 100; ++i)
        latest.failed(now, 1.0);
    expect_next(latest, 60s);
}

TEST(RefreshSchedule, BeginsAnewAfterASuccess) {
    RefreshSchedule schedule;
    for (int i = 0; i < 5; ++i)
        schedule.failed(now, 1.0);
    schedule.succeeded(now, now + 1h, 0.0);
    EXPECT_EQ(schedule.failures(), 0);
    expect_next(schedule, 30min);
    schedule.failed(now, 1.0);
    expect_next(schedule, 1s);
}

TEST(RefreshSchedule, RestartsAtOnceWithoutForgettingFailures) {
    RefreshSchedule schedule;
    schedule.succeeded(now, now + 1h, 0.0);
    schedule.restart(now);
    EXPECT_EQ(schedule.next(), now);
    schedule.failed(now, 1.0);
    schedule.failed(now, 1.0);
    schedule.restart(now);
    EXPECT_EQ(schedule.next(), now);
    EXPECT_EQ(schedule.failures(), 2);
}

} // namespace
} // namespace agent::credentials
