#include "agent/daemon/stages.hpp"
#include "agent/docker/docker_host.hpp"
#include "base/log.hpp"

#include <unistd.h>

namespace agent::daemon {

namespace log = base::log;
using base::Result;
using std::chrono::seconds;

namespace {

/// What is under way through the socket when the agent ends.
constexpr auto drain = seconds(2);

std::vector<std::pair<std::string, std::uint64_t>> list(const doors::proxy::Counters& counters) {
    std::vector<std::pair<std::string, std::uint64_t>> counts{
        {"connections", counters.connections},
        {"accepted", counters.accepted},
        {"requests", counters.requests},
        {"completed", counters.completed},
        {"engine_away", counters.engine_away},
        {"crowded", counters.crowded},
        {"not_understood", counters.not_understood}};
    for (std::size_t reason = 0; reason < doors::proxy::count_of_untouched; ++reason)
        counts.emplace_back(to_string(static_cast<doors::proxy::Untouched>(reason)),
                            counters.untouched[reason]);
    return counts;
}

std::vector<std::pair<std::string, std::uint64_t>> list(const doors::nri::Counters& counters) {
    std::vector<std::pair<std::string, std::uint64_t>> counts{{"registered", counters.registered},
                                                              {"lost", counters.lost},
                                                              {"completed", counters.completed},
                                                              {"missed", counters.missed}};
    for (std::size_t reason = 0; reason < doors::nri::count_of_passed; ++reason)
        counts.emplace_back(to_string(static_cast<doors::nri::Passed>(reason)),
                            counters.passed[reason]);
    return counts;
}

bool is_wanted(const config::Config& config, bool handed_over) {
    if (config.docker_proxy == config::Switch::off && handed_over)
        log::warn("the service manager holds a Docker API socket that nobody serves, since "
                  "docker_proxy is false; disable its socket unit",
                  {{"socket", config.docker_proxy_socket}});
    if (config.docker_proxy == config::Switch::automatic)
        return handed_over;
    return config.docker_proxy == config::Switch::on;
}

/// Once all containers were looked at: what those that are gone have left.
base::Async<void> collect_leftovers(App& app) {
    const auto stop = co_await base::stop_token();
    auto& observer = *app.docker.observer;
    while (!stop.requested() && !observer.connected())
        co_await observer.connection_changed().wait_for(seconds(60));
    if (!stop.requested())
        co_await app.doors.registrar->collect();
}

/// The engine's own: it is registered with whenever the engine has it.
void open_nri(App& app) {
    const auto& config = app.loaded.config;
    if (config.nri == config::Switch::off)
        return;
    auto& doors = app.doors;
    auto& images = doors.nri_images.emplace(app.loop, *app.docker.client);
    auto& completer = doors.nri_completer.emplace(
        *doors.registrar, *app.world, images, [&app] { return app.docker.observer->connected(); });
    doors::nri::Settings settings;
    settings.socket_path = config.nri_socket;
    auto& link = doors.nri.emplace(app.loop, app.pools.files, std::move(settings), completer);
    const bool is_required = config.nri == config::Switch::on;
    app.serving.health.add("nri", [&link, is_required]() -> std::string {
        if (is_required && link.counters().state == doors::nri::LinkState::absent)
            return "the engine has no NRI socket";
        return link.trouble();
    });
    app.serving.health.add_counts("nri", [&link] { return list(link.counters()); });
    app.work.spawn("NRI", link.run());
}

base::Async<Result<>> open_proxy(App& app) {
    const auto& config = app.loaded.config;
    CO_TRY(const auto engine, docker::parse_docker_host(config.docker_host));
    doors::proxy::Settings settings;
    settings.engine_path = engine.socket_path;
    const doors::sockets::Place place{config.docker_proxy_socket, "docker", engine.socket_path};
    const auto environment = config::process_environment();
    const int own_pid = static_cast<int>(::getpid());
    const bool handed_over = doors::sockets::is_handed_over(place, environment, own_pid);
    if (!is_wanted(config, handed_over))
        co_return Result<>();
    if (engine.socket_path.empty()) {
        log::warn("no Docker API socket is served: the engine is not at a Unix socket",
                  {{"docker_host", config.docker_host}});
        co_return Result<>();
    }
    // The group's name may be asked of another machine.
    auto open = [place, environment, own_pid] {
        return doors::sockets::open_listener(place, environment, own_pid);
    };
    auto listener = co_await base::offload(app.pools.files, std::move(open));
    if (!listener) {
        // Tasks and answers do not depend on it.
        log::error("no Docker API socket is served", {log::why(listener.error())});
        app.serving.health.add("docker_proxy", [why = listener.error().what()] { return why; });
        co_return Result<>();
    }
    doors::ServiceCompleter services(app.doors.key, app.doors.serves_volumes);
    auto& completer = app.doors.completer.emplace(*app.docker.client, *app.docker.observer,
                                                  *app.docker.image_probe, *app.doors.registrar,
                                                  std::move(services));
    auto& proxy = app.doors.proxy.emplace(app.loop, settings, completer);
    app.serving.health.add_counts("docker_socket", [&proxy] { return list(proxy.counters()); });
    log::info("serving Docker's API", {{"socket", place.path}});
    co_return proxy.listen(std::move(*listener));
}

} // namespace

base::Async<Result<>> open_doors(App& app) {
    app.work.spawn("leftovers of containers", collect_leftovers(app));
    app.work.spawn("containers that never came", app.doors.registrar->sweep());
    open_nri(app);
    co_return co_await open_proxy(app);
}

base::Async<void> close_doors(App& app) {
    if (app.doors.proxy)
        co_await app.doors.proxy->stop(drain);
    if (app.doors.nri)
        co_await app.doors.nri->stop();
    if (app.doors.nri_images)
        co_await app.doors.nri_images->stop();
    // What an image's answer begins belongs to what is cancelled next.
    if (app.doors.registrar)
        co_await app.doors.registrar->end_questions();
}

} // namespace agent::daemon
