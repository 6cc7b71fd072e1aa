#pragma once
// Waiting for what another process brings about.

#include "tests/pace.hpp"

#include <chrono>
#include <thread>

namespace integration {

using tests::at_this_pace;

/// Asks until it is so or the moment has come; what it was at last.
template <class Predicate>
bool happens_before(std::chrono::steady_clock::time_point moment, Predicate is_so) {
    for (;;) {
        if (is_so())
            return true;
        if (std::chrono::steady_clock::now() >= moment)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

/// Asks until it is so or the time is up, which is longer where the machine turns out to be slow.
template <class Predicate>
bool eventually(std::chrono::milliseconds limit, Predicate is_so) {
    const auto begun = std::chrono::steady_clock::now();
    return happens_before(begun + limit, is_so) ||
           happens_before(begun + at_this_pace(limit), is_so);
}

/// The opposite: that something stays so for this long.
template <class Predicate>
bool all_the_time(std::chrono::milliseconds how_long, Predicate is_so) {
    return !happens_before(std::chrono::steady_clock::now() + how_long, [&] { return !is_so(); });
}

} // namespace integration
