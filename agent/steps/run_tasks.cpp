#include "agent/steps/steps.hpp"
#include "base/log.hpp"

namespace agent::steps {

namespace {

/// The folder is acted on only when what runs already is known.
base::Async<void> run_engine(App& app) {
    while (!app.restored && !co_await base::is_cancelled())
        co_await app.progress.wait_for(std::chrono::seconds(60));
    while (!app.observer->connected() && !co_await base::is_cancelled())
        co_await app.observer->connection_changed().wait_for(std::chrono::seconds(60));
    co_await app.engine->run();
}

} // namespace

base::Async<base::Result<>> run_tasks(App& app) {
    const auto limit = app.loaded.config.loop_watchdog;
    if (limit > limit.zero())
        app.watchdog.emplace(app.loop, limit);
    app.tasks.spawn("engine", run_engine(app));
    co_return base::Result<>();
}

} // namespace agent::steps
