#pragma once
// What has to be done next for a task: a pure function of what is, asked again after every change.
// A task that was interrupted anywhere (our death, the engine's) therefore goes on from where it
// is. The order of things is ECS's (agent-lifecycle 3.4 to 3.7).

#include "agent/definition/task_definition.hpp"
#include "base/time.hpp"
#include "model/task.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace agent::tasks {

/// What is the task's file asking for?
enum class Goal {
    run,  ///< it is there
    stop, ///< it is gone or says something else now
};

enum class Action {
    provision, ///< make what the containers need beside each other: volumes, the task's cgroup
    pull,      ///< have the container's image here
    create,
    start,
    attach,  ///< lease an address and connect the running pause container to it
    restart, ///< start the ended container again, as its restart policy says
    fail,    ///< call the container stopped: what it depends on will never be
    stop,
    give_up, ///< call the container stopped: it is not wanted any more and was never created
    release, ///< give back what only a running task needs: its address, its cgroup
    remove,  ///< remove the container from Docker
    forget,  ///< nothing is left of the task but its volumes, its files and its row
};

std::string_view to_string(Action action);

struct Step {
    Action action = Action::provision;
    std::string container; ///< its name; "" for provision, release and forget
    std::string reason;    ///< for fail: what is missing

    bool operator==(const Step&) const = default;
};

/// All that the next steps follow from.
struct Situation {
    const model::Task& task;
    const definition::TaskDefinition& definition;
    Goal goal = Goal::run;
    bool provisioned = false;
    bool released = false;
    /// Names of the containers that a step is under way for; "" for a step of the whole task.
    std::set<std::string> busy;
    base::Time now;
    std::chrono::milliseconds cleanup_wait{0}; ///< from the stop to the removal
    bool pull_upfront = false; ///< pull what other containers are waited for already
    /// For one that others want healthy, and that has no startTimeout.
    std::chrono::milliseconds start_timeout{180'000};
};

/// A container that something else has to happen for.
struct Wait {
    std::string container;
    std::string what; ///< "container db to become healthy"

    auto operator<=>(const Wait&) const = default;
};

struct Plan {
    std::vector<Step> steps; ///< at most one a container; they may be performed side by side
    std::vector<Wait> waits; ///< of containers without a step
    /// When time alone makes another step due.
    std::optional<base::Time> look_again;
};

/// The pause containers are up before any other is created, and stop last. A container is created
/// when what it depends on is as far as it has to be, and stops when nothing that depends on it
/// runs. A task whose desired status is STOPPED is stopped; its containers stay for `cleanup_wait`,
/// except those that never ran.
Plan next_steps(const Situation& situation);

/// Whether the task has stopped and holds nothing but its containers: another may take its place.
bool is_at_rest(const Situation& situation);

} // namespace agent::tasks
