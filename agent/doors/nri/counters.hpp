#pragma once
// What has become of the containers that the engine has asked about, and of the connection to it: for
// health and metrics. A value. Loop thread.

#include "agent/doors/nri/completer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace agent::doors::nri {

/// Whether the engine asks.
enum class LinkState {
    absent,     ///< there is no socket, or nobody has looked yet
    connecting, ///< it is there, and the engine does not ask yet, or not again
    registered,
};

/// As health and metrics name it: "absent".
std::string_view to_string(LinkState state);

struct Counters {
    LinkState state = LinkState::absent;
    std::uint64_t registered = 0; ///< how often
    std::uint64_t lost = 0;       ///< connections, whoever ended them
    std::uint64_t completed = 0;  ///< creates
    std::uint64_t missed = 0; ///< containers that have come while the engine did not ask, as far as
                              ///< they are there at the next registration
    std::array<std::uint64_t, count_of_passed> passed{}; ///< creates, by Passed

    std::uint64_t& of(Passed reason) { return passed[static_cast<std::size_t>(reason)]; }
    std::uint64_t of(Passed reason) const { return passed[static_cast<std::size_t>(reason)]; }
};

} // namespace agent::doors::nri
