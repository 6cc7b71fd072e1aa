#pragma once
// Waiting for what another process brings about.

#include <chrono>
#include <thread>

namespace integration {

/// Asks until it is so or the time is up; what it was at last.
template <class Predicate>
bool eventually(std::chrono::milliseconds limit, Predicate is_so) {
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        if (is_so())
            return true;
        if (std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

/// The opposite: that something stays so for this long.
template <class Predicate>
bool all_the_time(std::chrono::milliseconds how_long, Predicate is_so) {
    return !eventually(how_long, [&] { return !is_so(); });
}

} // namespace integration
