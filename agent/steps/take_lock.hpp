#pragma once
// The machine-wide lock: one endpoint address per host, so one agent (and one teardown) at a time.

#include "base/error.hpp"
#include "base/fd.hpp"

#include <string>

namespace agent::steps {

/// Holds `<run_dir>/agent.lock` until the descriptor is closed. conflict, naming the process that has
/// it, when another agent runs.
base::Result<base::Fd> lock_host(const std::string& run_dir);

} // namespace agent::steps
