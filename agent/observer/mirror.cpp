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
    // What it is given may change others of the World.
    auto observed = observe(inspect);
    const auto owner = world_.find_by_docker_id(docker::joined_container(inspect));
    model::Task task = owner ? *owner.task : task_of(inspect, observed);
    if (!owner && !docker::joined_container(inspect).empty())
        waiting_for_owner_[std::string(docker::joined_container(inspect))].insert(inspect.id);
    auto container = docker::observed_container(inspect, task);
    container.name = observed.given.name;
    container.endpoint_id = observed.given.endpoint_id;
    container.metadata_directory = std::move(observed.metadata_directory);
    container.role = std::move(observed.role);
    container.essential = !owner && observed.given.task_key.empty();
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
        take_out(member);
    return members.mapped();
}

bool Mirror::is_nobodys(const docker::StringMap& attributes) const {
    const auto docker_name = model::label_of(attributes, "name");
    const auto name = model::label_of(attributes, model::label_container_name);
    const auto task = world_.find_task(model::label_of(attributes, model::label_task_arn));
    const auto is_it = [&](const model::Container& each) {
        return each.declared &&
               (docker_name.empty() ? each.name == name : each.docker_name == docker_name);
    };
    if (task && task->declared) {
        const auto found = std::ranges::find_if(task->containers, is_it);
        if (found != task->containers.end())
            return found->docker_id.empty() && found->known == model::ContainerStatus::stopped;
    }
    return !model::is_throw_away('/' + docker_name, attributes);
}

/// What it is, with all that it is given, which is told where it is new.
Observed Mirror::observe(const docker::ContainerInspect& inspect) {
    const auto given = settings_.given[inspect.id];
    Observed observed;
    if (settings_.identify) {
        observed = settings_.identify(inspect, given);
    } else {
        const auto task = docker::observed_task(inspect, world_.instance());
        observed.given = given;
        observed.given.task_arn = task.arn;
        observed.given.family = task.family;
        observed.given.cluster = task.cluster;
        observed.given.name = docker::name_of(inspect);
    }
    if (observed.given.endpoint_id.empty())
        observed.given.endpoint_id = base::random_uuid();
    keep_given(inspect.id, observed.given);
    return observed;
}

/// The task that it joins, or one that it begins.
model::Task Mirror::task_of(const docker::ContainerInspect& inspect,
                            const Observed& observed) const {
    const auto known = world_.find_task(observed.given.task_arn);
    if (known && !known->declared)
        return *known;
    auto task = docker::observed_task(inspect, world_.instance());
    // What is declared has its containers from its file alone.
    if (known)
        return task;
    task.arn = observed.given.task_arn;
    task.id = model::last_part(task.arn);
    task.family = observed.given.family;
    task.cluster = observed.given.cluster;
    task.service_name = observed.given.service_name;
    return task;
}

void Mirror::keep_given(const std::string& docker_id, Given given) {
    auto& kept = settings_.given[docker_id];
    if (kept == given)
        return;
    kept = std::move(given);
    if (settings_.on_given)
        settings_.on_given(docker_id, kept);
}

void Mirror::keep_endpoint_id(const std::string& docker_id, const std::string& endpoint_id) {
    auto given = settings_.given[docker_id];
    given.endpoint_id = endpoint_id;
    keep_given(docker_id, std::move(given));
}

void Mirror::forget_given(const std::string& docker_id) {
    if (settings_.given.erase(docker_id) > 0 && settings_.on_given)
        settings_.on_given(docker_id, std::nullopt);
}

void Mirror::remove(const std::string& docker_id) {
    forget_given(docker_id);
    waiting_for_owner_.erase(docker_id);
    for (auto& [owner, members] : waiting_for_owner_)
        members.erase(docker_id);
    std::erase_if(waiting_for_owner_, [](const auto& entry) { return entry.second.empty(); });
    take_out(docker_id);
}

/// Out of the World; what it was given stays.
void Mirror::take_out(const std::string& docker_id) {
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

} // namespace agent::observer
