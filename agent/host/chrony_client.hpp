#pragma once
// Asks the chronyd of this host, if there is one. Loop thread.

#include "base/async.hpp"
#include "base/error.hpp"
#include "model/host_readings.hpp"

#include <chrono>
#include <cstdint>

namespace agent::host {

/// Asks at 127.0.0.1 and this UDP port. unavailable: nobody is there; timeout; protocol: what
/// answers is no chronyd of ours, or does not want to say; cancelled; io.
base::Async<base::Result<model::ClockDrift>> ask_chrony(std::uint16_t port,
                                                        std::chrono::milliseconds limit);

} // namespace agent::host
