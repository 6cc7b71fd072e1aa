#include "agent/engine/plan.hpp"

namespace agent::engine {

namespace {

using model::Container;
using model::ContainerStatus;
using model::ContainerType;
using model::Task;

/// Ours to start and stop; a container that merely joined the task's namespace is its owner's.
bool runs(const Container& container) {
    if (!container.declared)
        return false;
    return container.known == ContainerStatus::running ||
           container.known == ContainerStatus::resources_provisioned;
}

Step towards_running(const Task& task, std::size_t index) {
    const auto& container = task.containers[index];
    if (!container.declared)
        return {};
    if (container.docker_id.empty())
        return {Action::create, index};
    if (container.known == ContainerStatus::created)
        return {Action::start, index};
    if (container.type == ContainerType::cni_pause && container.known == ContainerStatus::running)
        return {Action::attach, index};
    return {};
}

Step start_up(const Task& task) {
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        if (task.containers[i].type != ContainerType::cni_pause)
            continue;
        if (const auto step = towards_running(task, i); step.action != Action::wait)
            return step;
        // Nobody can join the namespace before it is complete.
        if (task.containers[i].known != ContainerStatus::resources_provisioned)
            return {};
    }
    for (std::size_t i = 0; i < task.containers.size(); ++i)
        if (task.containers[i].known != ContainerStatus::stopped)
            if (const auto step = towards_running(task, i); step.action != Action::wait)
                return step;
    return {};
}

Step shut_down(const Task& task, Goal goal) {
    for (const auto& container : task.containers)
        if (container.type == ContainerType::normal && runs(container))
            return {Action::stop};
    for (const auto& container : task.containers)
        if (runs(container))
            return {Action::stop_pause};
    for (std::size_t i = task.containers.size(); i-- > 0;) {
        const auto& container = task.containers[i];
        if (!container.declared)
            continue;
        if (container.docker_id.empty() && container.known != ContainerStatus::stopped)
            return {Action::give_up, i};
        if (!container.docker_id.empty() &&
            (goal == Goal::remove || container.known != ContainerStatus::stopped))
            return {Action::remove, i};
    }
    if (!task.link_local_ipv4.empty())
        return {Action::detach};
    return {goal == Goal::remove ? Action::forget : Action::wait};
}

} // namespace

std::string_view to_string(Action action) {
    switch (action) {
    case Action::wait: return "wait";
    case Action::create: return "create";
    case Action::start: return "start";
    case Action::attach: return "attach";
    case Action::stop: return "stop";
    case Action::stop_pause: return "stop_pause";
    case Action::give_up: return "give_up";
    case Action::remove: return "remove";
    case Action::detach: return "detach";
    case Action::forget: return "forget";
    }
    return "unknown";
}

Step next_step(const Task& task, Goal goal) {
    if (goal == Goal::run && task.desired == model::TaskStatus::running)
        return start_up(task);
    return shut_down(task, goal);
}

} // namespace agent::engine
