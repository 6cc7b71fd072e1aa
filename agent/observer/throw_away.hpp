#pragma once
// Which containers are the agent's own throw-away ones (containers::ImageProbe makes and removes them):
// they are never started, and are shown to nobody. Pure.

#include "agent/docker/types.hpp"

#include <string_view>

namespace agent::observer {

inline constexpr std::string_view throw_away_name = "ecs-probe-"; ///< their names begin so
inline constexpr std::string_view throw_away_label = "ecs-node-agent=probe";

/// Whether a container of this name (with its slash, as Docker tells it) and with these labels is one:
/// an image may have the label too, and anybody may choose the name.
bool is_throw_away(std::string_view name, const docker::StringMap& labels);

} // namespace agent::observer
