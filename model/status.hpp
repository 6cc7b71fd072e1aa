#pragma once
// The states that a container and a task pass through, with the names that ECS's agent gives them
// (http-contract 4.1, 4.2) and the coarser ones of its control plane (10.3). Pure functions.

#include <span>
#include <string_view>

namespace model {

/// Ordered: a later value is further along.
enum class ContainerStatus { none, pulled, created, running, resources_provisioned, stopped };

enum class TaskStatus { none, created, running, stopped };

/// What is this container for?
enum class ContainerType {
    normal,          ///< the user's
    cni_pause,       ///< ours: holds the network namespace of an awsvpc task
    namespace_pause, ///< ours: holds the PID or IPC namespace that a task's containers share
};

std::string_view to_string(ContainerStatus status);
std::string_view to_string(TaskStatus status);
std::string_view to_string(ContainerType type);

/// RUNNING, STOPPED, and PENDING for all else.
std::string_view backend_name(TaskStatus status);

struct Container;

/// A task is as far as the container that is least far: NONE without containers, RUNNING when all
/// have reached their steady state, STOPPED when all are. While some run and a non-essential one
/// has stopped, it is RUNNING. One that its restart policy starts again counts as running.
TaskStatus known_status(std::span<const Container> containers);

} // namespace model
