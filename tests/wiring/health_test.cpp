#include "agent/wiring/health.hpp"

#include <gtest/gtest.h>

namespace agent::wiring {
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

} // namespace
} // namespace agent::wiring
