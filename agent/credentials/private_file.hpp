#pragma once
// Files that hold keys, or that say which programs the agent runs: they are read only when nobody
// else could have put something there. Blocks.

#include "base/error.hpp"

#include <string>

namespace agent::credentials {

enum class Readers { anybody, owner_only };

/// The whole content of a regular file of root's or of the agent's user that nobody else may write,
/// nor read where it holds keys; permission else, with what to do. not_found, io, too_large as
/// base::read_file. Every error begins with the path.
base::Result<std::string> read_trusted_file(const std::string& path, std::size_t limit,
                                            Readers readers);

} // namespace agent::credentials
