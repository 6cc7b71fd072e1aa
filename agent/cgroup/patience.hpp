#pragma once
// Trying again while something is in use, for a bounded time.

#include "base/error.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace agent::cgroup {

/// Calls `attempt` (a Result<>) until it answers something else than conflict or the time is up;
/// its last answer. Blocks.
template <class Attempt>
base::Result<> while_in_use(std::chrono::milliseconds patience, Attempt attempt) {
    using std::chrono::milliseconds;
    const auto end = std::chrono::steady_clock::now() + patience;
    for (milliseconds pause(5);; pause = std::min(pause * 2, milliseconds(100))) {
        auto outcome = attempt();
        const bool in_use = !outcome && outcome.error().code() == base::Errc::conflict;
        if (!in_use || std::chrono::steady_clock::now() + pause > end)
            return outcome;
        std::this_thread::sleep_for(pause);
    }
}

} // namespace agent::cgroup
