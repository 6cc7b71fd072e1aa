#pragma once
// Role: says when the loop did not come round for longer than a limit, that is, when something
//   blocks it. Off unless ECS_LOOP_WATCHDOG is set; the integration tests set it and fail on what it says.
// Threading: a thread of its own that asks the loop every few milliseconds how it is.
// Time in which one of our threads was ready to run, but without a CPU, is the machine's (or its
// hypervisor's) and not counted: the loop may wait for a lock that such a thread holds.

#include "base/async.hpp"

#include <chrono>
#include <memory>

namespace agent::host {

class LoopWatchdog {
public:
    /// To be made on the loop thread. Logs an error "loop stalled" for each stall: its `ms`, and what the
    /// loop's thread did since it came round before (its own and the kernel's milliseconds, page faults
    /// and those that went to a disk, how often it slept).
    LoopWatchdog(base::Executor loop, std::chrono::milliseconds limit);
    /// Ends the thread; on the loop thread.
    ~LoopWatchdog();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace agent::host
