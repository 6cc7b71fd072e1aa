#pragma once
// What a definition needs of this host beside an engine: environment files, secrets, folders, a log driver that can
// start. Blocks.

#include "agent/cli/checked_file.hpp"

namespace agent::cli {

/// Adds what keeps the task from running here, what is taken otherwise than it stands there, and by which secrets of
/// this host those of the definition are replaced. No value of any is among it.
void look_around(const definition::TaskDefinition& task, const stand_ins::StandIns& host,
                 CheckedFile& file);

} // namespace agent::cli
