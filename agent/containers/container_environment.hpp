#pragma once
// The variables that a declared container is given. Pure.

#include "agent/containers/create_document.hpp"
#include "agent/definition/task_definition.hpp"
#include "model/container.hpp"

#include <string>
#include <vector>

namespace agent::containers {

/// "NAME=value", no name twice. ECS's variables win over secrets, these over the definition's, and these
/// over the environment files'; the region is given only where none of them nor the image says one
/// (agent-lifecycle 2.3).
std::vector<std::string> container_environment(const definition::ContainerDefinition& definition,
                                               const model::Container& container,
                                               const CreateFacts& facts);

} // namespace agent::containers
