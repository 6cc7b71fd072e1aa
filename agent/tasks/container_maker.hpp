#pragma once
// Creates one container of a task in Docker: its image, its environment, its metadata directory,
// its ports, and then itself. Loop thread; owned by the task's steps.

#include "agent/containers/create_document.hpp"
#include "agent/definition/task_definition.hpp"
#include "agent/tasks/services.hpp"
#include "agent/tasks/task_resources.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "model/task.hpp"

#include <map>
#include <string>
#include <vector>

namespace agent::tasks {

class ContainerMaker {
public:
    ContainerMaker(Services& services, const definition::TaskDefinition& definition,
                   const TaskResources& resources)
        : services_(services), definition_(definition), resources_(resources) {}

    /// Has the container's image here and notes it as pulled. The puller's errors; cancelled when
    /// the calling task is.
    base::Async<base::Result<>> pull(std::string task_arn, std::string name);

    /// Creates the container and notes its Docker id, in the World and in the store. A container
    /// that an interrupted attempt has left under the same name is taken over. Docker's errors;
    /// invalid_argument, io and others for its environment files; exhausted when no host ports are
    /// free.
    base::Async<base::Result<>> create(std::string task_arn, std::string name);

private:
    base::Async<void> note_pull(std::string task_arn);
    base::Async<base::Result<>> create_pause(model::TaskPtr task, const model::Container& pause);
    base::Async<base::Result<>> ensure_pause_parts(bool network);
    base::Async<base::Result<>> create_normal(model::TaskPtr task, std::string name);
    base::Async<base::Result<>> gather_facts(const definition::ContainerDefinition& definition,
                                             containers::CreateFacts& facts);
    base::Async<base::Result<std::string>> metadata_directory(model::TaskPtr task, std::string name,
                                                              docker::ImageInspect image);
    base::Async<base::Result<>> create_named(std::string task_arn, std::string name,
                                             std::string body);
    base::Async<base::Result<>> note_created(std::string task_arn, std::string name);

    const definition::ContainerDefinition& definition_of(const std::string& name) const;

    Services& services_;
    const definition::TaskDefinition& definition_;
    const TaskResources& resources_;
    std::map<std::string, docker::ImageInspect> images_; ///< by container name, once pulled
};

/// What the store keeps of a container.
state::ContainerRecord record_of(const std::string& task_arn, const model::Container& container);

} // namespace agent::tasks
