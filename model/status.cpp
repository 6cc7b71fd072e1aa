#include "model/status.hpp"

#include "model/container.hpp"

#include <algorithm>

namespace model {

std::string_view to_string(ContainerStatus status) {
    switch (status) {
    case ContainerStatus::none: return "NONE";
    case ContainerStatus::pulled: return "PULLED";
    case ContainerStatus::created: return "CREATED";
    case ContainerStatus::running: return "RUNNING";
    case ContainerStatus::resources_provisioned: return "RESOURCES_PROVISIONED";
    case ContainerStatus::stopped: return "STOPPED";
    }
    return "NONE";
}

std::string_view to_string(TaskStatus status) {
    switch (status) {
    case TaskStatus::none: return "NONE";
    case TaskStatus::created: return "CREATED";
    case TaskStatus::running: return "RUNNING";
    case TaskStatus::stopped: return "STOPPED";
    }
    return "NONE";
}

std::string_view to_string(ContainerType type) {
    switch (type) {
    case ContainerType::normal: return "NORMAL";
    case ContainerType::cni_pause: return "CNI_PAUSE";
    case ContainerType::namespace_pause: return "NAMESPACE_PAUSE";
    }
    return "NORMAL";
}

std::string_view backend_name(TaskStatus status) {
    if (status == TaskStatus::running || status == TaskStatus::stopped)
        return to_string(status);
    return "PENDING";
}

ContainerStatus steady_status(ContainerType type) {
    return type == ContainerType::cni_pause ? ContainerStatus::resources_provisioned
                                            : ContainerStatus::running;
}

bool is_running(const Container& container) {
    return container.known == ContainerStatus::running ||
           container.known == ContainerStatus::resources_provisioned;
}

bool has_run(const Container& container) {
    return container.known >= ContainerStatus::running;
}

bool awaits_restart(const Container& container) {
    const auto& policy = container.restart_policy;
    if (!policy.enabled || container.known != ContainerStatus::stopped ||
        container.desired == ContainerStatus::stopped || container.docker_id.empty() ||
        container.start_failed || !container.exit_code || !container.started_at ||
        !container.finished_at)
        return false;
    const bool ignored =
        std::find(policy.ignored_exit_codes.begin(), policy.ignored_exit_codes.end(),
                  *container.exit_code) != policy.ignored_exit_codes.end();
    return !ignored && *container.finished_at - *container.started_at >= policy.attempt_period;
}

namespace {

TaskStatus as_task_status(const Container& container) {
    if (awaits_restart(container))
        return TaskStatus::running;
    if (container.known == ContainerStatus::stopped)
        return TaskStatus::stopped;
    if (container.known >= steady_status(container.type))
        return TaskStatus::running;
    return container.known >= ContainerStatus::created ? TaskStatus::created : TaskStatus::none;
}

} // namespace

TaskStatus known_status(std::span<const Container> containers) {
    if (containers.empty())
        return TaskStatus::none;
    auto least = TaskStatus::stopped;
    for (const auto& container : containers)
        least = std::min(least, as_task_status(container));
    return least;
}

} // namespace model
