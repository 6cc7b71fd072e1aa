#include "agent/cli/teardown.hpp"

#include "agent/cgroup/task_cgroups.hpp"
#include "agent/cli/commands.hpp"
#include "agent/config/load.hpp"
#include "agent/containers/image_probe.hpp"
#include "agent/containers/pause_image.hpp"
#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/take_lock.hpp"
#include "agent/definition/parse.hpp"
#include "agent/docker/docker_host.hpp"
#include "agent/network/veth.hpp"
#include "agent/rules/accepted_host_file.hpp"
#include "agent/tasks/services.hpp"
#include "agent/tasks/unrecorded.hpp"
#include "base/files.hpp"
#include "metadatafile/paths.hpp"
#include "model/names.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>
#include <vector>

namespace agent::cli {

using base::Async;
using base::Errc;
using base::Result;
using config::ExitCode;

namespace {

/// Labels may have been copied to a container of somebody's (docker commit keeps them).
bool is_ours(const docker::ContainerSummary& container, const Stored& stored) {
    const bool recorded =
        std::any_of(stored.containers.begin(), stored.containers.end(),
                    [&](const auto& record) { return record.docker_id == container.id; });
    return recorded || tasks::is_named_after_labels(container);
}

/// The container's own stopTimeout where its definition is stored and has one.
std::chrono::seconds grace_of(const docker::ContainerSummary& container, const Stored& stored,
                              std::chrono::seconds otherwise) {
    const auto name = model::label_of(container.labels, model::label_container_name);
    for (const auto& task : stored.tasks) {
        const auto definition = definition::from_canonical(task.definition);
        if (task.arn != model::label_of(container.labels, model::label_task_arn) || !definition)
            continue;
        for (const auto& each : definition->containers)
            if (each.name == name && each.stop_timeout)
                return *each.stop_timeout;
    }
    return otherwise;
}

/// A container's own way to end comes first, as when its file is removed. What does not stop is
/// killed by its removal.
Async<void> stop_one(docker::Client& docker, base::Slots& slots, std::string id,
                     std::chrono::seconds grace) {
    const bool taken = co_await slots.take();
    if (!taken)
        co_return;
    static_cast<void>(co_await docker.stop_container(id, grace));
    slots.give_back();
}

/// Side by side, since those that do not listen to SIGTERM take the whole grace time; the pause
/// containers last, so that the others have their network until they have ended.
Async<std::vector<std::string>> stop_containers(base::Executor loop, docker::Client& docker,
                                                std::vector<docker::ContainerSummary> listed,
                                                const Stored& stored, std::chrono::seconds grace) {
    std::vector<std::string> ids;
    base::Slots slots(loop, 16);
    base::TaskGroup stops(loop);
    for (const bool pauses : {false, true}) {
        for (const auto& container : listed) {
            const bool is_pause = model::label_of(container.labels, model::label_container_name)
                                      .starts_with(model::pause_container_name);
            if (is_pause != pauses || !is_ours(container, stored))
                continue;
            ids.push_back(container.id);
            if (container.state == "running")
                stops.spawn("stop", stop_one(docker, slots, container.id,
                                             grace_of(container, stored, grace)));
        }
        while (stops.size() > 0)
            co_await stops.wait(std::chrono::minutes(1));
    }
    co_return ids;
}

Async<void> remove_containers(base::Executor loop, docker::Client& docker, const Stored& stored,
                              std::chrono::seconds grace, Report& report) {
    std::vector<std::string> labels{std::string(model::label_task_arn)};
    auto listed = co_await docker.list_containers(true, labels);
    if (!listed) {
        report.note("containers of tasks listed", listed);
        co_return;
    }
    const auto ids = co_await stop_containers(loop, docker, std::move(*listed), stored, grace);
    std::size_t count = 0;
    for (const auto& id : ids) {
        const auto removed = co_await docker.remove_container(id, true, true);
        report.note_failure("container " + id + " removed", removed);
        count += removed ? 1 : 0;
    }
    report.note(std::to_string(count) + " container(s) of tasks removed", Result<>());
}

Async<void> remove_volumes(docker::Client& docker, Report& report) {
    std::vector<std::string> labels{std::string(model::own_label) + "=volume"};
    const auto volumes = co_await docker.list_volumes(labels);
    if (!volumes) {
        report.note("volumes of tasks listed", volumes);
        co_return;
    }
    std::size_t count = 0;
    for (const auto& volume : *volumes) {
        if (model::task_of_volume(volume.labels).empty())
            continue;
        const auto removed = co_await docker.remove_volume(volume.name);
        report.note_failure("volume " + volume.name + " removed", removed);
        count += removed ? 1 : 0;
    }
    report.note(std::to_string(count) + " volume(s) of tasks removed", Result<>());
}

/// By list: where an earlier agent was made to leave twins, the name alone is ambiguous.
Async<void> remove_networks(docker::Client& docker, const std::string& name, Report& report) {
    const auto networks = co_await docker.list_networks();
    if (!networks) {
        report.note("docker networks listed", networks);
        co_return;
    }
    for (const auto& network : *networks) {
        if (network.name != name || !network.labels.contains(std::string(model::own_label)))
            continue;
        const auto gone = co_await docker.remove_network(network.id);
        report.note("docker network " + name + " removed", gone);
    }
}

/// Throw-away containers that the agent could not remove by itself.
Async<Result<>> remove_probes(base::Executor loop, docker::Client& docker) {
    containers::ImageProbe probe(std::move(loop), docker);
    CO_TRY(co_await probe.remove_leftovers());
    const bool gone = co_await probe.end(std::chrono::seconds(30));
    if (!gone)
        co_return base::Error(Errc::timeout, "Docker does not remove them");
    co_return Result<>();
}

/// Also those of other versions of this program.
Async<void> remove_pause_images(docker::Client& docker, Report& report) {
    const auto names = co_await containers::list_pause_images(docker);
    if (!names) {
        report.note("pause images listed", names);
        co_return;
    }
    for (const auto& name : *names) {
        const auto removed = co_await docker.remove_image(name);
        report.note("pause image " + name + " removed", removed);
    }
}

/// By Docker's driver, since those of systemd are not in the file system to be removed.
Async<Result<cgroup::Collected>> collect_cgroups(docker::Client& docker,
                                                 const config::Config& config) {
    CO_TRY(const auto info, co_await docker.info());
    cgroup::Settings settings;
    settings.mount = config.cgroup_path;
    settings.driver = info.cgroup_driver;
    settings.version = info.cgroup_version;
    CO_TRY(const auto cgroups, cgroup::TaskCgroups::open(settings));
    co_return cgroups.collect({});
}

Async<void> remove_cgroups(docker::Client& docker, const config::Config& config, Report& report) {
    const auto collected = co_await collect_cgroups(docker, config);
    // There may be some all the same, of an earlier configuration.
    if (config.task_limits == config::Switch::off)
        co_return;
    if (!collected || collected->left.empty()) {
        report.note("cgroups of tasks removed", collected);
        co_return;
    }
    for (const auto& failure : collected->left)
        report.note_failure("cgroup of a task removed", Result<>(failure));
}

void remove_veths(Report& report) {
    const auto attachments = network::list_attachments();
    if (!attachments) {
        report.note("veths listed", attachments);
        return;
    }
    for (const auto& attachment : *attachments)
        report.note_failure("veth " + attachment.interface + " removed",
                            network::remove_attachment(attachment.interface));
    report.note("veths removed", Result<>());
}

void remove_from_host(const config::Config& config, Report& report) {
    const auto settings = daemon::guard_settings(config);
    remove_veths(report);
    report.note("nftables table removed", network::remove_nft_table());
    report.note("bridge " + settings.bridge.name + " removed",
                network::remove_bridge(settings.bridge));
    report.note("metadata files removed",
                base::remove_tree(metadatafile::root_directory(config.data_dir)));
    if (report.failed()) {
        // What is still there must be found again by the next attempt.
        std::cerr << "the state file stays until all else is gone; run teardown again\n";
        return;
    }
    report.note(
        "what the host file last said removed",
        base::remove_tree(config.data_dir + '/' + std::string(rules::accepted_host_file_name)));
    report.note("state files of earlier versions removed",
                state::remove_kept_copies(config.data_dir + "/agent.db"));
    for (const auto* suffix : {"", "-wal", "-shm"})
        report.note("state file agent.db" + std::string(suffix) + " removed",
                    base::remove_tree(config.data_dir + "/agent.db" + suffix));
}

/// A file that cannot be read is no hindrance: the containers' names and labels say the same.
Stored read_stored(const config::Config& config) {
    const auto path = config.data_dir + "/agent.db";
    Stored stored;
    if (!std::filesystem::exists(path))
        return stored;
    auto store = state::Store::open(path);
    if (!store) {
        std::cerr << "the state file is passed over: " << store.error().what() << '\n';
        return stored;
    }
    if (auto tasks = store->declared_tasks())
        stored.tasks = std::move(*tasks);
    if (auto containers = store->container_records())
        stored.containers = std::move(*containers);
    return stored;
}

} // namespace

Async<void> remove_from_docker(base::Executor loop, docker::Client& docker,
                               const config::Config& config, const Stored& stored, Report& report) {
    const auto connected = co_await docker.connect();
    if (!connected) {
        report.note("containers and networks removed", Result<>(connected.error()));
        co_return;
    }
    const auto grace = std::chrono::ceil<std::chrono::seconds>(config.container_stop_timeout);
    co_await remove_containers(loop, docker, stored, grace, report);
    co_await remove_volumes(docker, report);
    const auto probes = co_await remove_probes(loop, docker);
    report.note("throw-away containers removed", probes);
    co_await remove_networks(docker, config.awsvpc_network, report);
    co_await remove_pause_images(docker, report);
    co_await remove_cgroups(docker, config, report);
}

ExitCode teardown(const config::Invocation& invocation) {
    const auto loaded =
        config::load(invocation.files, invocation.flags, config::process_environment());
    if (!loaded) {
        std::cerr << loaded.error().what() << '\n';
        return ExitCode::configuration;
    }
    const auto& config = loaded->config;
    const auto lock = daemon::lock_host();
    if (!lock) {
        std::cerr << lock.error().what() << '\n';
        return lock.error().code() == Errc::conflict ? ExitCode::already_running
                                                     : ExitCode::failure;
    }
    const auto address = docker::parse_docker_host(config.docker_host);
    if (!address) {
        std::cerr << address.error().what() << '\n';
        return ExitCode::configuration;
    }
    Report report;
    const auto stored = read_stored(config);
    boost::asio::io_context loop(1);
    docker::ClientOptions options;
    if (const auto pin = docker::parse_api_version(config.docker_api_version))
        options.pinned_api_version = *pin;
    const auto docker =
        docker::make_client(http::make_transport(loop.get_executor(), *address), options);
    base::TaskGroup work(loop.get_executor());
    work.spawn("teardown",
               remove_from_docker(loop.get_executor(), *docker, config, stored, report));
    loop.run();
    remove_from_host(config, report);
    return report.failed() ? ExitCode::failure : ExitCode::ok;
}

} // namespace agent::cli
