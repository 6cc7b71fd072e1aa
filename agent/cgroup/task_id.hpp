#pragma once
// Which names are ids of tasks. Everything that becomes a path or the name of a unit, and everything
// that is found and may be removed, has to be one.

#include <string_view>

namespace agent::cgroup {

/// 32 lower-case hex digits, as the agent gives them.
bool is_plain_id(std::string_view text);

/// The same, or a UUID in lower case, as ids of tasks once were.
bool is_task_id(std::string_view text);

} // namespace agent::cgroup
