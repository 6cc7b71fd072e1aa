#pragma once
// Where the systemd driver puts tasks.

namespace agent::cgroup {

/// systemd makes this one by itself: a name with '-' lies in the one before it.
inline constexpr auto common_slice = "ecstasks.slice";

} // namespace agent::cgroup
