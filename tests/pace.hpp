#pragma once
// How fast the machine is just now. The limits of time that tests set were written on a machine
// that starts a program within 0.6 ms; that of CI takes five times as long, and has other tests
// beside.

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>

namespace tests {

/// What starting a program takes now, as a multiple of that: 1 at least, 20 at most.
inline double slowness() {
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

/// A limit that was set for that machine, for this one.
inline std::chrono::milliseconds at_this_pace(std::chrono::milliseconds limit) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(limit * slowness());
}

} // namespace tests
