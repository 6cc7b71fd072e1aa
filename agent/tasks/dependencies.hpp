#pragma once
// Who of a task's containers waits for whom: dependsOn, links and volumesFrom in one relation
// (agent-lifecycle 3.6). Pure.

#include "agent/definition/task_definition.hpp"
#include "base/time.hpp"
#include "model/task.hpp"

#include <optional>
#include <string>

namespace agent::tasks {

/// Whether a container may be created.
struct Readiness {
    enum class State {
        ready,
        waiting, ///< until something changes, or until `deadline` has passed
        never,   ///< what it depends on will not come to be; `reason` says what
    };
    State state = State::ready;
    std::optional<base::Time> deadline;
    std::string reason;
};

Readiness readiness(const definition::ContainerDefinition& container, const model::Task& task,
                    const definition::TaskDefinition& definition, base::Time now);

/// Whether one that it links to does not run, but is about to.
bool waits_for_link(const definition::ContainerDefinition& container, const model::Task& task);

/// Whether `container` depends on `other` in any of the three ways.
bool depends_on(const definition::ContainerDefinition& container, const std::string& other);

} // namespace agent::tasks
