#pragma once
// Starts and ends of a task's containers, as the log tells them.

#include "base/time.hpp"
#include "model/container.hpp"

#include <string>
#include <vector>

namespace agent::tasks {

struct Moment {
    base::Time time;
    bool is_start = true;
    const model::Container* container = nullptr; ///< never null where it is told
};

/// A line of the log for each, in the order in which they happened.
void tell_in_order(const std::string& task_arn, std::vector<Moment> moments);

} // namespace agent::tasks
