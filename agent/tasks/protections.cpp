#include "agent/tasks/protections.hpp"

#include "base/log.hpp"
#include "model/edit_task.hpp"

namespace agent::tasks {

namespace log = base::log;
using base::Async;
using base::Result;

Protections::Protections(Services& services)
    : services_(services),
      changed_(services.loop),
      changes_(services.world.on_change(
          [this](const model::TaskPtr& before, const model::TaskPtr& after) {
              on_change(before, after);
          })) {}

void Protections::on_change(const model::TaskPtr& before, const model::TaskPtr& after) {
    if (!after) {
        changed_.notify_all();
        return;
    }
    if (before && before->protected_until != after->protected_until)
        changed_.notify_all();
    const auto stored = stored_.find(after->arn);
    if (stored == stored_.end() || after->protected_until)
        return;
    model::edit_task(services_.world, stored->first,
                     [&](model::Task& task) { task.protected_until = stored->second; });
}

Async<Result<>> Protections::load() {
    auto load = [&store = services_.store] { return store.protections(); };
    CO_TRY(stored_, co_await services_.disk.read(std::move(load)));
    co_return Result<>();
}

std::optional<std::string> Protections::find_ownerless() const {
    for (const auto& [arn, until] : stored_)
        if (!services_.world.find_task(arn))
            return arn;
    return std::nullopt;
}

Async<void> Protections::sweep() {
    while (const auto arn = find_ownerless()) {
        stored_.erase(*arn);
        auto forget = [&store = services_.store, arn] { return store.protect(*arn, std::nullopt); };
        const auto forgotten = co_await services_.disk.run(std::move(forget));
        // The next start of the agent finds it again.
        if (!forgotten)
            log::warn("cannot forget the protection of a task that is gone, ignoring",
                      {{"task", *arn}, log::why(forgotten.error())});
    }
}

bool Protections::runs(const std::string& arn) const {
    const auto task = services_.world.find_task(arn);
    return task && task->desired == model::TaskStatus::running;
}

Async<Result<>> Protections::protect(std::string task_arn, std::optional<base::Time> until) {
    const base::Error gone(base::Errc::not_found, "no such task runs");
    if (!runs(task_arn))
        co_return gone;
    auto store = [&store = services_.store, task_arn, until] {
        return store.protect(task_arn, until);
    };
    const auto stored = co_await services_.disk.run(std::move(store));
    if (!stored) {
        log::error("cannot store a task's protection; it is as it was",
                   {{"task", task_arn}, log::why(stored.error())});
        co_return stored.error();
    }
    if (until)
        stored_[task_arn] = *until;
    else
        stored_.erase(task_arn);
    if (!runs(task_arn)) {
        changed_.notify_all();
        co_return gone;
    }
    model::edit_task(services_.world, task_arn,
                     [&](model::Task& task) { task.protected_until = until; });
    co_return Result<>();
}

} // namespace agent::tasks
