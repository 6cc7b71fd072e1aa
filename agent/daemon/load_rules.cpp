#include "agent/daemon/stages.hpp"
#include "agent/doors/host.hpp"

namespace agent::daemon {

/// What this host says of containers that no task definition declares, and who acts on it.
base::Async<base::Result<>> load_rules(App& app) {
    auto read = [&loaded = app.loaded] { return doors::read_host_file(loaded); };
    CO_TRY(auto rules, co_await base::offload(app.pools.key_files, std::move(read)));
    auto host = doors::host_of(app.loaded.config, std::move(rules));
    app.doors.registrar.emplace(app.loop, *app.world, *app.tasks.metadata_files, std::move(host),
                                app.docker.observer->given());
    co_return base::Result<>();
}

} // namespace agent::daemon
