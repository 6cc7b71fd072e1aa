#pragma once
// The metadata files on the host's disk. Role: makes, replaces and removes them; what and when is
// the caller's. Threading: every call blocks (fsync), so it is run on the worker pool, one call a
// container at a time; different containers may run side by side. Failure: a Result, nothing half.
// The directory of a container is bound into it by inode: it is never made anew while it exists.

#include "base/error.hpp"
#include "base/files.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace metadatafile {

/// Makes a container's directory and its parents, 0755 each; one that exists is kept as it is, and
/// freed of temporary files of an interrupted write. io or permission.
base::Result<> prepare(const std::string& directory);

/// Replaces metadata.json (0644) in a prepared directory. Readers see the old text or the new one.
/// not_found when the directory is gone, io or permission otherwise; the old file stays then.
base::Result<> write(const std::string& directory, std::string_view text,
                     base::PowerCut after = base::PowerCut::safe);

/// Removes a task's directory with all containers in it, and the cluster's when it was the last;
/// false when there was none.
base::Result<bool> remove_task(const std::string& directory);

/// A task that has a directory.
struct TaskDirectory {
    std::string cluster;
    std::string task_id;
    std::vector<std::string> containers; ///< names, sorted
};

/// The endpoint ids of undeclared containers that have a directory, sorted. At any time: nothing is
/// changed. Empty when nothing is there.
base::Result<std::vector<std::string>> list_undeclared(const std::string& data_directory);

/// The names of the volumes that have a directory, sorted. At any time: nothing is changed. Empty when
/// nothing is there.
base::Result<std::vector<std::string>> list_volumes(const std::string& data_directory);

/// What an earlier run has left of tasks, sorted by cluster and task id; temporary files of interrupted
/// writes are removed on the way. For the start, before anything is written. Empty when nothing is
/// there.
base::Result<std::vector<TaskDirectory>> list_task_directories(const std::string& data_directory);

} // namespace metadatafile
