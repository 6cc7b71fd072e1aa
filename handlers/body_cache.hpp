#pragma once
// Role: keeps what was rendered from a task snapshot until the World has another one, so that what
//   is asked often is rendered once.
// Threading: the loop thread only.
// Bounded by the World: at most one body for each renderer and container of a current task.

#include "handlers/http/message.hpp"
#include "model/world.hpp"

#include <memory>
#include <string>

namespace handlers {

class BodyCache {
public:
    /// Renders a whole task (container null) or one of its containers; a pure function.
    using Render = std::string (*)(const model::Instance& instance, const model::Task& task,
                                   const model::Container* container);

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
    std::shared_ptr<Bodies> bodies_;
};

} // namespace handlers
