#pragma once
// What a task's state follows from. Pure.

#include "model/task.hpp"

namespace model {

/// Sets the task's and its containers' statuses from what is known of each container, and the time
/// of the first essential stop.
void settle(Task& task);

} // namespace model
