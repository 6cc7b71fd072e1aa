#pragma once
// The one question that is put to chronyd, how far the clock may be off ("tracking"), in version 6
// of its command protocol: packets of fixed length, numbers in network order. Pure functions.

#include "base/error.hpp"
#include "model/host_readings.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace agent::host {

/// Of the question as of the answer: chronyd answers nothing that is longer than what it was asked.
inline constexpr std::size_t tracking_bytes = 104;

using TrackingRequest = std::array<std::uint8_t, tracking_bytes>;

/// `sequence` comes back in the answer.
TrackingRequest tracking_request(std::uint32_t sequence);

/// The clock may be off by what is still to be corrected, the dispersion from the reference's root,
/// and half of the way there. protocol: no answer to that question, of another version, or a refusal.
base::Result<model::ClockDrift> read_tracking(std::span<const std::uint8_t> packet,
                                              std::uint32_t sequence);

} // namespace agent::host
