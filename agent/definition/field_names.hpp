#pragma once
// Which fields of a task definition this agent honours, taken from the tables that parse them: for
// tests that ask for a row in the documentation and for a trial of each. Pure; any thread.

#include <string>
#include <vector>

namespace agent::definition {

/// Paths such as "containerDefinitions[].linuxParameters.tmpfs", in the order of the tables. The
/// path of a field that holds an object or a list of objects comes right before those of the fields
/// in it ("containerDefinitions[].linuxParameters.tmpfs[].size").
std::vector<std::string> honoured_fields();

} // namespace agent::definition
