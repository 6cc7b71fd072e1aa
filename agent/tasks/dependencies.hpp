#pragma once
// Who of a task's containers waits for whom: dependsOn, links and volumesFrom in one relation
// (agent-lifecycle 3.6). Pure.

#include "agent/definition/task_definition.hpp"
#include "base/time.hpp"
#include "model/task.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

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
    std::vector<std::string> waits_for; ///< "container db to become healthy"
};

/// `start_timeout` is how long one that is to be healthy may take when its definition has no
/// startTimeout; it may always take as long as its health check needs to say that it is not.
Readiness readiness(const definition::ContainerDefinition& container, const model::Task& task,
                    const definition::TaskDefinition& definition, base::Time now,
                    std::chrono::milliseconds start_timeout);

/// The container that it links to and that does not run, but is about to; "" when there is none.
std::string link_waited_for(const definition::ContainerDefinition& container,
                            const model::Task& task);

/// Whether `container` depends on `other` in any of the three ways.
bool depends_on(const definition::ContainerDefinition& container, const std::string& other);

} // namespace agent::tasks
