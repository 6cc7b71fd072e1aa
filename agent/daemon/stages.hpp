#pragma once
// The daemon's life: an ordered list of stages up, and the same list backwards down, always run
// whole.

#include "agent/config/command_line.hpp"
#include "agent/daemon/app.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace agent::daemon {

struct Stage {
    std::string_view name;
    base::Async<base::Result<>> (*up)(App&);
    base::Async<void> (*down)(
        App&);                   ///< may be null; is called only when `up` was, also if it failed
    config::ExitCode on_failure; ///< how the process ends when `up` fails
    /// The same where it is unsupported; nothing: no other.
    std::optional<config::ExitCode> on_unsupported = {};
};

std::span<const Stage> daemon_stages();

/// How the process ends when this stage has failed so.
config::ExitCode exit_code_of(const Stage& stage, const base::Error& failure);

// One file each, in order.
base::Async<base::Result<>> take_lock(App& app);
base::Async<base::Result<>> check_host(App& app);
base::Async<base::Result<>> open_state(App& app);
base::Async<base::Result<>> identify_host(App& app);
base::Async<base::Result<>> open_bridge(App& app);
base::Async<base::Result<>> open_docker(App& app);
base::Async<base::Result<>> prepare_tasks(App& app);
base::Async<base::Result<>> load_credentials(App& app);
base::Async<base::Result<>> load_rules(App& app);
base::Async<base::Result<>> open_volumes(App& app);
base::Async<base::Result<>> connect_docker(App& app);
base::Async<base::Result<>> start_servers(App& app);
base::Async<base::Result<>> open_doors(App& app);
base::Async<base::Result<>> run_tasks(App& app);
base::Async<base::Result<>> notify_ready(App& app);

base::Async<void> notify_stopping(App& app);
base::Async<void> stop_servers(App& app);
base::Async<void> close_doors(App& app);
base::Async<void> close_volumes(App& app);
base::Async<void> stop_tasks(App& app);

} // namespace agent::daemon
