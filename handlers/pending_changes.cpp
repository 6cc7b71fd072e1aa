#include "handlers/pending_changes.hpp"

#include <algorithm>

namespace handlers {

bool is_pending(const PendingChanges& changes, const model::Caller& about) {
    if (!about)
        return false;
    if (about.container != nullptr)
        return changes.is_pending(*about.container);
    return std::ranges::any_of(about.task->containers, [&](const model::Container& each) {
        return changes.is_pending(each);
    });
}

std::chrono::milliseconds longest_wait_about(const model::Container& container) {
    return model::has_run(container) ? longest_wait : longest_wait_for_first_run;
}

std::chrono::milliseconds longest_wait_about(const model::Caller& about) {
    return about.container == nullptr ? longest_wait : longest_wait_about(*about.container);
}

base::Async<void> wait_for_pending(PendingChanges& changes, model::Caller about,
                                   std::chrono::steady_clock::time_point end) {
    for (const auto& container : about.task->containers) {
        const bool asked_for = about.container == nullptr || about.container == &container;
        if (!asked_for || !changes.is_pending(container))
            continue;
        if (std::chrono::steady_clock::now() >= end)
            co_return;
        auto docker_id = container.docker_id;
        co_await changes.wait(std::move(docker_id), end);
    }
}

} // namespace handlers
