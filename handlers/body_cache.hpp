#pragma once
// Role: keeps what was rendered from a task snapshot until the World has another one, so that what
//   is asked often is rendered once. A body that shows the host's readings is rendered anew, when it
//   is asked for, after these have changed.
// Threading: the loop thread only.
// Bounded by the World: at most one body for each renderer and container of a current task.

#include "handlers/http/message.hpp"
#include "model/world.hpp"

#include <memory>
#include <string>

namespace handlers {

class BodyCache {
public:
    enum class Readings { unused, shown };

    /// How a body is made.
    struct Render {
        /// Renders a whole task (container null) or one of its containers; a pure function. Of the
        /// World it may use the instance, and the readings if it says so.
        using Function = std::string (*)(const model::World& world, const model::Task& task,
                                         const model::Container* container);

        constexpr Render(Function make, Readings use = Readings::unused)
            : function(make), readings(use) {}
        bool operator==(const Render&) const = default;

        Function function;
        Readings readings;
    };

    /// Follows the world's changes; the world must outlive the cache's last get().
    explicit BodyCache(model::World& world);
    ~BodyCache();
    BodyCache(const BodyCache&) = delete;
    BodyCache& operator=(const BodyCache&) = delete;

    /// The body, rendered now or before. A task that is no longer in the World is rendered anew.
    http::SharedBody get(const model::TaskPtr& task, const model::Container* container,
                         Render render);
    /// How many bodies are kept.
    std::size_t size() const;

private:
    struct Bodies;
    const model::World& world_;
    std::unique_ptr<Bodies> bodies_;
    model::World::Subscription changes_;
};

} // namespace handlers
