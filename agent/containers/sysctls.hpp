#pragma once
// Whose are the kernel parameters that a task's containers ask for? A parameter belongs to a
// namespace: where the task's containers share one, the pause container that owns it sets it. Where
// two containers ask for different values, the later in the definition wins. Pure.

#include "agent/definition/task_definition.hpp"

namespace agent::containers {

/// Of one container: those of namespaces that it does not share.
definition::StringMap container_sysctls(const definition::TaskDefinition& definition,
                                        const definition::ContainerDefinition& container);

/// Of all containers: those of the network, which they share in awsvpc mode.
definition::StringMap network_sysctls(const definition::TaskDefinition& definition);

/// Of all containers: those of message queues and shared memory, which they share where the ipc
/// mode is `task`.
definition::StringMap ipc_sysctls(const definition::TaskDefinition& definition);

} // namespace agent::containers
