#pragma once
// Tasks of ours that are in Docker while the state file knows nothing of them. Pure.

#include "agent/definition/tasks_folder.hpp"
#include "agent/docker/types.hpp"
#include "agent/state/store.hpp"
#include "model/instance.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace agent::tasks {

struct UnrecordedTask {
    std::string arn;
    std::string cluster;
    std::string family;
    std::string revision;
    std::set<std::string> container_names;
    std::vector<std::string> container_ids;
    bool running = false; ///< one of its containers does
};

/// Whether the container's name is the one that follows from its five labels. Labels may have been
/// copied, names are Docker's to give once.
bool is_named_after_labels(const docker::ContainerSummary& container);

/// By ARN, the tasks of containers that are ours, by their name, and of no recorded task.
std::map<std::string, UnrecordedTask>
unrecorded_tasks(const std::vector<docker::ContainerSummary>& containers,
                 const std::vector<state::DeclaredTask>& recorded);

/// The row of the file that declares this task: the first by name with its family, all of its
/// containers, and its revision where the file says one. A running task needs a file for which none
/// runs (`taken` names the others); one that has ended may be any file's. Nothing when there is no
/// such file.
std::optional<state::DeclaredTask> match_file(const UnrecordedTask& task,
                                              const std::vector<definition::TaskFile>& files,
                                              const std::set<std::string>& taken,
                                              const model::Instance& instance);

} // namespace agent::tasks
