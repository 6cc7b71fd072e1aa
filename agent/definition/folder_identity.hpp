#pragma once
// What tells a folder from another one that comes to have its name: what was mounted there from the
// mount point below, a new folder from the one before. Blocks; any thread.

#include "base/error.hpp"

#include <optional>
#include <string>

namespace agent::definition {

/// A text that no other folder has, whatever is done in it; nothing when the path names nothing.
/// permission or io.
base::Result<std::optional<std::string>> folder_identity(const std::string& path);

} // namespace agent::definition
