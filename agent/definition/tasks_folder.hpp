#pragma once
// The tasks folder, read as a whole: events about it are only hints that it should be read again.
// Blocking; from a coroutine, offload it. The folder is the user's, nothing is written there.

#include "agent/definition/host.hpp"
#include "agent/definition/replacement.hpp"
#include "agent/definition/task_definition.hpp"
#include "agent/stand_ins/stand_ins.hpp"
#include "agent/tables/findings.hpp"
#include "base/error.hpp"

#include <memory>
#include <string>
#include <vector>

namespace agent::definition {

/// Of files that declare tasks; and as many of overrides.
constexpr std::size_t max_task_files = 500;

struct Overrides;

/// One file that declares a task. `name` (with its ending) is the declaration's identity: a.json
/// and a.yaml are two tasks.
struct TaskFile {
    std::string name;
    /// What it says, or why it cannot be used ("<path>: <reason>"). A file that is there but broken
    /// may be half written: keep the last good definition; only absence removes a task.
    base::Result<TaskDefinition> definition;
    /// How it was taken, and all that is wrong with it; for the log.
    tables::Findings findings = {};
    std::vector<Replacement> replaced = {}; ///< what this host has put in; for the log
    std::string overrides = {}; ///< the name of the file beside it that changes it, if any
};

struct FolderReading {
    bool present = false;        ///< false: the folder does not exist (then `files` is empty)
    std::string identity;        ///< what folder_identity() says of it
    std::vector<TaskFile> files; ///< ordered by name
    /// Names of overrides files beside which there is no task; ordered.
    std::vector<std::string> lone_overrides;
};

/// Whether a file of this name declares a task: *.json, *.yaml or *.yml that begins neither with a
/// dot nor with '~' or '#', as the temporary files of editors and office programs do, and is no
/// overrides file.
bool is_task_file_name(const std::string& name);

/// Whether a file of this name changes the task beside it: web.overrides.yaml (.yml, .json) that of
/// web.json (or .yaml, .yml).
bool is_overrides_file_name(const std::string& name);

/// Reads all task files of the folder, as they are by what the host says and by what stands beside them;
/// links are followed, what is no regular file is passed over,
/// a link to nothing is a file with an error. Fails as a whole (keep what was read before) with
/// exhausted over max_task_files files of a kind, with permission or io when the folder cannot be listed, and
/// with conflict when it was replaced by another meanwhile (or unmounted).
base::Result<FolderReading>
read_tasks_folder(const std::string& path, const stand_ins::StandIns& host, const Host& here = {});

/// The names of files in a folder of tasks, for who reads them one by one.
struct FolderNames {
    bool present = false;                    ///< false: the folder does not exist
    std::vector<std::string> tasks;          ///< of those that read_tasks_folder() reads; ordered
    std::vector<std::string> lone_overrides; ///< as in FolderReading
};
/// As read_tasks_folder(): exhausted, permission, io.
base::Result<FolderNames> names_in_tasks_folder(const std::string& path);

/// What stands beside a definition's file, of whatever name that is.
struct OverridesBeside {
    std::string file;                           ///< its path; "" where none or several are there
    std::shared_ptr<const Overrides> overrides; ///< null where there are none, or faults
    std::vector<base::Error> faults;            ///< "<field>: <reason>" each, or a reason alone
    tables::Lines lines;
};
/// Two files of overrides are a fault, as is one that cannot be read.
OverridesBeside overrides_beside(const std::string& path);

} // namespace agent::definition
