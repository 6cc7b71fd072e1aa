#pragma once
// How fast the machine is. The limits of time that tests set were written on a machine that starts a
// program within 0.6 ms; that of CI takes five times as long, and has other tests beside. Whoever was
// kept waiting by those may look when they are through: what counts is the slowest moment since the
// test has begun, of those that were looked at.

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace tests {

inline std::atomic<double> largest_slowness = 1; ///< that was seen since the test has begun

/// No test has it from another one.
class PaceOfEachTest : public testing::EmptyTestEventListener {
    void OnTestStart(const testing::TestInfo& /*test*/) override { largest_slowness = 1; }
};

inline const bool pace_is_of_each_test = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new PaceOfEachTest); // which owns it
    return true;
}();

/// What starting a program takes now, as a multiple of that: 1 at least, 20 at most.
inline double slowness_now() {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::duration<double, std::milli> usual(0.6);
    constexpr int starts = 20;
    char program[] = "/bin/true";
    char* const arguments[] = {program, nullptr};
    char* const environment[] = {nullptr};
    const auto begun = Clock::now();
    for (int i = 0; i < starts; ++i) {
        pid_t child = 0;
        if (::posix_spawn(&child, program, nullptr, nullptr, arguments, environment) != 0)
            return 1;
        ::waitpid(child, nullptr, 0);
    }
    return std::clamp((Clock::now() - begun) / (usual * starts), 1.0, 20.0);
}

/// Looks, and says the most that was seen since the test has begun. Before something is measured, too:
/// the machine may be less busy afterwards.
inline double slowness() {
    const auto now = slowness_now();
    auto largest = largest_slowness.load();
    while (largest < now && !largest_slowness.compare_exchange_weak(largest, now)) {
    }
    return std::max(largest, now);
}

/// A limit that was set for that machine, for this one.
inline std::chrono::milliseconds at_this_pace(std::chrono::milliseconds limit) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(limit * slowness());
}

} // namespace tests
