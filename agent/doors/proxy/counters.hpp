#pragma once
// What the proxy has done since it was made: for health and metrics. A value. Loop thread.

#include "agent/doors/proxy/completer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace agent::doors::proxy {

struct Counters {
    std::size_t connections = 0;   ///< now
    std::uint64_t accepted = 0;    ///< connections
    std::uint64_t requests = 0;    ///< that reached the engine, as far as they could be told apart
    std::uint64_t completed = 0;   ///< creates
    std::uint64_t engine_away = 0; ///< connections that could not be made
    std::uint64_t crowded = 0;     ///< clients that were sent away
    std::uint64_t not_understood =
        0; ///< connections passed unread from a head that could not be read
    std::array<std::uint64_t, count_of_untouched> untouched{}; ///< creates, by Untouched

    std::uint64_t& of(Untouched reason) { return untouched[static_cast<std::size_t>(reason)]; }
    std::uint64_t of(Untouched reason) const { return untouched[static_cast<std::size_t>(reason)]; }
};

} // namespace agent::doors::proxy
