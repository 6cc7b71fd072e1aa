#include "agent/observer/mirror.hpp"

#include "agent/docker/inspect_to_model.hpp"
#include "base/ids.hpp"
#include "model/names.hpp"
#include "model/settle.hpp"

#include <algorithm>

namespace agent::observer {

Mirror::Mirror(model::World& world, ObserverSettings settings)
    : world_(world), settings_(std::move(settings)) {}

std::set<std::string> Mirror::apply(const docker::ContainerInspect& inspect) {
    if (model::is_throw_away(inspect.name, inspect.config.labels))
        return {};
    auto reference = world_.find_by_docker_id(inspect.id);
    model::TaskPtr task = reference.task;
    if (!task)
        task = world_.find_task(model::label_of(inspect.config.labels, model::label_task_arn));
    const auto name = model::label_of(inspect.config.labels, model::label_container_name);
    if (!task || (!reference && !task->declared))
        return apply_undeclared(inspect);
    // Known by id, or a declared one whose creation the engine has announced by its name.
    model::Task changed = *task;
    auto container = std::find_if(
        changed.containers.begin(), changed.containers.end(), [&](const model::Container& each) {
            return reference ? each.docker_id == inspect.id
                             : each.docker_id.empty() && each.name == name &&
                                   "/" + each.docker_name == inspect.name;
        });
    if (container == changed.containers.end())
        return apply_undeclared(inspect);
    docker::read_inspect(*container, inspect, changed.network_mode);
    model::settle(changed);
    world_.put(std::move(changed));
    return {};
}

std::set<std::string> Mirror::apply_undeclared(const docker::ContainerInspect& inspect) {
    const auto owner = world_.find_by_docker_id(docker::joined_container(inspect));
    model::Task task = owner ? *owner.task : docker::observed_task(inspect, world_.instance());
    if (!owner && !docker::joined_container(inspect).empty())
        waiting_for_owner_[std::string(docker::joined_container(inspect))].insert(inspect.id);
    auto container = docker::observed_container(inspect, world_.instance(), task.id);
    container.endpoint_id = endpoint_id_for(inspect);
    container.essential = !owner;
    docker::read_inspect(container, inspect, task.network_mode);
    const bool pause_last = !task.containers.empty() && task.pause() == &task.containers.back();
    task.containers.insert(pause_last ? task.containers.end() - 1 : task.containers.end(),
                           std::move(container));
    model::settle(task);
    world_.put(std::move(task));
    // Those that came before the owner of their namespace stand alone until now.
    const auto members = waiting_for_owner_.extract(inspect.id);
    if (members.empty())
        return {};
    for (const auto& member : members.mapped())
        remove(member);
    return members.mapped();
}

bool Mirror::is_given_up(const docker::StringMap& labels) const {
    const auto task = world_.find_task(model::label_of(labels, model::label_task_arn));
    if (!task)
        return false;
    const auto name = model::label_of(labels, model::label_container_name);
    return std::any_of(task->containers.begin(), task->containers.end(),
                       [&](const model::Container& each) {
                           return each.declared && each.name == name && each.docker_id.empty() &&
                                  each.known == model::ContainerStatus::stopped;
                       });
}

std::string Mirror::endpoint_id_for(const docker::ContainerInspect& inspect) {
    auto& id = settings_.endpoint_ids[inspect.id];
    if (id.empty()) {
        id = base::random_uuid();
        if (settings_.on_endpoint_id)
            settings_.on_endpoint_id(inspect.id, id);
    }
    return id;
}

void Mirror::keep_endpoint_id(const std::string& docker_id, const std::string& endpoint_id) {
    auto& id = settings_.endpoint_ids[docker_id];
    if (id == endpoint_id)
        return;
    id = endpoint_id;
    if (settings_.on_endpoint_id)
        settings_.on_endpoint_id(docker_id, endpoint_id);
}

void Mirror::forget_endpoint_id(const std::string& docker_id) {
    if (settings_.endpoint_ids.erase(docker_id) > 0 && settings_.on_endpoint_id)
        settings_.on_endpoint_id(docker_id, "");
}

void Mirror::remove(const std::string& docker_id) {
    forget_endpoint_id(docker_id);
    waiting_for_owner_.erase(docker_id);
    for (auto& [owner, members] : waiting_for_owner_)
        members.erase(docker_id);
    std::erase_if(waiting_for_owner_, [](const auto& entry) { return entry.second.empty(); });
    const auto reference = world_.find_by_docker_id(docker_id);
    if (!reference)
        return;
    model::Task changed = *reference.task;
    const auto container =
        std::find_if(changed.containers.begin(), changed.containers.end(),
                     [&](const model::Container& each) { return each.docker_id == docker_id; });
    if (container->declared) {
        if (container->known != model::ContainerStatus::stopped &&
            container->desired != model::ContainerStatus::stopped)
            container->stop_reason = "ContainerVanishedError: it was removed from Docker";
        container->docker_id.clear();
        container->known = model::ContainerStatus::stopped;
        container->ports.clear();
        container->sandbox_key.clear();
    } else {
        changed.containers.erase(container);
    }
    if (changed.containers.empty()) {
        world_.remove(changed.arn);
        return;
    }
    model::settle(changed);
    world_.put(std::move(changed));
}

std::set<std::string> Mirror::containers_with_endpoint_id() const {
    std::set<std::string> ids;
    for (const auto& [docker_id, endpoint_id] : settings_.endpoint_ids)
        ids.insert(docker_id);
    return ids;
}

} // namespace agent::observer
