// The observer as handlers::PendingChanges: what is on its way about a container, and who waits for it.

#include "agent/observer/observer.hpp"

#include <algorithm>

namespace agent::observer {

using base::Async;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// Docker may take so long to start a container before it counts as sick.
constexpr auto longest_start = seconds(10);
/// A container that does not run is looked at so often at most because somebody asks about it.
constexpr auto between_looks = seconds(1);
/// So many that have ended; those that nobody has seen run yet may be a hundred that start at once.
constexpr std::ptrdiff_t most_asked_about = 16;

} // namespace

void Observer::start_begins(const std::string& docker_id) {
    starting_[docker_id] = steady_clock::now();
}

void Observer::start_has_ended(const std::string& docker_id) {
    starting_.erase(docker_id);
    looks_.changed().notify_all();
}

bool Observer::is_being_started(const std::string& docker_id) const {
    const auto found = starting_.find(docker_id);
    return found != starting_.end() && steady_clock::now() - found->second < longest_start;
}

/// Because somebody asks about a container that does not run.
bool Observer::may_be_looked_at(const model::Container& container) const {
    const auto is_recent = [now = steady_clock::now()](const auto& entry) {
        return now - entry.second < between_looks;
    };
    const auto found = looked_at_.find(container.docker_id);
    if (found != looked_at_.end() && is_recent(*found))
        return false;
    return !model::has_run(container) ||
           std::ranges::count_if(looked_at_, is_recent) < most_asked_about;
}

void Observer::look_for_somebody(const std::string& docker_id) {
    const auto now = steady_clock::now();
    std::erase_if(looked_at_,
                  [&](const auto& entry) { return now - entry.second >= between_looks; });
    looked_at_[docker_id] = now;
    look(docker_id);
}

bool Observer::is_pending(const model::Container& container) const {
    const auto& docker_id = container.docker_id;
    if (docker_id.empty())
        return false;
    // Between two lives that Docker's restart policy gives it, it has started but has no process.
    const bool runs = model::is_running(container) && container.pid != 0;
    if (!runs && is_being_started(docker_id))
        return true;
    if (!connected_ || looks_.is_sick(docker_id))
        return false;
    if (const auto since = looks_.due_since(docker_id))
        return steady_clock::now() - *since < handlers::longest_wait_about(container);
    const bool ended_for_good = container.known == model::ContainerStatus::stopped &&
                                container.desired == model::ContainerStatus::stopped;
    return !runs && !ended_for_good && may_be_looked_at(container);
}

Async<void> Observer::wait(std::string docker_id, steady_clock::time_point end) {
    const auto stop = co_await base::stop_token();
    while (steady_clock::now() < end && !stop.requested()) {
        const auto now = world_.find_by_docker_id(docker_id);
        if (!now || !is_pending(*now.container))
            co_return;
        if (!looks_.due_since(docker_id) && !is_being_started(docker_id))
            look_for_somebody(docker_id);
        co_await looks_.changed().wait_for(end - steady_clock::now());
    }
}

} // namespace agent::observer
