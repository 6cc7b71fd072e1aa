#include "agent/daemon/host_file.hpp"

#include "agent/doors/host.hpp"
#include "base/log.hpp"

#include <memory>
#include <utility>

namespace agent::daemon {

using base::Async;
using base::Result;

Async<Result<rules::AcceptedHostFile>> read_host_file(App& app) {
    auto accept = [loaded = app.loaded] { return doors::accept_host_file(loaded); };
    auto accepted = co_await base::offload(app.pools.key_files, std::move(accept));
    if (accepted && accepted->copy_failure)
        base::log::warn("the host file cannot be kept for the next start",
                        {base::log::why(*accepted->copy_failure)});
    co_return accepted;
}

void set_host_file(App& app, const rules::HostFile& says) {
    auto& supervisor = *app.tasks.supervisor;
    supervisor.set_unsupported(says.unsupported);
    supervisor.set_stand_ins(std::make_shared<const stand_ins::StandIns>(says.stand_ins));
}

} // namespace agent::daemon
