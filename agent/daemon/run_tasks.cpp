#include "agent/daemon/stages.hpp"
#include "base/log.hpp"

namespace agent::daemon {

namespace {

/// The folder is acted on only when what runs already is known.
base::Async<void> run_engine(App& app) {
    const auto stop = co_await base::stop_token();
    while (!app.restored || !app.docker.observer->connected()) {
        if (stop.requested())
            co_return;
        auto& next = app.restored ? app.docker.observer->connection_changed() : app.progress;
        co_await next.wait_for(std::chrono::seconds(60));
    }
    if (app.docker.image_cleaner)
        app.work.spawn("image cleaner", app.docker.image_cleaner->run());
    co_await app.tasks.supervisor->run();
}

} // namespace

base::Async<base::Result<>> run_tasks(App& app) {
    app.work.spawn("engine", run_engine(app));
    co_return base::Result<>();
}

} // namespace agent::daemon
