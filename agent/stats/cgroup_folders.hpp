#pragma once
// Where a container's cgroups are, controller by controller: hosts have version 1, version 2, or some
// controllers of each. Pure functions over /proc/self/mountinfo and /proc/<pid>/cgroup.

#include "agent/stats/readings.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::stats {

struct CgroupMount {
    std::string point;
    std::string root;    ///< the part of the hierarchy that is seen there
    std::string options; ///< version 1: its controllers among others, between commas
    bool unified = false;
};

std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo);

/// By Folder; "" where there is none.
using Folders = std::array<std::string, folder_count>;

/// Of the container that a process is in, by its cgroup file. Nothing when that names another
/// container, or none: the process is not the one that it was taken for. What the container has
/// divided itself into, as a systemd in it does, is taken together. `task_id` finds the cgroup that
/// holds the limits of a whole task.
std::optional<Folders> container_folders(std::string_view cgroup_file,
                                         const std::vector<CgroupMount>& mounts,
                                         std::string_view docker_id, std::string_view task_id);

} // namespace agent::stats
