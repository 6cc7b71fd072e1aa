#include "agent/steps/steps.hpp"
#include "base/log.hpp"

namespace agent::steps {

namespace log = base::log;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr auto pause_between_attempts = milliseconds(500);
/// How long containers may be without answers while an engine that is slow to start is waited for.
constexpr auto patience = seconds(5);

/// What follows from which engine it is, with which settings: either may be another at each return.
base::Async<Result<>> ask_engine(App& app) {
    CO_TRY(const auto info, co_await app.docker->info());
    app.engine->set_engine_info(info);
    app.host_reader->set_docker_root(info.root_dir);
    co_return Result<>();
}

base::Async<Result<>> restore_once(App& app) {
    CO_TRY(co_await app.docker->connect());
    CO_TRY(co_await ask_engine(app));
    co_return co_await app.engine->restore();
}

/// The state file has served: what it was with the tables of an earlier version is not needed any more.
base::Async<void> forget_earlier_state(App& app) {
    auto remove = [path = app.loaded.config.data_dir + '/' + std::string(state::file_name)] {
        return state::remove_kept_copies(path);
    };
    const auto removed = co_await base::offload(app.workers, std::move(remove));
    if (!removed)
        log::warn("cannot remove the state file of an earlier version, ignoring",
                  {log::why(removed.error())});
    else if (*removed > 0)
        log::info("the state file of an earlier version is removed; this one's has served");
}

/// Waits for the engine, puts the tasks of an earlier run into the World, and only then lets the
/// observer look: it would take their containers for undeclared ones.
base::Async<void> bring_up(App& app) {
    const auto stop = co_await base::stop_token();
    std::string reported;
    while (!stop.requested()) {
        auto outcome = co_await restore_once(app);
        if (outcome)
            break;
        if (outcome.error().what() != reported)
            log::warn("waiting for the docker engine", {log::why(outcome.error())});
        reported = outcome.error().what();
        co_await base::sleep_for(pause_between_attempts);
    }
    app.restored = true;
    app.progress.notify_all();
    app.tasks.spawn("earlier state", forget_earlier_state(app));
    app.observer->on_return([&app] { return ask_engine(app); });
    co_await app.observer->run();
}

} // namespace

base::Async<Result<>> restore_tasks(App& app) {
    app.tasks.spawn("observer", bring_up(app));
    const auto end = steady_clock::now() + patience;
    while (!app.restored && steady_clock::now() < end)
        co_await app.progress.wait_for(end - steady_clock::now());
    while (!app.observer->connected() && steady_clock::now() < end)
        co_await app.observer->connection_changed().wait_for(end - steady_clock::now());
    if (!app.observer->connected())
        log::warn("the docker engine does not answer yet; serving what is known");
    co_return Result<>();
}

} // namespace agent::steps
