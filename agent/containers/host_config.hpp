#pragma once
// Docker's HostConfig of a declared container: how it stands to the host, to the task's other
// containers and to their limits. Pure.

#include "agent/containers/create_document.hpp"
#include "agent/definition/task_definition.hpp"
#include "model/task.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace agent::containers {

nlohmann::ordered_json host_config(const definition::TaskDefinition& definition,
                                   const definition::ContainerDefinition& container_definition,
                                   const model::Task& task, const CreateFacts& facts);

/// "80/tcp", as Docker names a container's port.
std::string port_key(int port, definition::Protocol protocol);

} // namespace agent::containers
