#pragma once
// The files that check-config is given. Values; any thread.

#include "agent/cli/checked_file.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace agent::cli {

/// Whether the standard input is named ("-"), and how often.
std::size_t count_standard_input(const std::vector<std::string>& named);

/// What is to be checked of the files that were named: instead of overrides the tasks beside which they stand, each
/// once, whether these are named too or only stand there; overrides without a task stay. Instead of a folder the tasks
/// that are in it, as of the tasks folder; of one that cannot be listed itself. `warnings` takes what of folders is no
/// task's. Blocks.
std::vector<std::string> files_to_check(const std::vector<std::string>& named,
                                        std::vector<std::string>* warnings = nullptr);

/// "<folder>/<name>: has no task beside it" for overrides of a folder.
std::vector<std::string> warnings_of(const std::string& folder,
                                     const std::vector<std::string>& lone_overrides);

/// check_file() of what is read there, "-" for the standard input. Overrides are a fault: they are no
/// task. Blocks.
CheckedFile check_named_file(const std::string& file, const HostWords& host);

} // namespace agent::cli
