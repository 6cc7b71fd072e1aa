#include "agent/serving/health.hpp"

#include <gtest/gtest.h>

namespace agent::serving {
namespace {

TEST(Health, AsksEveryPartAtTheMomentOfTheQuestion) {
    std::string engine_trouble;
    Health health;
    health.add("engine", [&] { return engine_trouble; });
    health.add("bridge", [] { return std::string(); });
    EXPECT_TRUE(health.report().healthy());
    engine_trouble = "the docker engine does not answer";
    const auto report = health.report();
    EXPECT_FALSE(report.healthy());
    ASSERT_EQ(report.checks.size(), 2U);
    EXPECT_EQ(report.checks[0].name, "engine");
    EXPECT_FALSE(report.checks[0].healthy);
    EXPECT_EQ(report.checks[0].detail, "the docker engine does not answer");
    EXPECT_TRUE(report.checks[1].healthy);
    EXPECT_EQ(report.checks[1].detail, "");
    engine_trouble.clear();
    EXPECT_TRUE(health.report().healthy());
}

// D5
TEST(Health, TellsHowMuchEachPoolHasToDoAtThatMoment) {
    std::size_t queued = 0;
    Health health;
    health.add_pool("network", [&] { return base::PoolDepth{2, queued, 1}; });
    EXPECT_EQ(health.report().pools.at(0).depth.queued, 0U);
    queued = 7;
    const auto report = health.report();
    ASSERT_EQ(report.pools.size(), 1U);
    EXPECT_EQ(report.pools[0].name, "network");
    EXPECT_EQ(report.pools[0].depth.threads, 2U);
    EXPECT_EQ(report.pools[0].depth.queued, 7U);
    EXPECT_EQ(report.pools[0].depth.running, 1U);
    EXPECT_TRUE(report.healthy());
}

} // namespace
} // namespace agent::serving
