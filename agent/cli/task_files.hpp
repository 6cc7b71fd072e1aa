#pragma once
// The files that check-config is given. Values; any thread.

#include "agent/cli/checked_file.hpp"

#include <string>
#include <vector>

namespace agent::cli {

/// What is to be checked of the files that were named: instead of overrides the tasks beside which they stand, each
/// once, whether these are named too or only stand there. Overrides without a task stay. Blocks.
std::vector<std::string> files_to_check(const std::vector<std::string>& named);

/// check_file() of what is read there, "-" for the standard input. Overrides are a fault: they are no task. Blocks.
CheckedFile check_named_file(const std::string& file, const HostWords& host);

} // namespace agent::cli
