#pragma once
// What chronyd 4.3 answered, as it came over the wire, and what its own client made of the same.

#include <cstdint>
#include <vector>

namespace agent::host {

/// The number of the question that all of them answer.
inline constexpr std::uint32_t recorded_sequence = 0x01020304;

/// Synchronised at 2026-11-23T03:34:48.539556684Z; 2.97 µs off, root delay 8.882 µs, root dispersion
/// 1.28 µs.
std::vector<std::uint8_t> synchronised_answer();
/// Nothing to compare with yet.
std::vector<std::uint8_t> unsynchronised_answer();
/// A question of version 5; status 18.
std::vector<std::uint8_t> version_refused();
/// A question that this client may not ask; status 2.
std::vector<std::uint8_t> not_allowed();

} // namespace agent::host
