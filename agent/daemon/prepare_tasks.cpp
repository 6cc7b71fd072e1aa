#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/stages.hpp"
#include "base/log.hpp"

namespace agent::daemon {

namespace log = base::log;
using base::Result;
using std::chrono::duration_cast;
using std::chrono::seconds;

namespace {

tasks::Settings task_settings(const config::Config& config) {
    tasks::Settings settings;
    settings.tasks_directory = config.tasks_dir;
    settings.definitions = {config.region, config.account_id, {}};
    settings.awsvpc_network = config.awsvpc_network;
    if (config.awsvpc_subnet)
        settings.awsvpc_subnet = config::to_string(*config.awsvpc_subnet);
    settings.task_tags = config.task_tags;
    settings.stop_grace = std::chrono::ceil<seconds>(config.container_stop_timeout);
    settings.cleanup_wait = duration_cast<std::chrono::milliseconds>(config.task_cleanup_wait);
    settings.start_timeout = config.container_start_timeout;
    settings.pull_failure_ends_task = config.image_pull_behavior == config::PullBehavior::always ||
                                      config.image_pull_behavior == config::PullBehavior::once;
    settings.pull_upfront = config.pull_dependent_containers_upfront;
    if (config.dynamic_host_port_range)
        settings.dynamic_host_ports = {config.dynamic_host_port_range->first,
                                       config.dynamic_host_port_range->last};
    for (const auto port : config.reserved_ports)
        settings.reserved_ports.insert({definition::Protocol::tcp, port});
    for (const auto port : config.reserved_ports_udp)
        settings.reserved_ports.insert({definition::Protocol::udp, port});
    if (config.awsvpc_block_imds)
        settings.instance_metadata = addresses::InstanceMetadata::blocked;
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

/// For ECS_IMAGE_PULL_BEHAVIOR=once. What cannot be told counts as not pulled.
base::Async<bool> pulled_before(App& app, std::string reference) {
    auto ask = [&store = *app.state.store, reference] { return store.is_pulled(reference); };
    const auto pulled = co_await app.state.disk.read(std::move(ask));
    if (!pulled)
        log::warn("cannot tell whether an image was pulled before",
                  {{"image", reference}, log::why(pulled.error())});
    co_return pulled&&* pulled;
}

/// That it was pulled, and the image where it was brought here: only such are removed again.
base::Async<void> record_pull(App& app, image::Pulled pulled) {
    auto record = [&store = *app.state.store, pulled, now = base::now()]() -> Result<> {
        TRY(store.record_pull(pulled.reference));
        const state::BroughtImage image{pulled.image_id, pulled.reference, now, now};
        return pulled.brought ? store.put(image) : store.note_pull_again(image);
    };
    const auto recorded = co_await app.state.disk.run(std::move(record));
    if (!recorded)
        log::warn("cannot record that an image was pulled",
                  {{"image", pulled.reference}, log::why(recorded.error())});
}

image::PullerSettings puller_settings(App& app) {
    image::PullerSettings settings;
    settings.behavior = app.loaded.config.image_pull_behavior;
    settings.pulled_before = [&app](std::string reference) {
        return pulled_before(app, std::move(reference));
    };
    settings.record_pull = [&app](image::Pulled pulled) {
        return record_pull(app, std::move(pulled));
    };
    return settings;
}

image::CleanerSettings cleaner_settings(const config::Config& config) {
    image::CleanerSettings settings;
    settings.interval = config.image_cleanup_interval;
    settings.minimum_age = config.image_minimum_cleanup_age;
    settings.most_at_once = config.num_images_delete_per_cycle;
    settings.kept = {config.exclude_untracked_image.begin(), config.exclude_untracked_image.end()};
    return settings;
}

/// What is here is wanted again with prefer-cached: it stays, as with ECS's agent.
bool cleans_images(const config::Config& config) {
    return !config.disable_image_cleanup &&
           config.image_pull_behavior != config::PullBehavior::prefer_cached;
}

} // namespace

base::Async<Result<>> prepare_tasks(App& app) {
    const auto& config = app.loaded.config;
    const auto guard = guard_settings(config);
    auto& parts = app.tasks;
    auto& pools = app.pools;
    auto& docker = *app.docker.client;
    app.host.reader.emplace(app.loop, pools.docker_disk, *app.world);
    app.host.sampler.emplace(app.loop, pools.kernel, docker, *app.world, stats::Host::this_one());
    addresses::LinkLocalSettings link_local{guard.bridge.name, guard.bridge.endpoint};
    app.host.link_local.emplace(app.state.disk, pools.network, *app.state.leases,
                                std::move(link_local));
    parts.metadata_files.emplace(app.loop, pools.files, *app.world, config.data_dir);
    parts.secrets.emplace(pools.secret_files, pools.secret_programs, config::process_environment());
    app.docker.image_probe.emplace(app.loop, docker);
    // More at once would only wait for each other in Docker.
    parts.start_slots.emplace(app.loop, 16);
    parts.pause_turn.emplace(app.loop, 1);
    CO_TRY(auto logins, image::credential_settings(config, config::process_environment()));
    app.docker.logins.emplace(pools.login_files, pools.login_helpers, std::move(logins));
    app.docker.image_puller.emplace(app.loop, docker, *app.docker.logins, puller_settings(app));
    if (cleans_images(config))
        app.docker.image_cleaner.emplace(docker, *app.world, *app.docker.image_puller,
                                         *app.state.store, app.state.disk,
                                         cleaner_settings(config));
    const tasks::Workers workers{pools.tasks_folder, pools.environment_files, pools.network,
                                 pools.cgroups, pools.cgroup_removal};
    tasks::Services services{app.loop,
                             workers,
                             docker,
                             *app.docker.observer,
                             *app.world,
                             *app.host.link_local,
                             *parts.metadata_files,
                             *app.docker.image_probe,
                             *app.docker.image_puller,
                             *parts.secrets,
                             *app.state.store,
                             app.state.disk,
                             *parts.start_slots,
                             *parts.pause_turn,
                             nullptr,
                             task_settings(config)};
    services.is_role_provided = [&app](std::string_view role) {
        return app.serving.broker && app.serving.broker->hands_out(role);
    };
    parts.supervisor.emplace(std::move(services));
    co_return Result<>();
}

base::Async<void> stop_tasks(App& app) {
    app.work.cancel();
    const bool ended = co_await app.work.wait(seconds(10));
    if (!ended)
        log::warn("some work did not end within 10 s, leaving it");
    // The agent may end between what was restored and what is run; what is stuck has had its time.
    if (ended && app.tasks.supervisor)
        co_await app.tasks.supervisor->end();
    // Now that nobody looks at a container any more, whom they would have to follow.
    if (app.doors.addresses)
        co_await app.doors.addresses->stop();
    if (app.doors.registrar)
        co_await app.doors.registrar->stop();
    if (app.docker.image_probe)
        co_await app.docker.image_probe->end(std::chrono::milliseconds(500));
    if (app.tasks.metadata_files)
        co_await app.tasks.metadata_files->drain(seconds(5));
}

} // namespace agent::daemon
