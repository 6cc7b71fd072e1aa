#pragma once
// Role: at start, puts the tasks of an earlier run into the World exactly as containers have seen them
//   (ids, addresses, files), and collects what nobody owns any more.
// Threading: loop thread; made and used once by the engine, before the observer's first look.

#include "agent/definition/task_definition.hpp"
#include "agent/engine/services.hpp"
#include "agent/engine/unrecorded.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <string>
#include <vector>

namespace agent::engine {

struct RestoredTask {
    std::string file;
    std::string arn;
    definition::TaskDefinition definition;
};

class Restorer {
public:
    Restorer(base::WorkerPool& workers, Services& services)
        : workers_(workers), services_(services) {}

    /// The tasks that are in the World now. Docker's and the store's errors.
    base::Async<base::Result<std::vector<RestoredTask>>> run();

private:
    base::Async<base::Result<std::vector<state::DeclaredTask>>> find_rows();
    base::Async<base::Result<std::vector<state::DeclaredTask>>>
    find_unrecorded(std::vector<state::DeclaredTask> recorded);
    base::Async<void> collect(std::vector<state::DeclaredTask> rows);
    base::Async<base::Result<>> restore(state::DeclaredTask row,
                                        definition::TaskDefinition definition);
    base::Async<base::Result<std::size_t>> adopt_containers(model::Task& task);
    base::Async<void> reconnect(model::Task& task);

    base::WorkerPool& workers_;
    Services& services_;
    std::vector<UnrecordedTask> left_alone_; ///< theirs stays theirs, declared or not
};

} // namespace agent::engine
