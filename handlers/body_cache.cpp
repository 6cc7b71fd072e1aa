#include "handlers/body_cache.hpp"

#include <unordered_map>
#include <vector>

namespace handlers {

struct BodyCache::Bodies {
    struct Entry {
        const model::Container* container;
        Render render;
        std::uint64_t readings; ///< the World's generation of them, 0 where they are not shown
        http::SharedBody body;
    };
    /// Keys are current snapshots only, so the World keeps them alive.
    std::unordered_map<const model::Task*, std::vector<Entry>> by_task;
};

BodyCache::BodyCache(model::World& world)
    : world_(world),
      bodies_(std::make_unique<Bodies>()),
      changes_(world.on_change([&bodies = *bodies_](const model::TaskPtr& before, const auto&) {
          if (before)
              bodies.by_task.erase(before.get());
      })) {}

BodyCache::~BodyCache() = default;

http::SharedBody BodyCache::get(const model::TaskPtr& task, const model::Container* container,
                                Render render) {
    const auto readings = render.readings == Readings::shown ? world_.readings_generation() : 0;
    const auto make = [&] {
        return std::make_shared<const std::string>(render.function(world_, *task, container));
    };
    const auto found = bodies_->by_task.find(task.get());
    if (found != bodies_->by_task.end())
        for (auto& entry : found->second) {
            if (entry.render != render || entry.container != container)
                continue;
            if (entry.readings != readings) {
                entry.body = make();
                entry.readings = readings;
            }
            return entry.body;
        }
    auto body = make();
    if (world_.find_task(task->arn) == task)
        bodies_->by_task[task.get()].push_back({container, render, readings, body});
    return body;
}

std::size_t BodyCache::size() const {
    std::size_t count = 0;
    for (const auto& [task, entries] : bodies_->by_task)
        count += entries.size();
    return count;
}

} // namespace handlers
