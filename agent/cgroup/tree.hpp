#pragma once
// Folders of the same name in several cgroup hierarchies: Docker makes a container's parent in all of
// them, so all have to be looked at and cleaned. Also what one does with a cgroup's files.
// What makes and removes cgroups does so below the root of a mount too, whose mode forbids it to its owner, root:
// the mode is changed for that moment. All calls block.

#include "base/error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agent::cgroup {

/// Writes to a file of the kernel's, which has to be there; the errors are those of refused_write().
base::Result<> write_value(const std::string& path, const std::string& value);

/// What is said of a write that ended with this errno, naming value and file. conflict (EBUSY): the
/// same may be allowed in a moment; unsupported (EOPNOTSUPP): never to this cgroup; not_found,
/// permission, io.
base::Error refused_write(const std::string& path, const std::string& value, int error_number);

/// write_value(), or what a test has instead to refuse as the kernel does.
using Write = std::function<base::Result<>(const std::string& path, const std::string& value)>;

/// Its text without the newline at its end.
base::Result<std::string> read_value(const std::string& path);

/// "process 12 is in <path>", the first that is in one of these; nothing where none is.
std::optional<std::string> process_in(const std::vector<std::string>& cgroups);

/// The cgroup exists; its parent has to.
base::Result<> make_cgroup(const std::string& path);

/// The hierarchies of version 1 (and the unified one beside them) that have a folder in `mount`. A
/// hierarchy with two names is named once. not_found when there is none.
base::Result<std::vector<std::string>> find_hierarchies(const std::string& mount);

class Tree {
public:
    /// `roots`: where the hierarchies are mounted.
    explicit Tree(std::vector<std::string> roots) : roots_(std::move(roots)) {}

    /// Removes the cgroup and those below it wherever they are and have no process; fine when there
    /// is none. A container that has just died is in its cgroup for a moment: waits `patience` for
    /// that. conflict, naming a process, when there is one still.
    base::Result<> remove(const std::string& relative, std::chrono::milliseconds patience) const;

    /// The names directly below it in any hierarchy, sorted.
    base::Result<std::vector<std::string>> children(const std::string& relative) const;

    /// Removes this one cgroup where nothing is in it, and leaves it elsewhere.
    base::Result<> remove_if_empty(const std::string& relative) const;

private:
    std::vector<std::string> roots_;
};

} // namespace agent::cgroup
