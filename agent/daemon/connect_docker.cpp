#include "agent/daemon/stages.hpp"
#include "base/log.hpp"
#include "model/names.hpp"

#include <utility>

namespace agent::daemon {

namespace log = base::log;
using base::Result;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// How long containers may be without answers while an engine that is slow to start is waited for.
constexpr auto patience = seconds(5);
/// Until an engine that did not list its volumes is asked for them again.
constexpr auto driver_pause = seconds(5);

/// An engine has a volume driver once it has looked for it, which it does when it is asked for its volumes, and
/// until it ends. Swarm places tasks by what engines have. Asked until it answers.
base::Async<void> have_driver_found(App& app) {
    const auto stop = co_await base::stop_token();
    bool told = false;
    while (!stop.requested()) {
        std::vector<std::string> labels{std::string(model::own_label) + "=volume"};
        const auto listed = co_await app.docker.client->list_volumes(std::move(labels));
        if (listed || stop.requested())
            break;
        if (!std::exchange(told, true))
            log::warn(
                "the engine may not have found the driver of the agent's volumes; Swarm places no "
                "task with one here until it has, as after docker volume ls; asking again",
                {log::why(listed.error())});
        co_await base::sleep_for(driver_pause);
    }
    app.doors.seeks_driver = false;
}

/// What follows from which engine it is, with which settings: either may be another at each return.
base::Async<Result<>> ask_engine(App& app) {
    CO_TRY(const auto info, co_await app.docker.client->info());
    app.tasks.supervisor->set_engine_info(info);
    app.doors.registrar->set_selinux(info.selinux());
    app.host.reader->set_docker_root(info.root_dir);
    if (app.doors.nri)
        app.doors.nri->look_again();
    // Beside the rest: the engine asks its other drivers, too.
    if (app.doors.serves_volumes && !std::exchange(app.doors.seeks_driver, true))
        app.work.spawn("the driver of volumes", have_driver_found(app));
    co_return Result<>();
}

/// The state file has served: what it was with the tables of an earlier version is not needed any more.
base::Async<void> forget_earlier_state(App& app) {
    auto remove = [path = app.loaded.config.data_dir + '/' + std::string(state::file_name)] {
        return state::remove_kept_copies(path);
    };
    const auto removed = co_await base::offload(app.pools.files, std::move(remove));
    if (!removed)
        log::warn("cannot remove the state file of an earlier version, ignoring",
                  {log::why(removed.error())});
    else if (*removed > 0)
        log::info("the state file of an earlier version is removed; this one's has served");
}

/// Puts the tasks of an earlier run into the World. The observer has not looked by then: it would take
/// their containers for undeclared ones.
base::Async<Result<>> restore_earlier_tasks(App& app) {
    CO_TRY(co_await app.tasks.supervisor->restore());
    app.restored = true;
    app.progress.notify_all();
    app.work.spawn("earlier state", forget_earlier_state(app));
    co_return Result<>();
}

} // namespace

base::Async<Result<>> connect_docker(App& app) {
    app.docker.observer->on_return([&app] { return ask_engine(app); });
    if (app.loaded.config.nri != config::Switch::off)
        app.docker.observer->on_reload([&app] {
            if (app.doors.nri)
                app.doors.nri->reload();
        });
    app.docker.observer->before_first_look([&app] { return restore_earlier_tasks(app); });
    app.work.spawn("observer", app.docker.observer->run());
    const auto end = steady_clock::now() + patience;
    while (!app.restored && steady_clock::now() < end)
        co_await app.progress.wait_for(end - steady_clock::now());
    while (!app.docker.observer->connected() && steady_clock::now() < end)
        co_await app.docker.observer->connection_changed().wait_for(end - steady_clock::now());
    if (!app.docker.observer->connected())
        log::warn("the docker engine does not answer yet; serving what is known");
    co_return Result<>();
}

} // namespace agent::daemon
