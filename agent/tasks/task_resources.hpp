#pragma once
// What a task has beside its containers: Docker's volumes of its own, its cgroup, its link-local
// address, its files and its row. Each is made before, and given back after, the containers that
// use it. Loop thread; owned by the task's runner. Every call is idempotent.

#include "agent/definition/task_definition.hpp"
#include "agent/tasks/services.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "model/task.hpp"

#include <map>
#include <string>

namespace agent::tasks {

class TaskResources {
public:
    TaskResources(Services& services, const definition::TaskDefinition& definition)
        : services_(services), definition_(definition) {}

    /// Makes volumes and cgroup. Docker's and the kernel's errors; not_found when a shared volume is
    /// not there and may not be made.
    base::Async<base::Result<>> provision(model::TaskPtr task);
    /// What Docker needs for HostConfig.CgroupParent; "" without one. After provision().
    const std::string& cgroup_parent() const { return cgroup_parent_; }
    /// conflict: Docker has another cgroup driver than when the parent was made, so that containers
    /// made with it would not be within the task's limits.
    base::Result<> check_cgroup() const;

    /// Gives back what only a running task needs: address, then cgroup. A cgroup that cannot be
    /// removed yet is told in the log and is no error.
    base::Async<base::Result<>> release(model::TaskPtr task);
    /// When the containers are gone: removes volumes, metadata files, and the row last.
    base::Async<base::Result<>> remove(model::TaskPtr task);

private:
    base::Async<base::Result<>> make_volumes(model::TaskPtr task);
    base::Async<base::Result<>> make_cgroup(model::TaskPtr task);
    base::Async<base::Result<>> remove_volumes(model::TaskPtr task);
    base::Async<void> remove_cgroup(std::string task_id);
    bool has_cgroup() const;

    Services& services_;
    const definition::TaskDefinition& definition_;
    std::string cgroup_parent_;
    CgroupsPtr made_in_; ///< Services::cgroups when the parent was made
};

/// Docker's names of the definition's volumes that are not a path on the host, by their own.
std::map<std::string, std::string> docker_volume_names(const definition::TaskDefinition& definition,
                                                       const model::Task& task);

} // namespace agent::tasks
