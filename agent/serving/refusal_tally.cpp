#include "agent/serving/refusal_tally.hpp"

#include <algorithm>
#include <utility>

namespace agent::serving {

namespace {

constexpr auto time_between_lines = std::chrono::seconds(1);

} // namespace

handlers::AuditEntry RefusalTally::Sum::entry() const {
    handlers::AuditEntry entry;
    entry.status = status;
    entry.peer = peer;
    entry.path = path;
    entry.user_agent = user_agent;
    entry.refusals = refusals;
    return entry;
}

bool RefusalTally::add(const handlers::AuditEntry& refusal, Clock::time_point now) {
    auto found = tasks_.find(refusal.refused_task);
    if (found == tasks_.end()) {
        // Tasks come and go: those that are quiet again are forgotten.
        std::erase_if(tasks_, [now](const auto& each) {
            return each.second.counted.refusals == 0 &&
                   now - each.second.written >= time_between_lines;
        });
        tasks_[std::string(refusal.refused_task)].written = now;
        return true;
    }
    auto& [written, counted] = found->second;
    if (counted.refusals == 0 && now - written >= time_between_lines) {
        written = now;
        return true;
    }
    counted.status = refusal.status;
    counted.peer = refusal.peer;
    counted.path = refusal.path;
    counted.user_agent = refusal.user_agent;
    ++counted.refusals;
    return false;
}

std::vector<RefusalTally::Sum> RefusalTally::due(Clock::time_point now) {
    std::vector<Sum> sums;
    for (auto& [arn, task] : tasks_) {
        if (task.counted.refusals == 0 || now - task.written < time_between_lines)
            continue;
        task.written = now;
        sums.push_back(std::exchange(task.counted, {}));
    }
    return sums;
}

std::vector<RefusalTally::Sum> RefusalTally::rest() {
    std::vector<Sum> sums;
    for (auto& [arn, task] : std::exchange(tasks_, {}))
        if (task.counted.refusals > 0)
            sums.push_back(std::move(task.counted));
    return sums;
}

std::optional<RefusalTally::Clock::time_point> RefusalTally::next() const {
    std::optional<Clock::time_point> earliest;
    for (const auto& [arn, task] : tasks_)
        if (task.counted.refusals > 0)
            earliest = std::min(earliest.value_or(Clock::time_point::max()),
                                task.written + time_between_lines);
    return earliest;
}

} // namespace agent::serving
