#include "agent/engine/restorer.hpp"

#include "agent/definition/parse.hpp"
#include "agent/engine/declared_task.hpp"
#include "agent/engine/naming.hpp"
#include "agent/engine/pause_image.hpp"
#include "agent/engine/unrecorded.hpp"
#include "agent/observer/inspect_to_model.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace agent::engine {

namespace log = base::log;
using base::Async;
using base::Result;

namespace {

void report_leftovers(const base::Error& failure) {
    log::warn("cannot collect what an earlier run has left, ignoring", {log::why(failure)});
}

/// A container that Docker does not have: it has ended, or is still to be made.
void take_end(model::Container& container, const state::ContainerRecord& record) {
    const bool vanished = !record.docker_id.empty();
    if (!vanished && !record.stopped)
        return;
    container.known = model::ContainerStatus::stopped;
    container.exit_code = record.exit_code;
    container.started_at = record.started_at;
    container.finished_at = record.finished_at;
    container.stop_reason =
        vanished ? "ContainerVanishedError: it was removed from Docker while the agent was away"
                 : record.stop_reason;
}

/// Labels may have been copied (docker commit keeps them): the name follows from them, or the id is
/// the one that was given then.
bool is_container_of(const model::Task& task, const docker::ContainerSummary& summary,
                     const std::vector<state::ContainerRecord>& records) {
    const bool named = std::any_of(
        task.containers.begin(), task.containers.end(), [&](const model::Container& container) {
            return std::find(summary.names.begin(), summary.names.end(),
                             '/' + container.docker_name) != summary.names.end();
        });
    return named || std::any_of(records.begin(), records.end(), [&](const auto& record) {
               return record.task_arn == task.arn && record.docker_id == summary.id;
           });
}

} // namespace

Async<Result<std::vector<RestoredTask>>> Restorer::run() {
    CO_TRY(const auto rows, co_await find_rows());
    CO_TRY(co_await load_records());
    co_await collect(rows);
    std::vector<RestoredTask> restored;
    for (const auto& row : rows) {
        auto definition = definition::from_canonical(row.definition);
        if (!definition) {
            log::error("a stored task definition cannot be read; its containers are left alone",
                       {{"task", row.arn}, log::why(definition.error())});
            continue;
        }
        CO_TRY(co_await restore(row, *definition));
        const EarlierLife earlier{row.stopped_at.has_value(), ends_told(row.arn)};
        restored.push_back({row.file, row.arn, std::move(*definition), earlier});
    }
    co_return restored;
}

Async<Result<std::vector<state::DeclaredTask>>> Restorer::find_rows() {
    auto load = [&store = services_.store] { return store.declared_tasks(); };
    CO_TRY(auto rows, co_await services_.disk.read(std::move(load)));
    CO_TRY(const auto found, co_await find_unrecorded(rows));
    rows.insert(rows.end(), found.begin(), found.end());
    co_return rows;
}

/// Tasks of ours that no row tells of, since the state file was lost: containers whose name follows from
/// their labels are ours, and the file with their family, revision and containers declares them. What no
/// file declares may be somebody's work: it goes on undeclared.
Async<Result<std::vector<state::DeclaredTask>>>
Restorer::find_unrecorded(std::vector<state::DeclaredTask> recorded) {
    std::vector<std::string> labels{std::string(label_task_arn)};
    CO_TRY(const auto listed, co_await services_.docker.list_containers(true, labels));
    auto lost = unrecorded_tasks(listed, recorded);
    std::vector<state::DeclaredTask> found;
    if (lost.empty())
        co_return found;
    auto read = [path = services_.settings.tasks_directory] {
        return definition::read_tasks_folder(path);
    };
    CO_TRY(const auto reading,
           co_await base::offload(services_.workers.tasks_folder, std::move(read)));
    std::set<std::string> taken;
    for (const auto& row : recorded)
        taken.insert(row.file);
    for (auto& [arn, task] : lost) {
        auto row = match_file(task, reading.files, taken, services_.world.instance());
        if (!row) {
            log::warn("a task runs that the state file does not know and no file declares; its "
                      "containers are left alone, remove them with docker",
                      {{"task", arn}, {"family", task.family}});
            CO_TRY(co_await leave_alone(std::move(task)));
            continue;
        }
        auto put = [&store = services_.store, row = *row, family = task.family] {
            return store.start_task(row, family, row.revision);
        };
        CO_TRY(co_await services_.disk.run(std::move(put)));
        if (task.running)
            taken.insert(row->file);
        found.push_back(*row);
    }
    co_return found;
}

