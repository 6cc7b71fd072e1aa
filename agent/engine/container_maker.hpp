#pragma once
// Creates one container of a task in Docker: its image, its environment, its metadata directory,
// and then itself. Loop thread; owned by the task's runner.

#include "agent/definition/task_definition.hpp"
#include "agent/engine/services.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "model/task.hpp"

#include <functional>
#include <optional>
#include <string>

namespace agent::engine {

class ContainerMaker {
public:
    /// `unwanted` tells that the container is no longer asked for; a pull ends then, as cancelled.
    ContainerMaker(base::Executor loop, Services& services,
                   const definition::TaskDefinition& definition, std::function<bool()> unwanted)
        : loop_(std::move(loop)),
          services_(services),
          definition_(definition),
          unwanted_(std::move(unwanted)) {}

    /// Creates the container and notes its Docker id in the World. A container that an interrupted
    /// attempt has left under the same name is taken over. Docker's errors; not_found with the
    /// image's name when it is neither here nor can be pulled.
    base::Async<base::Result<>> create(std::string task_arn, std::size_t index);

private:
    base::Async<base::Result<>> create_pause(model::TaskPtr task, std::size_t index);
    base::Async<base::Result<>> ensure_pause_parts();
    base::Async<base::Result<>> create_normal(model::TaskPtr task, std::size_t index);
    base::Async<base::Result<docker::ImageInspect>> find_image(std::string task_arn,
                                                               std::string reference);
    base::Async<base::Result<>> pull(std::string reference);
    base::Async<void> pull_now(std::string reference, std::optional<base::Result<>>& outcome);
    base::Async<base::Result<std::string>>
    metadata_directory(model::TaskPtr task, std::size_t index, docker::ImageInspect image);
    base::Async<base::Result<>> create_named(std::string task_arn, std::size_t index,
                                             std::string body);

    base::Executor loop_;
    Services& services_;
    const definition::TaskDefinition& definition_;
    std::function<bool()> unwanted_;
};

/// Changes a task in the World: copies it, lets `change` edit the copy and puts it back. Nothing
/// when the task is gone.
void edit_task(model::World& world, const std::string& arn,
               const std::function<void(model::Task&)>& change);

} // namespace agent::engine
