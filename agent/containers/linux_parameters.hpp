#pragma once
// ECS's `linuxParameters` in Docker's HostConfig. Pure.

#include "agent/definition/task_definition.hpp"

#include <nlohmann/json_fwd.hpp>

namespace agent::containers {

/// Adds what the container says. The swap limit is added to its memory, which it must have.
void add_linux_parameters(nlohmann::ordered_json& host_config,
                          const definition::ContainerDefinition& definition);

} // namespace agent::containers
