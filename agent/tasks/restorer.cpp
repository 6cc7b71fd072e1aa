#include "agent/tasks/restorer.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/containers/pause_image.hpp"
#include "agent/definition/parse.hpp"
#include "agent/docker/inspect_to_model.hpp"
#include "agent/tasks/declared_task.hpp"
#include "agent/tasks/unrecorded.hpp"
#include "base/log.hpp"
#include "model/edit_task.hpp"
#include "model/names.hpp"
#include "model/settle.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace agent::tasks {

namespace log = base::log;
using base::Async;
using base::Result;

namespace {

constexpr auto longest_wait_for_leftovers = std::chrono::seconds(2);

void report_leftovers(const base::Error& failure) {
    log::warn("cannot collect what an earlier run has left, ignoring", {log::why(failure)});
}

/// The end that was told of it last.
void take_end(model::Container& container, const state::ContainerRecord& record) {
    container.known = model::ContainerStatus::stopped;
    container.exit_code = record.exit_code;
    container.started_at = record.started_at;
    container.finished_at = record.finished_at;
    container.stop_reason = record.stop_reason;
}

/// Labels may have been copied (docker commit keeps them): the name follows from them, or the id is
/// the one that was given then, as the task's `records` have it.
bool is_container_of(const model::Task& task, const docker::ContainerSummary& summary,
                     const std::vector<state::ContainerRecord>& records) {
    const bool named = std::any_of(
        task.containers.begin(), task.containers.end(), [&](const model::Container& container) {
            return std::find(summary.names.begin(), summary.names.end(),
                             '/' + container.docker_name) != summary.names.end();
        });
    return named || std::any_of(records.begin(), records.end(),
                                [&](const auto& record) { return record.docker_id == summary.id; });
}

/// Volumes of tasks that are gone; one that a container still uses stays, and is met again.
Async<void> collect_volumes(Services& services, std::set<std::string> live_arns) {
    auto& docker = services.docker;
    std::vector<std::string> labels{std::string(model::own_label) + "=volume"};
    const auto volumes = co_await docker.list_volumes(labels);
    if (!volumes) {
        report_leftovers(volumes.error());
        co_return;
    }
    for (const auto& volume : *volumes) {
        const auto arn = model::task_of_volume(volume.labels);
        // A task may have begun since.
        if (arn.empty() || live_arns.contains(arn) || services.world.find_task(arn))
            continue;
        const auto removed = co_await docker.remove_volume(volume.name);
        if (!removed)
            report_leftovers(removed.error());
        else
            log::info("removed a volume that a task has left", {{"volume", volume.name}});
    }
}

/// What Docker has of tasks that are gone. It may take minutes for one thing that is sick.
Async<void> collect_in_docker(Services& services, std::set<std::string> live_arns) {
    const auto probes = co_await services.image_probe.remove_leftovers();
    if (!probes)
        report_leftovers(probes.error());
    co_await collect_volumes(services, std::move(live_arns));
    const auto images = co_await containers::remove_old_pause_images(services.docker);
    if (!images)
        report_leftovers(images.error());
}

} // namespace

Async<Result<std::vector<RestoredTask>>> Restorer::run() {
    CO_TRY(const auto rows, co_await find_rows());
    CO_TRY(co_await load_records());
    co_await collect(rows);
    CO_TRY(co_await inspect_all(rows));
    keep_endpoint_ids();
    std::vector<RestoredTask> restored;
    for (const auto& row : rows) {
        auto definition = definition::from_canonical(row.definition);
        if (!definition) {
            log::error("a stored task definition cannot be read; its containers are left alone",
                       {{"task", row.arn}, log::why(definition.error())});
            continue;
        }
        co_await restore(row, *definition);
        const EarlierLife earlier{row.stopped_at.has_value(), ends_told(row.arn)};
        restored.push_back({row.file, row.arn, std::move(*definition), earlier});
    }
    // So that the next thing that is made finds it done, as a rule.
    co_await tasks_.wait(longest_wait_for_leftovers);
    co_return restored;
}

