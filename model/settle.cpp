#include "model/settle.hpp"

namespace model {

void settle(Task& task) {
    if (!task.declared) {
        // Its owner may start it again at any time: what is wanted is read off what is.
        task.desired = TaskStatus::running;
        task.execution_stopped_at.reset();
        for (auto& container : task.containers)
            container.desired = steady_status(container.type);
    }
    for (const auto& container : task.containers) {
        const bool ends_task = container.essential && container.known == ContainerStatus::stopped &&
                               task.desired == TaskStatus::running && !awaits_restart(container);
        if (!ends_task)
            continue;
        task.desired = TaskStatus::stopped;
        task.stop_reason = "Essential container in task exited: " + container.name;
        if (!task.execution_stopped_at)
            task.execution_stopped_at = container.finished_at.value_or(base::now());
    }
    if (task.desired == TaskStatus::stopped)
        for (auto& container : task.containers)
            container.desired = ContainerStatus::stopped;
    task.known = known_status(task.containers);
}

} // namespace model
