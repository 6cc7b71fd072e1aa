#pragma once
// From Docker's inspect to the model: the one place that knows which field becomes which. Pure.

#include "agent/docker/types.hpp"
#include "model/instance.hpp"
#include "model/task.hpp"

#include <string>
#include <string_view>

namespace agent::docker {

/// Stands for Docker's own words where they may hold what nobody is to read.
inline constexpr std::string_view untold_start_failure =
    "docker inspect says why; the words may hold a secret option of the log driver";

/// Overwrites what Docker knows (ids, state, times, labels, networks, ports, volumes, log driver)
/// and keeps what only a definition knows (name, ARN, endpoint id, image, type, declared ports). `mode` is
/// the task's: in awsvpc mode a running container's ports are the declared ones. What Docker says of a failed
/// start is not told of a container whose log driver has secret options.
void read_inspect(model::Container& container, const docker::ContainerInspect& inspect,
                  model::NetworkMode mode);

/// The task of a container that nobody declared: id and family come from the container itself.
model::Task observed_task(const docker::ContainerInspect& inspect, const model::Instance& instance);

/// A container for that task, or for the one whose namespace it has joined, ready for read_inspect().
model::Container observed_container(const docker::ContainerInspect& inspect,
                                    const model::Task& task);

/// The container's name, without Docker's slash.
std::string name_of(const docker::ContainerInspect& inspect);

/// Id of the container whose network namespace this one has joined; empty when it has its own.
std::string_view joined_container(const docker::ContainerInspect& inspect);

/// The value of an environment variable of the container, "" when it has none.
std::string_view environment_value(const docker::ContainerInspect& inspect, std::string_view name);

} // namespace agent::docker
