#pragma once
// Runs the daemon from its first stage to its last, on the calling thread.

#include "agent/config/command_line.hpp"
#include "agent/config/load.hpp"
#include "agent/daemon/reload.hpp"

namespace agent::daemon {

/// Until SIGTERM or SIGINT (ok), or until a stage fails (its exit code). Containers, bridge, table,
/// veths and leases are left in place.
config::ExitCode run_daemon(config::Loaded loaded, Reload load);

} // namespace agent::daemon
