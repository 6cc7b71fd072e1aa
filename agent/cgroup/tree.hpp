#pragma once
// Folders of the same name in several cgroup hierarchies: Docker makes a container's parent in all of
// them, so all have to be looked at and cleaned. Also the two things one does with a cgroup's files.
// What makes and removes cgroups does so below the root of a mount too, whose mode forbids it to its owner, root:
// the mode is changed for that moment. All calls block.

#include "base/error.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace agent::cgroup {

/// Writes to a file of the kernel's, which has to be there; the error names value and file.
base::Result<> write_value(const std::string& path, const std::string& value);

/// Its text without the newline at its end.
base::Result<std::string> read_value(const std::string& path);

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
