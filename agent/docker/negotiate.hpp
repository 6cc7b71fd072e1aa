#pragma once
// Which API version to speak. A pure function.

#include "agent/docker/types.hpp"
#include "base/error.hpp"

#include <optional>

namespace agent::docker {

/// The newest version that both sides speak, or `pinned` if both do. unsupported, naming both
/// ranges, when there is none.
base::Result<ApiVersion> negotiate(const EngineVersion& engine, std::optional<ApiVersion> pinned);

} // namespace agent::docker