/// What no file declares goes on undeclared, and is answered at the URLs that it was given.
Async<Result<>> Restorer::leave_alone(UnrecordedTask task) {
    for (const auto& id : task.container_ids) {
        CO_TRY(const auto inspect, co_await services_.docker.inspect_container(id));
        if (!inspect)
            continue;
        const auto endpoint_id = given_endpoint_id(*inspect);
        if (!endpoint_id.empty())
            services_.observer.keep_endpoint_id(id, endpoint_id);
    }
    left_alone_.push_back(std::move(task));
    co_return Result<>();
}

/// Frees what belongs to no task any more, before anything of those that live on is touched.
Async<void> Restorer::collect(std::vector<state::DeclaredTask> rows) {
    std::set<std::string> ids;
    std::set<std::string> directories;
    for (const auto& row : rows) {
        const auto id = model::last_part(row.arn);
        ids.insert(id);
        live_arns_.insert(row.arn);
        directories.insert(model::cluster_name(row.cluster) + '/' + id);
    }
    for (const auto& task : left_alone_) {
        const auto id = model::last_part(task.arn);
        ids.insert(id);
        live_arns_.insert(task.arn);
        directories.insert(model::cluster_name(task.cluster) + '/' + id);
    }
    // One thing that cannot be collected must not keep all tasks from their answers.
    const auto probes = co_await services_.image_probe.remove_leftovers();
    if (!probes)
        report_leftovers(probes.error());
    const auto files = co_await services_.metadata_files.reconcile(std::move(directories));
    if (!files)
        report_leftovers(files.error());
    co_await collect_volumes();
    co_await collect_cgroups(ids);
    const auto images = co_await remove_old_pause_images(services_.docker);
    if (!images)
        report_leftovers(images.error());
    const auto addresses = co_await services_.link_local.reconcile(std::move(ids));
    if (!addresses)
        report_leftovers(addresses.error());
}

/// Volumes of tasks that are gone; one that a container still uses stays, and is met again.
Async<void> Restorer::collect_volumes() {
    std::vector<std::string> labels{std::string(own_label) + "=volume"};
    const auto volumes = co_await services_.docker.list_volumes(labels);
    if (!volumes) {
        report_leftovers(volumes.error());
        co_return;
    }
    for (const auto& volume : *volumes) {
        const auto arn = task_of_volume(volume.labels);
        if (arn.empty() || live_arns_.contains(arn))
            continue;
        const auto removed = co_await services_.docker.remove_volume(volume.name);
        if (!removed)
            report_leftovers(removed.error());
        else
            log::info("removed a volume that a task has left", {{"volume", volume.name}});
    }
}

Async<void> Restorer::collect_cgroups(std::set<std::string> live) {
    const auto cgroups = services_.cgroups;
    if (!cgroups || !*cgroups)
        co_return;
    auto collect = [cgroups, live] { return (*cgroups)->collect(live); };
    const auto collected = co_await base::offload(services_.workers.cgroups, std::move(collect));
    if (!collected) {
        report_leftovers(collected.error());
        co_return;
    }
    for (const auto& failure : collected->left)
        report_leftovers(failure);
    for (const auto& id : collected->removed)
        log::info("removed a cgroup that a task has left", {{"task", id}});
}

Async<Result<>> Restorer::load_records() {
    auto load = [&store = services_.store] { return store.container_records(); };
    CO_TRY(records_, co_await services_.disk.read(std::move(load)));
    co_return Result<>();
}

