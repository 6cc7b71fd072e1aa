#pragma once
// Role: brings one task to where its file wants it, step by step as plan.hpp says, from wherever
//   Docker has it now; steps of different containers go side by side.
// Threading: loop thread; its owner awaits run_until_rest(), then run_until_forgotten().
// Failure: when the engine is away it waits for it; what Docker or a registry refuses for good
//   stops the container, and with an essential one the task, the reason in the log; stopping and
//   removing are tried again until they succeed.

#include "agent/definition/task_definition.hpp"
#include "agent/tasks/plan.hpp"
#include "agent/tasks/services.hpp"
#include "agent/tasks/task_steps.hpp"
#include "agent/tasks/waits.hpp"
#include "base/async.hpp"

#include <map>
#include <set>
#include <string>

namespace agent::tasks {

/// What an earlier life of the agent has said and stored of a task.
struct EarlierLife {
    bool stop_noted = false;         ///< that it is to stop
    std::set<std::string> ends_told; ///< of the containers with these names
};

class TaskRunner {
public:
    /// The task is in the World and in the store already.
    TaskRunner(Services& services, std::string arn, definition::DefinitionPtr definition,
               EarlierLife earlier);

    /// It has stopped and holds nothing but its containers.
    bool at_rest() const { return rested_; }

    /// Stops the task, since its file is gone or says something else now.
    void stop();
    /// Does not wait with the removal of what has stopped.
    void clean_up_now();
    /// Something about the task has changed in the World.
    void notify();

    /// Until it is at rest, or cancelled. What has stopped is not removed yet.
    base::Async<void> run_until_rest();
    /// From there on until the task is forgotten, or cancelled; nothing of it runs any more then.
    base::Async<void> run_until_forgotten();

private:
    /// What was last logged or stored of a container.
    struct Told {
        model::ContainerStatus known = model::ContainerStatus::none;
        bool in_docker = false;
        std::string health;
        std::optional<base::Time> started_at;
    };
    static Told told_of(const model::Container& container);

    base::Async<bool> advance();
    Situation situation(const model::Task& task) const;
    void begin_to_stop(const model::Task& task);
    bool end_unhealthy(const model::Task& task);
    base::Async<void> note_stop(model::TaskPtr task);
    void report(const model::Task& task);
    void follow_waits(const Plan& plan);
    void spawn(const Step& step);
    base::Async<void> perform(Step step);
    base::Async<base::Result<>> perform_in_turn(Step step);
    base::Async<void> handle_failure(Step step, base::Error failure);
    base::Async<void> abandon(Step step, base::Error reason);
    base::Async<void> wait_for_change(std::optional<base::Time> look_again);

    Services& services_;
    std::string arn_;
    definition::DefinitionPtr definition_;
    TaskSteps steps_;
    base::TaskGroup pulls_; ///< may be ended at any time
    base::TaskGroup work_;  ///< what Docker was asked for is waited for
    base::Notifier changed_;
    bool stop_noted_;
    std::uint64_t changes_ = 0;
    Goal goal_ = Goal::run;
    bool provisioned_ = false;
    bool released_ = false;
    bool rested_ = false;
    bool clean_up_now_ = false;
    bool stop_reported_ = false;
    std::map<std::string, Action> busy_; ///< what is under way, by container
    Waits waits_;
    std::map<std::string, std::chrono::milliseconds> pauses_; ///< after failures, by container
    std::map<std::string, std::string> warned_;               ///< the last failure logged
    std::map<std::string, Told> told_;                        ///< by container
};

} // namespace agent::tasks
