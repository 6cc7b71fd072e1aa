#pragma once
// Performs the steps that plan.hpp names, one at a time a container: the one place where a task's
// plan touches Docker, the kernel and the disk. Loop thread; owned by the task's runner, which
// outlives the steps under way.

#include "agent/tasks/container_maker.hpp"
#include "agent/tasks/member.hpp"
#include "agent/tasks/plan.hpp"
#include "agent/tasks/services.hpp"
#include "agent/tasks/task_resources.hpp"
#include "base/async.hpp"

#include <map>
#include <string>

namespace agent::tasks {

class TaskSteps {
public:
    TaskSteps(Services& services, std::string arn, const definition::TaskDefinition& definition)
        : services_(services),
          arn_(std::move(arn)),
          definition_(definition),
          resources_(services, definition),
          maker_(services, definition, resources_) {}

    /// Docker's, the kernel's and the store's errors; what has been done shows in the World.
    base::Async<base::Result<>> perform(Step step);

    /// Notes that a container could not be brought up, and why, in the World and in the store.
    base::Async<void> give_up_on(std::string name, std::string reason,
                                 std::optional<std::int64_t> exit_code);

    /// Keeps what Docker does not tell of the container after it is gone.
    base::Async<void> store_record(std::string name);

private:
    base::Async<base::Result<>> perform_on(Member member, Action action);
    base::Async<base::Result<>> check_limits(std::string docker_id);
    base::Async<base::Result<>> start(Member member);
    base::Async<bool> wait_for_file(std::string docker_id);
    base::Async<base::Result<>> see_start(Member member, base::Result<> answer);
    base::Async<base::Result<>> discard(Member member);
    base::Async<base::Result<>> restart(Member member);
    base::Async<base::Result<>> attach(Member member);
    base::Async<base::Result<>> stop(Member member);
    base::Async<base::Result<>> remove(Member member);
    base::Async<void> remove_old_pause_images();
    base::Async<base::Result<>> forget_uncreated(Member member);
    base::Async<base::Result<>> create(Member member);
    bool may_be_made_anew(const Member& member, const base::Error& error);
    bool may_use_engine_log_driver(const Member& member, const base::Error& error);
    bool may_use_gpu_runtime(const Member& member, const base::Error& error);
    bool may_choose_other_ports(const Member& member, const base::Error& error);

    Services& services_;
    std::string arn_;
    const definition::TaskDefinition& definition_;
    TaskResources resources_;
    ContainerMaker maker_;
    std::map<std::string, int> port_attempts_;
};

} // namespace agent::tasks