/// What Docker cannot tell: restarts, containers that never came up, and those that are gone.
void Restorer::apply_records(model::Task& task) const {
    for (const auto& record : records_) {
        if (record.task_arn != task.arn)
            continue;
        for (auto& container : task.containers) {
            if (!container.declared || container.name != record.name)
                continue;
            if (container.restart_count)
                container.restart_count = static_cast<int>(record.restart_count);
            if (container.health && container.health->status == record.health_status)
                container.health->status_since = record.health_since;
            // Docker has made it when it had been given up.
            const bool made_too_late =
                record.stopped && container.known == model::ContainerStatus::created;
            if (container.docker_id.empty() || made_too_late)
                take_end(container, record);
            container.start_failed = container.start_failed || made_too_late;
        }
    }
}

/// The names of those of a task's containers whose last end is the one that is recorded: the agent
/// records an end when it tells of it.
std::set<std::string> Restorer::ends_told(const std::string& arn) const {
    std::set<std::string> names;
    const auto task = services_.world.find_task(arn);
    for (const auto& record : records_) {
        if (record.task_arn != arn)
            continue;
        for (const auto& container : task->containers) {
            const bool same_end = record.stopped || (record.finished_at &&
                                                     record.finished_at == container.finished_at);
            if (container.name == record.name && same_end &&
                container.known == model::ContainerStatus::stopped)
                names.insert(container.name);
        }
    }
    return names;
}

Async<Result<>> Restorer::restore(state::DeclaredTask row, definition::TaskDefinition definition) {
    auto instance = services_.world.instance();
    instance.scope = model::scope_of(row.arn, row.cluster);
    instance.availability_zone = row.availability_zone;
    instance.availability_zone_id = row.availability_zone_id;
    instance.container_instance_arn = row.container_instance_arn;
    auto task = make_task(definition, row.revision, row.arn, instance, services_.settings.task_tags,
                          pause_image_name());
    give_roles(task, definition, instance, services_.settings.roles);
    CO_TRY(const auto count, co_await adopt_containers(task));
    apply_records(task);
    if (row.stopped_at) {
        task.desired = model::TaskStatus::stopped;
        task.execution_stopped_at = row.stopped_at;
        task.stop_reason = row.stop_reason;
    }
    task.pull_started_at = row.pull_started_at;
    task.pull_stopped_at = row.pull_stopped_at;
    co_await reconnect(task);
    observer::settle(task);
    co_await services_.metadata_files.take_over(task);
    log::info("task found again", {{"task", row.arn},
                                   {"file", row.file},
                                   {"containers", count},
                                   {"status", model::to_string(task.known)}});
    services_.world.put(std::move(task));
    co_return Result<>();
}

/// Fills in what Docker has of the task's containers; how many there are.
Async<Result<std::size_t>> Restorer::adopt_containers(model::Task& task) {
    std::vector<std::string> labels{std::string(label_task_arn) + '=' + task.arn};
    CO_TRY(const auto listed, co_await services_.docker.list_containers(true, labels));
    std::vector<std::string> ids;
    for (const auto& summary : listed)
        if (is_container_of(task, summary, records_))
            ids.push_back(summary.id);
    for (const auto& id : ids) {
        CO_TRY(const auto inspect, co_await services_.docker.inspect_container(id));
        if (inspect)
            adopt(task, *inspect);
    }
    co_return ids.size();
}

/// Takes the address of a running awsvpc task back, before anybody can ask about it. What fails here is
/// tried again by the task's runner.
Async<void> Restorer::reconnect(model::Task& task) {
    for (auto& container : task.containers) {
        if (container.type != model::ContainerType::cni_pause ||
            container.known != model::ContainerStatus::running)
            continue;
        const auto address = co_await services_.link_local.connect(task.id, container.sandbox_key);
        if (!address) {
            log::warn("cannot reconnect a task yet",
                      {{"task", task.arn}, log::why(address.error())});
            continue;
        }
        task.link_local_ipv4 = *address;
        container.known = model::ContainerStatus::resources_provisioned;
    }
}

} // namespace agent::engine
