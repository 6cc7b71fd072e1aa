#pragma once
// A core would hold what tasks and registries trust us with.

#include "base/error.hpp"

namespace agent::host {

/// From now on nothing makes a core of this process, whatever the system's settings are. io.
base::Result<> forbid_core_dumps();

} // namespace agent::host
