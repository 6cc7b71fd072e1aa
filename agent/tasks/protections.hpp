#pragma once
// Role: until when tasks are protected from being stopped by their files, as their own containers
//   ask for: in the World, and in the state file so that it outlives the agent.
// Threading: loop thread; owned by the supervisor.
// Failure: what cannot be stored is not granted.

#include "agent/tasks/services.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "handlers/agentapi/protection_keeper.hpp"

#include <map>
#include <optional>
#include <string>

namespace agent::tasks {

class Protections : public handlers::ProtectionKeeper {
public:
    explicit Protections(Services& services);

    /// Reads those of an earlier run; a task has its own again as soon as it is in the World.
    base::Async<base::Result<>> load();

    /// Forgets those of tasks that are not in the World. Only once all tasks are there that are.
    base::Async<void> sweep();

    /// Declared and observed tasks alike; one that stops cannot be protected any more.
    base::Async<base::Result<>> protect(std::string task_arn,
                                        std::optional<base::Time> until) override;

    /// Notified when one has changed, or its task is gone; not when its time has passed.
    base::Notifier& changed() { return changed_; }

private:
    void on_change(const model::TaskPtr& before, const model::TaskPtr& after);
    std::optional<std::string> find_ownerless() const;
    bool runs(const std::string& arn) const;

    Services& services_;
    base::Notifier changed_;
    std::map<std::string, base::Time> stored_; ///< what the state file has, by ARN
    model::World::Subscription changes_;
};

} // namespace agent::tasks
