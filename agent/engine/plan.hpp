#pragma once
// What has to be done next for a task: a pure function of what is, asked again after every change.
// A task that was interrupted anywhere (our death, the engine's) therefore goes on from where it
// is.

#include "model/task.hpp"

#include <cstddef>
#include <string_view>

namespace agent::engine {

/// What is the task's file asking for?
enum class Goal {
    run,    ///< it is there
    remove, ///< it is gone or says something else now
};

enum class Action {
    wait,   ///< nothing, until something changes
    create, ///< create the container
    start,  ///< start the created container
    attach, ///< lease an address and connect the running pause container to it
    stop,   ///< stop every running container but the pause container
    stop_pause,
    give_up, ///< the container will never exist: call it stopped
    remove,  ///< remove the container from Docker
    detach,  ///< disconnect and free the address
    forget,  ///< nothing is left of the task
};

std::string_view to_string(Action action);

struct Step {
    Action action = Action::wait;
    std::size_t container = 0; ///< index into Task::containers, for create, start, give_up, remove

    bool operator==(const Step&) const = default;
};

/// The pause container comes first when a task starts and last when it stops; the others start in
/// definition order. A task whose desired status is STOPPED is stopped; its containers stay until
/// the goal is remove, except those that never ran.
Step next_step(const model::Task& task, Goal goal);

} // namespace agent::engine
