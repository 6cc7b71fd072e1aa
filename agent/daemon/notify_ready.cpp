#include "agent/daemon/stages.hpp"
#include "base/log.hpp"

#include <unistd.h>

#include <algorithm>

namespace agent::daemon {

namespace log = base::log;
using base::Result;

namespace {

/// "3 tasks, 1 observed; engine: the docker engine does not answer".
std::string status_of(App& app) {
    const auto& tasks = app.world->tasks();
    const auto declared =
        std::ranges::count_if(tasks, [](const auto& entry) { return entry.second->declared; });
    const auto others = static_cast<std::ptrdiff_t>(tasks.size()) - declared;
    auto status = std::to_string(declared) + (declared == 1 ? " task" : " tasks");
    if (others > 0)
        status += ", " + std::to_string(others) + " observed";
    for (const auto& check : app.serving.health.report().checks)
        if (!check.healthy)
            status += "; " + check.name + ": " + check.detail;
    return status;
}

} // namespace

/// The servers answer by now. Ready is more: without the tasks of an earlier run their containers
/// would be told that they are nobody's.
base::Async<Result<>> notify_ready(App& app) {
    const auto manager =
        host::find_service_manager(config::process_environment(), static_cast<int>(::getpid()));
    if (!manager) {
        log::warn("the service manager is told nothing", {log::why(manager.error())});
        co_return Result<>();
    }
    if (*manager) {
        app.host.notifier.emplace(**manager);
        host::ServiceNotifier::StateSource state = [&app] {
            return host::ServiceNotifier::State{app.restored, status_of(app)};
        };
        app.work.spawn("service notifier", app.host.notifier->run(std::move(state)));
    }
    co_return Result<>();
}

base::Async<void> notify_stopping(App& app) {
    if (app.host.notifier)
        app.host.notifier->stopping();
    co_return;
}

} // namespace agent::daemon
