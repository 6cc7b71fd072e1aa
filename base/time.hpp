#pragma once
// Points in time as Docker and the ECS contract write them: UTC, nanoseconds, RFC 3339.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

Time now();

/// "2024-01-02T03:04:05.6789Z": up to nine fractional digits, trailing zeros removed, no fraction
/// when it is zero (http-contract 1.5).
std::string to_rfc3339(Time time);

/// Reads RFC 3339 with any offset. Nothing for malformed text and for Docker's
/// "0001-01-01T00:00:00Z", which means "not yet".
std::optional<Time> parse_rfc3339(std::string_view text);

} // namespace base
