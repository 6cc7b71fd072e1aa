#pragma once
// Role: at start, puts the tasks of an earlier run into the World exactly as containers have seen them
//   (ids, addresses, files), and collects what nobody owns any more.
// Threading: loop thread; made and used once by the engine, before the observer's first look.

#include "agent/definition/task_definition.hpp"
#include "agent/engine/services.hpp"
#include "agent/engine/task_runner.hpp"
#include "agent/engine/unrecorded.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <set>
#include <string>
#include <vector>

namespace agent::engine {

struct RestoredTask {
    std::string file;
    std::string arn;
    definition::TaskDefinition definition;
    EarlierLife earlier;
};

class Restorer {
public:
    explicit Restorer(Services& services) : services_(services) {}

    /// The tasks that are in the World now. Docker's and the store's errors.
    base::Async<base::Result<std::vector<RestoredTask>>> run();

private:
    base::Async<base::Result<std::vector<state::DeclaredTask>>> find_rows();
    base::Async<base::Result<std::vector<state::DeclaredTask>>>
    find_unrecorded(std::vector<state::DeclaredTask> recorded);
    base::Async<base::Result<>> leave_alone(UnrecordedTask task);
    base::Async<void> collect(std::vector<state::DeclaredTask> rows);
    base::Async<base::Result<>> restore(state::DeclaredTask row,
                                        definition::TaskDefinition definition);
    base::Async<base::Result<std::size_t>> adopt_containers(model::Task& task);
    base::Async<base::Result<>> load_records();
    base::Async<void> collect_volumes();
    base::Async<void> collect_cgroups(std::set<std::string> live);
    void apply_records(model::Task& task) const;
    std::set<std::string> ends_told(const std::string& arn) const;
    base::Async<void> reconnect(model::Task& task);

    Services& services_;
    std::vector<UnrecordedTask> left_alone_; ///< theirs stays theirs, declared or not
    std::vector<state::ContainerRecord> records_;
    std::set<std::string> live_arns_;
};

} // namespace agent::engine
