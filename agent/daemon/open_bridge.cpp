#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/stages.hpp"

namespace agent::daemon {

base::Async<base::Result<>> open_bridge(App& app) {
    app.host.guard.emplace(app.loop, app.pools.network, guard_settings(app.loaded.config));
    CO_TRY(co_await app.host.guard->ensure());
    app.work.spawn("endpoint guard", app.host.guard->run());
    co_return base::Result<>();
}

} // namespace agent::daemon
