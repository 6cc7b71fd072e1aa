#pragma once
// Where the cgroupfs drivers of both versions put tasks.

#include <string>

namespace agent::cgroup {

/// Below the root of each hierarchy.
inline constexpr auto cgroupfs_parent = "ecs";

/// The task's cgroup, relative to the root of a hierarchy; with a '/' before it, what Docker takes.
inline std::string cgroupfs_name(const std::string& task_id) {
    return std::string(cgroupfs_parent) + '/' + task_id;
}

} // namespace agent::cgroup
