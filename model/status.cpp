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
    return type == ContainerType::cni_pause ? "CNI_PAUSE" : "NORMAL";
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

namespace {

TaskStatus as_task_status(const Container& container) {
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
