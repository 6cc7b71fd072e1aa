#include "agent/host/kernel_clock.hpp"

#include <sys/timex.h>

namespace agent::host {

base::Result<model::ClockDrift> read_kernel_clock() {
    timex kernel{};
    const auto state = ::adjtimex(&kernel);
    if (state < 0)
        return base::from_errno("ask the kernel for its clock's error");
    return drift_of(kernel, state, base::now());
}

model::ClockDrift drift_of(const timex& kernel, int state, base::Time asked_at) {
    constexpr double microseconds_per_millisecond = 1000;
    model::ClockDrift drift;
    drift.error_bound_ms = static_cast<double>(kernel.maxerror) / microseconds_per_millisecond;
    drift.synchronized = state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
    if (drift.synchronized)
        drift.reference = asked_at;
    return drift;
}

} // namespace agent::host
