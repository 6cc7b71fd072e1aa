#include "agent/cgroup/limits.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace agent::cgroup {
namespace {

using namespace std::chrono_literals;

TEST(CpuQuota, IsTheCpusTimesThePeriod) {
    const auto half = cpu_quota(0.5, 100ms);
    EXPECT_EQ(half.quota, 50ms);
    EXPECT_EQ(half.period, 100ms);
    const auto two = cpu_quota(2, 8ms);
    EXPECT_EQ(two.quota, 16ms);
    EXPECT_EQ(two.period, 8ms);
}

TEST(CpuQuota, LengthensThePeriodWhereTheKernelTakesNoSmallerQuota) {
    const auto small = cpu_quota(0.1, 8ms);
    EXPECT_EQ(small.quota, 1ms);
    EXPECT_EQ(small.period, 10ms);
    const auto least = cpu_quota(0.001, 8ms);
    EXPECT_EQ(least.quota, 1ms);
    EXPECT_EQ(least.period, 1s);
}

TEST(TaskLimits, RefusesWhatNoKernelTakesAndNamesIt) {
    EXPECT_TRUE(validate({}));
    EXPECT_TRUE(validate({.cpu_vcpu = 0.25, .memory_mib = 512, .cpu_shares = 0}));
    const auto what = [](const TaskLimits& limits) {
        const auto outcome = validate(limits);
        return outcome ? "accepted" : outcome.error().what();
    };
    EXPECT_EQ(what({.cpu_vcpu = -1}),
              "limits of a task: cpu must be from 0.001 to 8192 vCPU, got -1.000000");
    EXPECT_NE(what({.cpu_vcpu = 0.0001}), "accepted");
    EXPECT_NE(what({.cpu_vcpu = std::numeric_limits<double>::quiet_NaN()}), "accepted");
    EXPECT_NE(what({.cpu_vcpu = std::numeric_limits<double>::infinity()}), "accepted");
    EXPECT_EQ(what({.memory_mib = -1}),
              "limits of a task: memory must be from 0 to 2^40 MiB, got -1");
    EXPECT_NE(what({.memory_mib = std::numeric_limits<std::int64_t>::max()}), "accepted");
    EXPECT_NE(what({.cpu_shares = -1}), "accepted");
}

TEST(Shares, StayWithinWhatTheKernelTakes) {
    EXPECT_EQ(clamped_shares(0), 2);
    EXPECT_EQ(clamped_shares(1024), 1024);
    EXPECT_EQ(clamped_shares(1'000'000), 262'144);
}

TEST(Shares, BecomeTheWeightsThatRuncGives) {
    EXPECT_EQ(weight_of_shares(2), 1);
    EXPECT_EQ(weight_of_shares(1024), 39);
    EXPECT_EQ(weight_of_shares(262'144), 10'000);
}

} // namespace
} // namespace agent::cgroup
