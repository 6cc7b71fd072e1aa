#include "agent/daemon/stages.hpp"
#include "agent/docker/docker_host.hpp"
#include "base/log.hpp"

namespace agent::daemon {

namespace log = base::log;
using base::Result;
using std::chrono::seconds;

namespace {

Result<docker::ClientOptions> client_options(const config::Config& config) {
    docker::ClientOptions options;
    if (!config.docker_api_version.empty()) {
        TRY(options.pinned_api_version, docker::parse_api_version(config.docker_api_version));
    }
    // An engine that cannot list for so long is as good as away.
    options.deadlines.list = seconds(30);
    options.deadlines.network = seconds(30);
    options.deadlines.create = config.container_create_timeout;
    options.deadlines.start = config.container_start_timeout;
    options.deadlines.pull_total = config.image_pull_timeout;
    options.deadlines.pull_inactivity = config.image_pull_inactivity_timeout;
    return options;
}

/// Keeps what an observed container was given; losing it only means that it is given another.
base::Async<void> keep_given(App& app, std::string docker_id,
                             std::optional<observer::Given> given) {
    auto keep = [&store = *app.state.store, docker_id, given] {
        if (!given)
            return store.remove_observed_container(docker_id);
        return store.put(docker_id, *given);
    };
    const auto kept = co_await app.state.disk.run(std::move(keep));
    if (!kept)
        log::error("cannot store a container's endpoint id",
                   {{"container", docker_id}, log::why(kept.error())});
}

base::Async<Result<observer::ObserverSettings>> observer_settings(App& app) {
    observer::ObserverSettings settings;
    auto load = [&store = *app.state.store] { return store.observed_containers(); };
    CO_TRY(settings.given, co_await app.state.disk.read(std::move(load)));
    settings.on_given = [&app](const std::string& docker_id,
                               const std::optional<observer::Given>& given) {
        app.work.spawn("endpoint id", keep_given(app, docker_id, given));
        if (given)
            return;
        app.doors.registrar->forget(docker_id);
        app.doors.addresses->forget(docker_id);
    };
    settings.identify = [&app](const docker::ContainerInspect& inspect,
                               const observer::Given& before) {
        return app.doors.registrar->identify(inspect, before);
    };
    co_return settings;
}

} // namespace

/// Nothing is asked yet: that is connect_docker's.
base::Async<Result<>> open_docker(App& app) {
    const auto& config = app.loaded.config;
    CO_TRY(const auto address, docker::parse_docker_host(config.docker_host));
    CO_TRY(const auto options, client_options(config));
    CO_TRY(auto settings, co_await observer_settings(app));
    auto& engine = app.docker;
    engine.client = docker::make_client(http::make_transport(app.loop, address), options);
    engine.networks.emplace(app.state.leases->pool().subnet());
    engine.observer.emplace(app.loop, *engine.client, *app.world, *engine.networks,
                            std::move(settings));
    app.serving.callers.emplace(*app.world, *engine.observer, *engine.networks, app.loop);
    co_return Result<>();
}

} // namespace agent::daemon
