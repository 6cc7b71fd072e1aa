#pragma once
// One container of a declared task, found once for a step and handed down: what the World had of it
// then, and what its definition says. A value; the definition outlives it.

#include "agent/definition/task_definition.hpp"
#include "model/world.hpp"

#include <string>

namespace agent::tasks {

struct Member {
    model::TaskPtr task;
    const model::Container* container = nullptr;                 ///< of `task`
    const definition::ContainerDefinition* definition = nullptr; ///< null: a pause container

    const std::string& name() const { return container->name; }
};

/// The task is there, and has a declared container of this name.
Member find_member(model::TaskPtr task, const definition::TaskDefinition& definition,
                   const std::string& name);

} // namespace agent::tasks
