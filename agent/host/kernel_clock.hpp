#pragma once
// What the kernel was last told about the error of its clock, by whatever disciplines it.

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/host_readings.hpp"

struct timex;

namespace agent::host {

/// Asks by adjtimex(2); changes nothing, does not block. io where the kernel refuses.
base::Result<model::ClockDrift> read_kernel_clock();

/// `state` is what adjtimex returned. The kernel keeps no moment of comparison: while it counts as
/// synchronised, its bound holds for the moment of asking. Pure.
model::ClockDrift drift_of(const timex& kernel, int state, base::Time asked_at);

} // namespace agent::host
