#pragma once
// From a task definition to the model's task, new or as it is found in Docker after a restart.
// Pure.

#include "agent/definition/task_definition.hpp"
#include "agent/docker/types.hpp"
#include "model/instance.hpp"
#include "model/task.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::tasks {

/// A new task with the id in `arn`: its containers have names, ARNs, labels and endpoint ids, and
/// no Docker ids yet; its pause containers are the last. `tags` are the configuration's, the
/// definition's win.
model::Task make_task(const definition::TaskDefinition& definition, std::int64_t revision,
                      const std::string& arn, const model::Instance& instance,
                      const std::map<std::string, std::string>& tags,
                      const std::string& pause_image);

/// Whether its containers see each other's processes or shared memory, so that a pause container
/// holds the namespace.
bool shares_namespaces(const definition::TaskDefinition& definition);

/// Takes over an existing container of this task: what Docker says of it (docker::read_inspect), the
/// endpoint id in its environment, the ids of its task's roles, its metadata directory. False when the task has no such
/// container (by the container-name label) or has another one for it.
bool adopt(model::Task& task, const docker::ContainerInspect& inspect);

/// The same for one that Docker lists and cannot tell more of: that it is there. Whatever was started
/// counts as running until a look tells; nothing ends because nobody could look.
bool adopt(model::Task& task, const docker::ContainerSummary& summary);

} // namespace agent::tasks
