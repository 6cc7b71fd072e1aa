#pragma once
// The pause container's image, and the Docker network that awsvpc tasks live on: both are ours,
// made on demand, and made again when somebody has removed them. Loop thread.

#include "agent/docker/client.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <string>
#include <vector>

namespace agent::containers {

/// The pause image's name, with a tag that follows from the program in it.
std::string pause_image_name();

/// Imports the image through Docker's API unless it is there. Docker's errors.
base::Async<base::Result<>> ensure_pause_image(docker::Client& docker);

/// The names of all pause images that are here: this program's, and those of other versions of it.
/// Docker's errors.
base::Async<base::Result<std::vector<std::string>>> list_pause_images(docker::Client& docker);

/// Removes those of other versions, but for what a container is still made of. Docker's errors.
base::Async<base::Result<>> remove_old_pause_images(docker::Client& docker);

/// Makes the network unless one of that name is there; `subnet` may be empty (Docker chooses).
/// conflict: one of that name is no bridge network; else Docker's errors.
base::Async<base::Result<>> ensure_awsvpc_network(docker::Client& docker, std::string name,
                                                  std::string subnet);

} // namespace agent::containers
