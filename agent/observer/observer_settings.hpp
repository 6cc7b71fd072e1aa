#pragma once
// What the observer is told at its making, and what it is told of containers that nobody declared.

#include "agent/docker/types.hpp"
#include "agent/state/observed_container.hpp"
#include "model/task_role.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace agent::observer {

using Given = state::ObservedContainer;

/// What an undeclared container is, beside what Docker says of it.
struct Observed {
    Given given; ///< an endpoint id of "": one is made
    std::string metadata_directory;
    std::optional<model::TaskRole> role;
};

struct ObserverSettings {
    /// What an earlier run gave to undeclared containers, by Docker id.
    std::map<std::string, Given> given;
    /// Told of whatever is given anew, so that it is stored; and of every container that Docker does not
    /// have any more (nothing).
    std::function<void(const std::string& docker_id, const std::optional<Given>&)> on_given;
    /// Says what a container is that is not known yet; `before` has what it was given, empty for a new
    /// one. Null: each is a task of its own and named as in Docker.
    std::function<Observed(const docker::ContainerInspect&, const Given& before)> identify;
};

} // namespace agent::observer
