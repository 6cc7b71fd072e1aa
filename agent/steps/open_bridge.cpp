#include "agent/steps/network_settings.hpp"
#include "agent/steps/steps.hpp"

namespace agent::steps {

base::Async<base::Result<>> open_bridge(App& app) {
    app.guard.emplace(app.loop, app.pools.network, guard_settings(app.loaded.config));
    CO_TRY(co_await app.guard->ensure());
    app.tasks.spawn("endpoint guard", app.guard->run());
    co_return base::Result<>();
}

} // namespace agent::steps
