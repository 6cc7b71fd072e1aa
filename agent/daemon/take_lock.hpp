#pragma once
// The machine-wide lock: one endpoint address per host, so one agent (and one teardown) at a time.

#include "base/error.hpp"
#include "base/fd_linux.hpp"

namespace agent::daemon {

/// Holds the lock until the descriptor is closed, or the process ends in whatever way. It is the
/// abstract Unix socket `ecs-node-agent`, which exists once in a network namespace, as the endpoint
/// address does. conflict, naming the process that has it, when another agent runs.
base::Result<base::Fd> lock_host();

} // namespace agent::daemon
