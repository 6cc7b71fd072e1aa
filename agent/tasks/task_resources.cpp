#include "agent/tasks/task_resources.hpp"

#include "base/log.hpp"
#include "model/edit_task.hpp"
#include "model/names.hpp"

#include <algorithm>

namespace agent::tasks {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using Scope = definition::DockerVolume::Scope;

namespace {

/// What a container that asks for nothing gets.
constexpr std::int64_t least_cpu_shares = 2;

docker::VolumeSpec spec_of(const definition::Volume& volume, const model::Task& task,
                           const std::string& name) {
    docker::VolumeSpec spec;
    spec.name = name;
    spec.driver = volume.docker.driver;
    spec.driver_options = volume.docker.driver_options;
    spec.labels = volume.docker.labels;
    if (volume.docker.scope == Scope::task)
        for (const auto& [label, text] : model::volume_labels(task.arn))
            spec.labels[label] = text;
    return spec;
}

} // namespace

std::map<std::string, std::string> docker_volume_names(const definition::TaskDefinition& definition,
                                                       const model::Task& task) {
    std::map<std::string, std::string> names;
    for (const auto& volume : definition.volumes) {
        if (!volume.host_source_path.empty())
            continue;
        const bool shared = volume.docker.scope == Scope::shared;
        names[volume.name] = shared ? volume.name
                                    : model::volume_name(model::VolumeIdentity{
                                          task.arn, task.family, task.revision, volume.name});
    }
    return names;
}

bool TaskResources::has_cgroup() const {
    const bool limited = definition_.cpu_vcpu > 0 || definition_.memory_mib > 0;
    return services_.cgroups && (limited || services_.settings.cgroup_for_every_task);
}

Async<Result<>> TaskResources::provision(model::TaskPtr task) {
    CO_TRY(co_await make_volumes(task));
    CO_TRY(co_await make_cgroup(task));
    co_return Result<>();
}

Async<Result<>> TaskResources::make_volumes(model::TaskPtr task) {
    const auto names = docker_volume_names(definition_, *task);
    for (const auto& volume : definition_.volumes) {
        const auto found = names.find(volume.name);
        if (found == names.end())
            continue;
        if (volume.docker.scope == Scope::shared) {
            CO_TRY(const auto present, co_await services_.docker.inspect_volume(found->second));
            if (present)
                continue;
            if (!volume.docker.autoprovision)
                co_return Error(Errc::not_found, "volume " + volume.name +
                                                     " is not there, and autoprovision is false");
        }
        auto spec = spec_of(volume, *task, found->second);
        CO_TRY(co_await services_.docker.create_volume(std::move(spec)));
    }
    co_return Result<>();
}

Async<Result<>> TaskResources::make_cgroup(model::TaskPtr task) {
    if (!has_cgroup())
        co_return Result<>();
    const auto cgroups = services_.cgroups;
    if (!*cgroups)
        co_return cgroups->error();
    cgroup::TaskLimits limits;
    limits.cpu_vcpu = definition_.cpu_vcpu;
    limits.memory_mib = definition_.memory_mib;
    // Without a limit of its own the task weighs as much as its containers (agent-lifecycle 7).
    for (const auto& container : definition_.containers)
        limits.cpu_shares += std::max(container.cpu, least_cpu_shares);
    auto ensure = [cgroups, id = task->id, limits] { return (*cgroups)->ensure(id, limits); };
    CO_TRY(cgroup_parent_, co_await base::offload(services_.workers.cgroups, std::move(ensure)));
    made_in_ = cgroups;
    co_return Result<>();
}

Result<> TaskResources::check_cgroup() const {
    if (cgroup_parent_.empty() || made_in_ == services_.cgroups)
        return {};
    return Error(Errc::conflict,
                 "Docker has another cgroup driver than when the task's limits were "
                 "set: they would not be in force");
}

Async<Result<>> TaskResources::release(model::TaskPtr task) {
    // Also where the address was leased and the task died before it was noted.
    CO_TRY(co_await services_.link_local.release(task->id));
    for (const auto& container : task->containers)
        services_.host_ports.release(container.docker_name);
    model::edit_task(services_.world, task->arn,
                     [](model::Task& changed) { changed.link_local_ipv4.clear(); });
    co_await remove_cgroup(task->id);
    co_return Result<>();
}

/// The next task does not wait for it: what is left now is removed with the containers, or at the
/// agent's next start.
Async<void> TaskResources::remove_cgroup(std::string task_id) {
    const auto cgroups = services_.cgroups;
    if (!has_cgroup() || !*cgroups)
        co_return;
    auto remove = [cgroups, task_id] { return (*cgroups)->remove(task_id); };
    const auto removed =
        co_await base::offload(services_.workers.cgroup_removal, std::move(remove));
    if (!removed)
        base::log::warn("cannot remove a task's cgroup yet",
                        {{"task", task_id}, base::log::why(removed.error())});
}

Async<Result<>> TaskResources::remove(model::TaskPtr task) {
    co_await remove_cgroup(task->id);
    CO_TRY(co_await remove_volumes(task));
    model::edit_task(services_.world, task->arn, [](model::Task& changed) {
        for (auto& container : changed.containers)
            container.metadata_directory.clear();
    });
    CO_TRY(co_await services_.metadata_files.remove(task->cluster, task->id));
    auto remove_row = [&store = services_.store, arn = task->arn] {
        return store.remove_task(arn);
    };
    CO_TRY(co_await services_.disk.run(std::move(remove_row)));
    services_.world.remove(task->arn);
    co_return Result<>();
}

Async<Result<>> TaskResources::remove_volumes(model::TaskPtr task) {
    const auto names = docker_volume_names(definition_, *task);
    for (const auto& volume : definition_.volumes) {
        const auto found = names.find(volume.name);
        if (found == names.end() || volume.docker.scope == Scope::shared)
            continue;
        CO_TRY(co_await services_.docker.remove_volume(found->second));
    }
    co_return Result<>();
}

} // namespace agent::tasks
