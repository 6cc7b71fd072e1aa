#include "agent/host/kernel_clock.hpp"

#include <gtest/gtest.h>
#include <sys/timex.h>

namespace agent::host {
namespace {

TEST(KernelClock, TellsTheBoundThatItWasGiven) {
    const auto now = base::now();
    timex kernel{};
    kernel.maxerror = 1234;
    kernel.status = STA_PLL;
    const auto drift = drift_of(kernel, TIME_OK, now);
    EXPECT_EQ(drift.error_bound_ms, 1.234);
    EXPECT_TRUE(drift.synchronized);
    EXPECT_EQ(drift.reference, now);
}

TEST(KernelClock, HasNoReferenceWhileNothingDisciplinesIt) {
    timex kernel{};
    kernel.maxerror = 16'000'000;
    kernel.status = STA_UNSYNC;
    const auto drift = drift_of(kernel, TIME_ERROR, base::now());
    EXPECT_EQ(drift.error_bound_ms, 16'000);
    EXPECT_FALSE(drift.synchronized);
    EXPECT_FALSE(drift.reference);
    kernel.status = 0;
    EXPECT_FALSE(drift_of(kernel, TIME_ERROR, base::now()).synchronized);
}

TEST(KernelClock, IsReadWithoutPrivilege) {
    const auto drift = read_kernel_clock();
    ASSERT_TRUE(drift) << drift.error().what();
    EXPECT_GE(drift->error_bound_ms, 0);
    EXPECT_EQ(drift->synchronized, drift->reference.has_value());
}

} // namespace
} // namespace agent::host
