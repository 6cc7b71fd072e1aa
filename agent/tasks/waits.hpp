#pragma once
// What a task waits for, and since when. A wait that lasts is told in the log once, and then its end too.
// Loop thread; owned by the task's runner.

#include "agent/tasks/plan.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent::tasks {

class Waits {
public:
    using Clock = std::chrono::steady_clock;

    /// A wait is told when it has lasted for so long.
    Waits(std::string task_arn, std::chrono::milliseconds limit)
        : task_arn_(std::move(task_arn)), limit_(limit) {}

    /// These are all that there are now.
    void update(const std::vector<Wait>& waits, Clock::time_point now);
    /// When the next one is to be told; nothing when none is.
    std::optional<Clock::time_point> next_due() const;

private:
    struct State {
        Clock::time_point since;
        bool told = false;
    };
    void tell(const char* text, const Wait& wait, Clock::duration lasted) const;

    std::string task_arn_;
    std::chrono::milliseconds limit_;
    std::map<Wait, State> waits_;
};

} // namespace agent::tasks
