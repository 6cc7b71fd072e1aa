#pragma once
// What this host says, read at the start and at every reload.

#include "agent/config/load.hpp"
#include "agent/daemon/app.hpp"
#include "agent/rules/accepted_host_file.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

namespace agent::daemon {

/// The errors of rules::accept_host_file(); a copy that cannot be kept is only told in the log.
base::Async<base::Result<rules::AcceptedHostFile>> read_host_file(App& app);

/// What it says of task definitions, to who runs them.
void set_host_file(App& app, const rules::HostFile& says);

} // namespace agent::daemon
