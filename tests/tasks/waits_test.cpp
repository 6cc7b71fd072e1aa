// Which waits are told, and when.

#include "agent/tasks/waits.hpp"

#include "agent/tasks/services.hpp"
#include "fakes/captured_log.hpp"

#include <gtest/gtest.h>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using base::log::Level;

class WaitsTest : public testing::Test {
protected:
    std::size_t told() const { return log.count(Level::info, "still waiting"); }
    std::size_t ended() const { return log.count(Level::info, "waits no more"); }

    fakes::CapturedLog log;
    Waits waits{"arn:task", 30s};
    const Waits::Clock::time_point begun = Waits::Clock::now();
    const Wait health{"app", "container db to become healthy"};
    const Wait stop{"db", "the step stop"};
};

TEST_F(WaitsTest, OneThatLastsIsToldOnceAndItsEndThen) {
    waits.update({health}, begun);
    EXPECT_EQ(waits.next_due(), begun + 30s);
    waits.update({health}, begun + 29s);
    EXPECT_EQ(told(), 0U);
    waits.update({health}, begun + 30s);
    EXPECT_EQ(told(), 1U);
    EXPECT_NE(log.all().find("for=\"container db to become healthy\""), std::string::npos)
        << log.all();
    EXPECT_EQ(waits.next_due(), std::nullopt);
    waits.update({health}, begun + 90s);
    EXPECT_EQ(told(), 1U);
    EXPECT_EQ(ended(), 0U);
    waits.update({}, begun + 91s);
    EXPECT_EQ(ended(), 1U);
    EXPECT_NE(log.all().find("seconds=91"), std::string::npos) << log.all();
}

TEST(WaitsSettings, AWaitOfMoreThan30SecondsIsTold) {
    EXPECT_EQ(Settings().told_wait, 30s);
}

TEST_F(WaitsTest, OneThatEndsBeforeIsNotTold) {
    waits.update({health}, begun);
    waits.update({}, begun + 29s);
    waits.update({health}, begun + 40s);
    waits.update({}, begun + 60s);
    EXPECT_EQ(told() + ended(), 0U);
}

TEST_F(WaitsTest, EachHasItsOwnTime) {
    waits.update({health}, begun);
    waits.update({health, stop}, begun + 20s);
    EXPECT_EQ(waits.next_due(), begun + 30s);
    waits.update({health, stop}, begun + 31s);
    EXPECT_EQ(told(), 1U);
    EXPECT_EQ(waits.next_due(), begun + 50s);
    waits.update({stop}, begun + 51s);
    EXPECT_EQ(told(), 2U);
    EXPECT_EQ(ended(), 1U);
}

} // namespace
} // namespace agent::tasks
