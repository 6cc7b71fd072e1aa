#include "agent/tasks/waits.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace agent::tasks {

namespace log = base::log;

void Waits::update(const std::vector<Wait>& waits, Clock::time_point now) {
    std::erase_if(waits_, [&](const auto& entry) {
        const auto& [wait, state] = entry;
        const bool over = std::ranges::find(waits, wait) == waits.end();
        if (over && state.told)
            tell("waits no more", wait, now - state.since);
        return over;
    });
    for (const auto& wait : waits) {
        auto& state = waits_.try_emplace(wait, State{now}).first->second;
        if (state.told || now - state.since < limit_)
            continue;
        state.told = true;
        tell("still waiting", wait, now - state.since);
    }
}

std::optional<Waits::Clock::time_point> Waits::next_due() const {
    std::optional<Clock::time_point> next;
    for (const auto& [wait, state] : waits_)
        if (!state.told)
            next = next ? std::min(*next, state.since + limit_) : state.since + limit_;
    return next;
}

void Waits::tell(const char* text, const Wait& wait, Clock::duration lasted) const {
    log::info(text,
              {{"task", task_arn_},
               {"container", wait.container},
               {"for", wait.what},
               {"seconds", std::chrono::duration_cast<std::chrono::seconds>(lasted).count()}});
}

} // namespace agent::tasks
