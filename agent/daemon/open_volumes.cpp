#include "agent/daemon/stages.hpp"
#include "agent/doors/volumes/engine_record.hpp"
#include "base/log.hpp"

#include <unistd.h>

namespace agent::daemon {

namespace log = base::log;
using base::Result;

namespace {

/// An answer that is under way takes a write to the disk.
constexpr auto longest_answer = std::chrono::seconds(1);

bool is_plugin_wanted(const config::Config& config, bool handed_over) {
    if (config.volume_plugin == config::Switch::off && handed_over)
        log::warn("the service manager holds the socket of a volume plugin that serves nothing, "
                  "since volume_plugin is false; disable its socket unit",
                  {{"socket", config.volume_plugin_socket}});
    if (config.volume_plugin == config::Switch::automatic)
        return handed_over;
    return config.volume_plugin == config::Switch::on;
}

doors::volumes::Volumes::RemoveInEngine remover_of(App& app, bool is_wanted) {
    // An engine that is told of no driver cannot remove what is the driver's.
    if (!is_wanted)
        return [](std::string /*name*/) -> base::Async<Result<bool>> { co_return false; };
    return [&app](std::string name) {
        return doors::volumes::remove_in_engine(*app.docker.client, std::move(name));
    };
}

} // namespace

/// The engine may be waiting for it since before we came, and does not answer us until it has its volumes.
base::Async<Result<>> open_volumes(App& app) {
    const auto& config = app.loaded.config;
    const doors::sockets::Place place{config.volume_plugin_socket, "root"};
    const auto environment = config::process_environment();
    const int own_pid = static_cast<int>(::getpid());
    const bool handed_over = doors::sockets::is_handed_over(place, environment, own_pid);
    const bool is_wanted = is_plugin_wanted(config, handed_over);
    if (!is_wanted && !handed_over)
        co_return Result<>();
    auto open = [place, environment, own_pid] {
        return doors::sockets::open_listener(place, environment, own_pid);
    };
    auto listener = co_await base::offload(app.pools.files, std::move(open));
    if (!listener) {
        // Tasks and answers do not depend on it.
        log::error("no volumes are served to the engine", {log::why(listener.error())});
        app.serving.health.add("volume_plugin", [why = listener.error().what()] { return why; });
        co_return Result<>();
    }
    auto& parts = app.doors;
    auto& volumes =
        parts.volumes.emplace(app.loop, *app.world, *app.tasks.metadata_files, config.data_dir);
    CO_TRY(co_await volumes.load());
    auto& plugin = parts.plugin.emplace(volumes, is_wanted);
    auto& server = parts.volume_server.emplace(app.loop, plugin);
    std::function<bool()> all_are_seen = [&app] { return app.docker.observer->connected(); };
    auto remove_in_engine = remover_of(app, is_wanted);
    app.work.spawn("volumes that have ended",
                   volumes.sweep(std::move(all_are_seen), std::move(remove_in_engine)));
    parts.serves_volumes = is_wanted;
    if (is_wanted)
        log::info("serving volumes to the engine", {{"socket", place.path}});
    co_return server.listen(std::move(*listener));
}

base::Async<void> close_volumes(App& app) {
    if (app.doors.volume_server)
        co_await app.doors.volume_server->stop(longest_answer);
}

} // namespace agent::daemon
