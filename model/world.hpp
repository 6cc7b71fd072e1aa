#pragma once
// Role: the one model of all tasks and containers on this host. The metadata file, v2, v3, v4 and
//   introspection are all rendered from it, so what one of them says the others say too.
// Threading: the loop thread only.
// Failure: none; lookups of what is not there return nothing.
// Tasks are immutable snapshots: a change puts a new one, and whoever holds the old one may go on
// reading it.

#include "model/claims.hpp"
#include "model/host_readings.hpp"
#include "model/instance.hpp"
#include "model/task.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace model {

using TaskPtr = std::shared_ptr<const Task>;

/// A container and the task snapshot that keeps it alive. Empty when `task` is null.
struct ContainerRef {
    TaskPtr task;
    const Container* container = nullptr;

    explicit operator bool() const { return container != nullptr; }
};

/// Who sent a request, by source address. `container` is null where several containers of the task
/// share the address, since an address does not tell the members of one namespace apart.
struct Caller {
    TaskPtr task;
    const Container* container = nullptr;

    explicit operator bool() const { return task != nullptr; }
};

class World {
public:
    explicit World(Instance instance);
    /// When all who observe it have let go of their subscriptions.
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    const Instance& instance() const { return instance_; }

    /// The newest; empty before the first.
    const HostReadings& readings() const { return readings_; }
    /// Equal ones change nothing.
    void set_readings(const HostReadings& readings);
    /// Raised by one whenever the readings change: what shows them is then rendered anew.
    std::uint64_t readings_generation() const { return readings_generation_; }

    /// Adds a task or replaces the one of the same ARN. Equal content changes nothing.
    void put(Task task);
    /// Forgets a task; false when it was not there.
    bool remove(std::string_view arn);

    TaskPtr find_task(std::string_view arn) const;
    ContainerRef find_by_endpoint_id(std::string_view id) const;
    ContainerRef find_by_docker_id(std::string_view id) const;
    /// All containers whose Docker id begins so; an empty prefix matches every one.
    std::vector<ContainerRef> find_by_docker_id_prefix(std::string_view prefix) const;
    /// By link-local lease or by address on any Docker network. Where several containers that are
    /// taken to run have the address, the one that was started last: the others have ended.
    Caller find_by_address(std::string_view ipv4) const;

    /// Ordered by ARN.
    const std::map<std::string, TaskPtr, std::less<>>& tasks() const { return tasks_; }

    /// Raised by one at every change; what is rendered from the whole world is keyed by it.
    std::uint64_t generation() const { return generation_; }

    /// Called after every change with the task before (null: new) and after (null: removed). All
    /// observers hear of all changes in their order: of one that an observer makes itself, they hear
    /// when all have heard of the one before.
    using Observer = std::function<void(const TaskPtr& before, const TaskPtr& after)>;
    /// Whoever lets go of it is told nothing any more. It ends before the World.
    using Subscription = std::shared_ptr<const Observer>;
    [[nodiscard]] Subscription on_change(Observer observer);

private:
    /// `before` null: a new task; `after` null: it is gone.
    void index(const Task* before, const Task* after);
    struct Change {
        TaskPtr before;
        TaskPtr after;
    };
    void announce(TaskPtr before, TaskPtr after);
    void tell(const Change& change);

    Instance instance_;
    HostReadings readings_;
    std::uint64_t readings_generation_ = 0;
    std::map<std::string, TaskPtr, std::less<>> tasks_;
    Claims docker_ids_;
    Claims endpoint_ids_;
    Claims addresses_;
    std::uint64_t generation_ = 0;
    std::vector<std::weak_ptr<const Observer>> observers_;
    std::deque<Change> untold_;
    bool telling_ = false;
};

} // namespace model
