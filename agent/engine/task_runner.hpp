#pragma once
// Role: brings one declared task to where its file wants it, step by step as plan.hpp says, from
//   wherever Docker has it now.
// Threading: loop thread; run() is a task of the engine's group.
// Failure: when the engine is away it waits for it; what Docker refuses for good stops the task,
//   with the reason in the log; stopping and removing are tried again until they succeed.

#include "agent/definition/task_definition.hpp"
#include "agent/engine/container_maker.hpp"
#include "agent/engine/plan.hpp"
#include "agent/engine/services.hpp"
#include "base/async.hpp"

#include <string>

namespace agent::engine {

class TaskRunner {
public:
    /// The task is in the World and in the store already.
    TaskRunner(base::Executor loop, Services& services, std::string arn,
               definition::TaskDefinition definition);

    const std::string& arn() const { return arn_; }
    const definition::TaskDefinition& definition() const { return definition_; }
    Goal goal() const { return goal_; }

    /// From now on, work towards this.
    void set_goal(Goal goal);
    /// Something about the task has changed in the World.
    void notify() { changed_.notify_all(); }

    /// Until the task is forgotten, or cancelled.
    base::Async<void> run();

private:
    base::Async<base::Result<>> perform_in_turn(Step step);
    base::Async<base::Result<>> perform(Step step);
    base::Async<base::Result<>> give_up(std::string docker_name);
    base::Async<base::Result<>> start(model::Container container);
    base::Async<base::Result<>> attach(model::Container pause);
    base::Async<base::Result<>> stop(bool pause);
    base::Async<base::Result<>> remove(std::size_t index);
    base::Async<base::Result<>> detach();
    base::Async<base::Result<>> forget();
    base::Async<void> stop_one(std::string docker_id, std::string name);
    void abandon(const Step& step, const base::Error& reason);

    base::Executor loop_;
    Services& services_;
    std::string arn_;
    definition::TaskDefinition definition_;
    ContainerMaker maker_;
    Goal goal_ = Goal::run;
    base::Notifier changed_;
};

} // namespace agent::engine
