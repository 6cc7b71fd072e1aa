#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/steps.hpp"
#include "agent/docker/endpoint.hpp"
#include "base/log.hpp"

namespace agent::daemon {

namespace log = base::log;
using base::Result;
using std::chrono::duration_cast;
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

tasks::Settings engine_settings(const config::Config& config) {
    tasks::Settings settings;
    settings.tasks_directory = config.tasks_dir;
    settings.awsvpc_network = config.awsvpc_network;
    if (config.awsvpc_subnet)
        settings.awsvpc_subnet = config::to_string(*config.awsvpc_subnet);
    settings.task_tags = config.task_tags;
    settings.stop_grace = std::chrono::ceil<seconds>(config.container_stop_timeout);
    settings.cleanup_wait = duration_cast<std::chrono::milliseconds>(config.task_cleanup_wait);
    settings.pull_failure_ends_task = config.image_pull_behavior == config::PullBehavior::always ||
                                      config.image_pull_behavior == config::PullBehavior::once;
    settings.pull_upfront = config.pull_dependent_containers_upfront;
    if (config.dynamic_host_port_range)
        settings.dynamic_host_ports = {config.dynamic_host_port_range->first,
                                       config.dynamic_host_port_range->last};
    settings.enforce_limits = config.task_limits != config::Switch::off;
    settings.cgroup_for_every_task = config.task_limits == config::Switch::on;
    settings.cgroup_path = config.cgroup_path;
    settings.cgroup_cpu_period = duration_cast<std::chrono::microseconds>(config.cgroup_cpu_period);
    settings.enable_metadata = config.enable_container_metadata;
    settings.roles = {config.enable_task_iam_role, config.enable_task_iam_role_network_host,
                      config.enable_awslogs_execution_role_override,
                      config.credentials_authorization};
    return settings;
}

/// Keeps an observed container's endpoint id; losing one only means that it gets another.
base::Async<void> keep_endpoint_id(App& app, std::string docker_id, std::string endpoint_id) {
    auto keep = [&store = *app.store, docker_id, endpoint_id] {
        return endpoint_id.empty() ? store.remove_endpoint_ids({docker_id})
                                   : store.put_endpoint_id(docker_id, endpoint_id);
    };
    const auto kept = co_await app.disk.run(std::move(keep));
    if (!kept)
        log::error("cannot store a container's endpoint id",
                   {{"container", docker_id}, log::why(kept.error())});
}

/// For ECS_IMAGE_PULL_BEHAVIOR=once. What cannot be told counts as not pulled.
base::Async<bool> pulled_before(App& app, std::string reference) {
    auto ask = [&store = *app.store, reference] { return store.is_pulled(reference); };
    const auto pulled = co_await app.disk.read(std::move(ask));
    if (!pulled)
        log::warn("cannot tell whether an image was pulled before",
                  {{"image", reference}, log::why(pulled.error())});
    co_return pulled&&* pulled;
}

base::Async<void> record_pull(App& app, std::string reference) {
    auto record = [&store = *app.store, reference] { return store.record_pull(reference); };
    const auto recorded = co_await app.disk.run(std::move(record));
    if (!recorded)
        log::warn("cannot record that an image was pulled",
                  {{"image", reference}, log::why(recorded.error())});
}

image::PullerSettings puller_settings(App& app) {
    image::PullerSettings settings;
    settings.behavior = app.loaded.config.image_pull_behavior;
    settings.pulled_before = [&app](std::string reference) {
        return pulled_before(app, std::move(reference));
    };
    settings.record_pull = [&app](std::string reference) {
        return record_pull(app, std::move(reference));
    };
    return settings;
}

base::Async<Result<observer::ObserverSettings>> observer_settings(App& app) {
    observer::ObserverSettings settings;
    auto load = [&store = *app.store] { return store.endpoint_ids(); };
    CO_TRY(settings.endpoint_ids, co_await app.disk.read(std::move(load)));
    settings.on_endpoint_id = [&app](const std::string& docker_id, const std::string& endpoint_id) {
        app.tasks.spawn("endpoint id", keep_endpoint_id(app, docker_id, endpoint_id));
    };
    co_return settings;
}

} // namespace

base::Async<Result<>> connect_docker(App& app) {
    const auto& config = app.loaded.config;
    CO_TRY(const auto endpoint, docker::parse_endpoint(config.docker_host));
    CO_TRY(const auto options, client_options(config));
    CO_TRY(auto observer_options, co_await observer_settings(app));
    const auto guard = guard_settings(config);
    app.docker = docker::make_client(app.loop, endpoint, options);
    app.networks.emplace(app.leases->pool().subnet());
    app.observer.emplace(app.loop, *app.docker, *app.world, *app.networks,
                         std::move(observer_options));
    auto& pools = app.pools;
    app.host_reader.emplace(app.loop, pools.docker_disk, *app.world);
    app.sampler.emplace(app.loop, pools.kernel, *app.docker, *app.world, stats::Host::this_one());
    addresses::LinkLocalSettings link_local{guard.bridge.name, guard.bridge.endpoint,
                                         config.awsvpc_block_imds};
    app.link_local.emplace(app.disk, pools.network, *app.leases, std::move(link_local));
    app.metadata_files.emplace(app.loop, pools.files, *app.world, config.data_dir);
    app.image_probe.emplace(app.loop, *app.docker);
    // More at once would only wait for each other in Docker.
    app.start_slots.emplace(app.loop, 16);
    app.pause_turn.emplace(app.loop, 1);
    CO_TRY(auto credentials, image::credential_settings(config, config::process_environment()));
    app.registry_credentials.emplace(pools.login_files, pools.login_helpers,
                                     std::move(credentials));
    app.image_puller.emplace(app.loop, *app.docker, *app.registry_credentials,
                             puller_settings(app));
    const tasks::Workers workers{pools.tasks_folder, pools.environment_files, pools.network,
                                  pools.cgroups, pools.cgroup_removal};
    tasks::Services services{app.loop,
                              workers,
                              *app.docker,
                              *app.observer,
                              *app.world,
                              *app.link_local,
                              *app.metadata_files,
                              *app.image_probe,
                              *app.image_puller,
                              *app.store,
                              app.disk,
                              *app.start_slots,
                              *app.pause_turn,
                              nullptr,
                              engine_settings(config)};
    services.is_role_provided = [&app](std::string_view role) {
        return app.broker && app.broker->hands_out(role);
    };
    app.engine.emplace(std::move(services));
    co_return Result<>();
}

base::Async<void> stop_tasks(App& app) {
    app.tasks.cancel();
    const bool ended = co_await app.tasks.wait(seconds(10));
    if (!ended)
        log::warn("some work did not end within 10 s, leaving it");
    if (app.image_probe)
        co_await app.image_probe->end(std::chrono::milliseconds(500));
    if (app.metadata_files)
        co_await app.metadata_files->drain(seconds(5));
}

} // namespace agent::daemon