Async<Result<std::vector<state::DeclaredTask>>> Restorer::find_rows() {
    auto load = [&store = services_.store] { return store.declared_tasks(); };
    CO_TRY(auto rows, co_await services_.disk.read(std::move(load)));
    std::vector<std::string> labels{std::string(model::label_task_arn)};
    CO_TRY(auto listed, co_await services_.docker.list_containers(true, labels));
    auto lost = unrecorded_tasks(listed, rows);
    CO_TRY(const auto found, co_await find_unrecorded(std::move(lost), rows));
    rows.insert(rows.end(), found.begin(), found.end());
    for (auto& summary : listed) {
        const auto arn = summary.labels.find(std::string(model::label_task_arn));
        if (arn != summary.labels.end())
            listed_[arn->second].push_back(std::move(summary));
    }
    co_return rows;
}

/// Tasks of ours that no row tells of, since the state file was lost: containers whose name follows from
/// their labels are ours, and the file with their family, revision and containers declares them. What no
/// file declares may be somebody's work: it goes on undeclared.
Async<Result<std::vector<state::DeclaredTask>>>
Restorer::find_unrecorded(std::map<std::string, UnrecordedTask> lost,
                          std::vector<state::DeclaredTask> recorded) {
    std::vector<state::DeclaredTask> found;
    if (lost.empty())
        co_return found;
    auto read = [path = services_.settings.tasks_directory, host = services_.stand_ins,
                 here = services_.settings.definitions] {
        return definition::read_tasks_folder(path, *host, here);
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
            left_alone_.push_back(std::move(task));
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
    tasks_.spawn("leftovers", collect_in_docker(services_, live_arns_));
    const auto files = co_await services_.metadata_files.reconcile(std::move(directories));
    if (!files)
        report_leftovers(files.error());
    co_await collect_cgroups(ids);
    // Containers that nobody declared may have one of their own.
    auto owners = ids;
    for (const auto& [docker_id, given] : services_.observer.given())
        owners.insert(docker_id);
    const auto addresses = co_await services_.link_local.reconcile(std::move(owners));
    if (!addresses)
        report_leftovers(addresses.error());
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
    CO_TRY(auto records, co_await services_.disk.read(std::move(load)));
    for (auto& record : records)
        records_[record.task_arn].push_back(std::move(record));
    co_return Result<>();
}

/// The containers of all tasks at once, side by side.
Async<Result<>> Restorer::inspect_all(std::vector<state::DeclaredTask> rows) {
    std::vector<std::string> ids;
    for (const auto& row : rows)
        for (const auto& summary : listed_[row.arn])
            ids.push_back(summary.id);
    for (const auto& task : left_alone_)
        ids.insert(ids.end(), task.container_ids.begin(), task.container_ids.end());
    CO_TRY(inspected_, co_await services_.observer.inspect(std::move(ids)));
    co_return Result<>();
}

/// What no file declares goes on undeclared, and is answered at the URLs that it was given.
void Restorer::keep_endpoint_ids() {
    for (const auto& task : left_alone_) {
        for (const auto& id : task.container_ids) {
            const auto keep = [&observer = services_.observer,
                               id](const docker::ContainerInspect& inspect) {
                const std::string endpoint_id(containers::given_endpoint_id(inspect.config.env));
                if (!endpoint_id.empty())
                    observer.keep_endpoint_id(id, endpoint_id);
            };
            const auto found = inspected_.containers.find(id);
            if (found != inspected_.containers.end())
                keep(found->second);
            else if (inspected_.sick.contains(id))
                services_.observer.at_first_look(id, keep);
        }
    }
}

/// What Docker cannot tell: restarts, containers that never came up, and those that are gone.
void Restorer::apply_records(model::Task& task) const {
    const auto records = records_.find(task.arn);
    if (records == records_.end())
        return;
    for (const auto& record : records->second) {
        for (auto& container : task.containers) {
            if (!container.declared || container.name != record.name)
                continue;
            if (container.restart_count)
                container.restart_count = static_cast<int>(record.restart_count);
            if (container.health && container.health->status == record.health_status)
                container.health->status_since = record.health_since;
            const bool in_docker = !container.docker_id.empty();
            const bool vanished = !in_docker && !record.docker_id.empty();
            // Docker has made it when it had been given up.
            const bool made_too_late =
                record.stopped && container.known == model::ContainerStatus::created;
            const bool ended_unread =
                ended_unread_.contains(container.docker_id) && record.finished_at;
            if (vanished || (!in_docker && record.stopped) || made_too_late || ended_unread)
                take_end(container, record);
            if (vanished)
                container.stop_reason =
                    "ContainerVanishedError: it was removed from Docker while the agent was away";
            container.start_failed = container.start_failed || made_too_late;
        }
    }
}

/// The names of those of a task's containers whose last end is the one that is recorded: the agent
/// records an end when it tells of it.
std::set<std::string> Restorer::ends_told(const std::string& arn) const {
    std::set<std::string> names;
    const auto task = services_.world.find_task(arn);
    const auto records = records_.find(arn);
    if (records == records_.end())
        return names;
    for (const auto& record : records->second) {
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

Async<void> Restorer::restore(state::DeclaredTask row, definition::TaskDefinition definition) {
    auto instance = services_.world.instance();
    instance.scope = model::scope_of(row.arn, row.cluster);
    instance.availability_zone = row.availability_zone;
    instance.availability_zone_id = row.availability_zone_id;
    instance.container_instance_arn = row.container_instance_arn;
    auto task = make_task(definition, row.revision, row.arn, instance, services_.settings.task_tags,
                          containers::pause_image_name());
    containers::give_roles(task, definition, instance, services_.settings.roles);
    const auto count = adopt_containers(task);
    apply_records(task);
    if (row.stopped_at) {
        task.desired = model::TaskStatus::stopped;
        task.execution_stopped_at = row.stopped_at;
        task.stop_reason = row.stop_reason;
    }
    task.pull_started_at = row.pull_started_at;
    task.pull_stopped_at = row.pull_stopped_at;
    co_await reconnect(task);
    model::settle(task);
    log::info("task found again", {{"task", row.arn},
                                   {"file", row.file},
                                   {"containers", count},
                                   {"status", model::to_string(task.known)}});
    services_.world.put(std::move(task));
}

/// Fills in what Docker has of the task's containers; how many there are.
std::size_t Restorer::adopt_containers(model::Task& task) {
    std::size_t count = 0;
    for (const auto& summary : listed_[task.arn]) {
        if (!is_container_of(task, summary, records_[task.arn]))
            continue;
        ++count;
        const auto inspect = inspected_.containers.find(summary.id);
        if (inspect != inspected_.containers.end())
            adopt(task, inspect->second);
        else if (inspected_.sick.contains(summary.id))
            adopt_sick(task, summary);
    }
    return count;
}

/// What it knows of itself (its ids, its files) is known again when the observer can look at it.
void Restorer::adopt_sick(model::Task& task, const docker::ContainerSummary& summary) {
    if (!adopt(task, summary))
        return;
    if (summary.state == "exited" || summary.state == "dead")
        ended_unread_.insert(summary.id);
    services_.observer.at_first_look(summary.id, [&world = services_.world, arn = task.arn](
                                                     const docker::ContainerInspect& inspect) {
        model::edit_task(world, arn, [&](model::Task& changed) { adopt(changed, inspect); });
    });
}

/// Takes the address of a running awsvpc task back, before anybody can ask about it. What fails here is
/// tried again by the task's runner.
Async<void> Restorer::reconnect(model::Task& task) {
    for (auto& container : task.containers) {
        if (container.type != model::ContainerType::cni_pause ||
            container.known != model::ContainerStatus::running)
            continue;
        // Where its namespace is nobody knows yet; but its veth outlives the agent.
        if (inspected_.sick.contains(container.docker_id)) {
            const auto leased = co_await services_.link_local.leased(task.id);
            task.link_local_ipv4 = leased.value_or("");
            if (leased)
                container.known = model::ContainerStatus::resources_provisioned;
            continue;
        }
        const auto address = co_await services_.link_local.connect(
            task.id, container.sandbox_key, services_.settings.instance_metadata);
        if (!address) {
            log::warn("cannot reconnect a task yet",
                      {{"task", task.arn}, log::why(address.error())});
            continue;
        }
        task.link_local_ipv4 = *address;
        container.known = model::ContainerStatus::resources_provisioned;
    }
}

} // namespace agent::tasks
