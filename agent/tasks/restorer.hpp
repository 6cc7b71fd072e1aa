#pragma once
// Role: at start, puts the tasks of an earlier run into the World exactly as containers have seen them
//   (ids, addresses, files), and collects what nobody owns any more.
// Threading: loop thread; made and used once by the supervisor, before the observer's first look.

#include "agent/definition/task_definition.hpp"
#include "agent/tasks/services.hpp"
#include "agent/tasks/task_runner.hpp"
#include "agent/tasks/unrecorded.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace agent::tasks {

struct RestoredTask {
    std::string file;
    std::string arn;
    definition::TaskDefinition definition;
    EarlierLife earlier;
};

class Restorer {
public:
    /// `tasks` runs what may take longer than run(): the collecting of what Docker has.
    Restorer(Services& services, base::TaskGroup& tasks) : services_(services), tasks_(tasks) {}

    /// The tasks that are in the World now. Docker's and the store's errors; but a container that
    /// Docker cannot tell of keeps nobody from being found: it is there as the list has it, until the
    /// observer can look at it.
    base::Async<base::Result<std::vector<RestoredTask>>> run();

private:
    base::Async<base::Result<std::vector<state::DeclaredTask>>> find_rows();
    base::Async<base::Result<std::vector<state::DeclaredTask>>>
    find_unrecorded(std::map<std::string, UnrecordedTask> lost,
                    std::vector<state::DeclaredTask> recorded);
    base::Async<void> collect(std::vector<state::DeclaredTask> rows);
    base::Async<base::Result<>> inspect_all(std::vector<state::DeclaredTask> rows);
    void keep_endpoint_ids();
    base::Async<void> restore(state::DeclaredTask row, definition::TaskDefinition definition);
    std::size_t adopt_containers(model::Task& task);
    void adopt_sick(model::Task& task, const docker::ContainerSummary& summary);
    base::Async<base::Result<>> load_records();
    base::Async<void> collect_cgroups(std::set<std::string> live);
    void apply_records(model::Task& task) const;
    std::set<std::string> ends_told(const std::string& arn) const;
    base::Async<void> reconnect(model::Task& task);

    Services& services_;
    base::TaskGroup& tasks_;
    std::map<std::string, std::vector<docker::ContainerSummary>> listed_; ///< by their task's ARN
    observer::Looks::Found inspected_;                                    ///< of what is listed
    std::set<std::string> ended_unread_;     ///< Docker ids of those that ended and are sick
    std::vector<UnrecordedTask> left_alone_; ///< theirs stays theirs, declared or not
    std::map<std::string, std::vector<state::ContainerRecord>> records_; ///< by the task's ARN
    std::set<std::string> live_arns_;
};

} // namespace agent::tasks
