#pragma once
// What SIGHUP asks for. The files are read by workers: one that does not answer (a hung file system)
// delays the reload and nothing else.

#include "agent/config/load.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <functional>

namespace agent::daemon {

struct App;

/// Loads the configuration anew. Blocks; runs on a worker.
using Reload = std::function<base::Result<config::Loaded>()>;

/// What can be changed while containers run: the log level, the credentials file, the host file, and
/// the tasks folder is read again. What is wrong changes nothing, and is logged.
base::Async<void> reload(App& app, Reload load);

} // namespace agent::daemon
