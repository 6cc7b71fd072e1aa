#pragma once
// Which container a volume of the agent's tells of, where several have it: the youngest, since Compose makes
// the next before it removes the last. What is said here is in the World alone: whose
// Container::metadata_directory the volume's is. Loop thread.

#include "base/time.hpp"
#include "model/world.hpp"

#include <optional>
#include <string>

namespace agent::doors {

/// Whether a container that is new in the World is to have the volume's directory: no younger one has it. Who
/// had it before has none then.
bool take_volume(model::World& world, const std::string& directory, const std::string& docker_id,
                 std::optional<base::Time> created);

/// The container goes. Where its metadata file is in a volume below `root`, where all of these files are, the
/// youngest of the others that have the volume has the directory.
void hand_on_volume(model::World& world, const std::string& root, const std::string& docker_id);

} // namespace agent::doors
