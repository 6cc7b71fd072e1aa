#include "handlers/pending_changes.hpp"

#include <algorithm>

namespace handlers {

namespace {

constexpr auto longest_wait = std::chrono::milliseconds(500);

} // namespace

bool is_pending(const PendingChanges& changes, const model::Caller& about) {
    if (!about)
        return false;
    if (about.container != nullptr)
        return changes.is_pending(*about.container);
    return std::ranges::any_of(about.task->containers, [&](const model::Container& each) {
        return changes.is_pending(each);
    });
}

base::Async<void> wait_for_pending(PendingChanges& changes, model::Caller about) {
    const auto end = std::chrono::steady_clock::now() + longest_wait;
    for (const auto& container : about.task->containers) {
        const bool asked_for = about.container == nullptr || about.container == &container;
        if (!asked_for || !changes.is_pending(container))
            continue;
        auto docker_id = container.docker_id;
        co_await changes.wait(std::move(docker_id), end);
    }
}

} // namespace handlers
