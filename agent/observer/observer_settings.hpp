#pragma once
// What the observer is told at its making, and what it is told of containers that nobody declared.

#include "agent/docker/types.hpp"
#include "model/task_role.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace agent::observer {

/// What a container was given when it was seen first, and keeps for its life.
struct Given {
    std::string endpoint_id;
    std::string task_arn;

    bool operator==(const Given&) const = default;
};

/// What an undeclared container is, beside what Docker says of it.
struct Observed {
    Given given;          ///< an endpoint id of "": one is made
    bool grouped = false; ///< its task may have others, and does not end with it
    std::string family;
    std::string cluster; ///< name or ARN
    std::string service_name;
    std::string name;
    std::string metadata_directory;
    std::optional<model::TaskRole> role;
};

struct ObserverSettings {
    /// What an earlier run gave to undeclared containers, by Docker id.
    std::map<std::string, Given> given;
    /// Told of whatever is given anew, so that it is stored; and of every container that is done with
    /// (nothing).
    std::function<void(const std::string& docker_id, const std::optional<Given>&)> on_given;
    /// Says what a container is that is not known yet; `before` has what it was given, empty for a new
    /// one. Null: each is a task of its own and named as in Docker.
    std::function<Observed(const docker::ContainerInspect&, const Given& before)> identify;
};

} // namespace agent::observer
