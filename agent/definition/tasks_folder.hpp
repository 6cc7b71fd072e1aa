#pragma once
// The tasks folder, read as a whole: events about it are only hints that it should be read again.
// Blocking; from a coroutine, offload it. The folder is the user's, nothing is written there.

#include "agent/definition/host.hpp"
#include "agent/definition/task_definition.hpp"
#include "agent/tables/findings.hpp"
#include "base/error.hpp"

#include <string>
#include <vector>

namespace agent::definition {

constexpr std::size_t max_task_files = 500;

/// One file that declares a task. `name` (with its ending) is the declaration's identity: a.json
/// and a.yaml are two tasks.
struct TaskFile {
    std::string name;
    /// What it says, or why it cannot be used ("<path>: <reason>"). A file that is there but broken
    /// may be half written: keep the last good definition; only absence removes a task.
    base::Result<TaskDefinition> definition;
    /// How it was taken, and all that is wrong with it; for the log.
    tables::Findings findings = {};
};

struct FolderReading {
    bool present = false;        ///< false: the folder does not exist (then `files` is empty)
    std::string identity;        ///< what folder_identity() says of it
    std::vector<TaskFile> files; ///< ordered by name
};

/// Whether a file of this name declares a task: *.json, *.yaml or *.yml that begins neither with a
/// dot nor with '~' or '#', as the temporary files of editors and office programs do.
bool is_task_file_name(const std::string& name);

/// Reads all task files of the folder; links are followed, what is no regular file is passed over,
/// a link to nothing is a file with an error. Fails as a whole (keep what was read before) with
/// exhausted over max_task_files files, with permission or io when the folder cannot be listed, and
/// with conflict when it was replaced by another meanwhile (or unmounted).
base::Result<FolderReading> read_tasks_folder(const std::string& path, const Host& host = {});

} // namespace agent::definition
