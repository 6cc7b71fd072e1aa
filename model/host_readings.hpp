#pragma once
// What is read off this host now and then, for the tasks that show it. Pure data.

#include "base/time.hpp"

#include <cstdint>
#include <optional>

namespace model {

/// How far this host's clock may be off (seed 001's ClockDrift).
struct ClockDrift {
    double error_bound_ms = 0;           ///< at most so far from UTC
    std::optional<base::Time> reference; ///< when it was last compared; absent: never
    bool synchronized = false;

    bool operator==(const ClockDrift&) const = default;
};

/// The disk that containers write to.
struct EphemeralStorage {
    std::int64_t utilized_mib = 0;
    std::int64_t reserved_mib = 0;

    bool operator==(const EphemeralStorage&) const = default;
};

struct HostReadings {
    std::optional<ClockDrift> clock;
    std::optional<EphemeralStorage> storage;

    bool operator==(const HostReadings&) const = default;
};

} // namespace model
