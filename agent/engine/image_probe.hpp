#pragma once
// Finds out whether an image has a file where the metadata directory would be bound, which would
// keep the container from starting. Docker tells this only of containers, so a throw-away one is
// made, once an image. Loop thread.

#include "agent/docker/client.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace agent::engine {

class ImageProbe {
public:
    explicit ImageProbe(docker::Client& docker) : docker_(docker) {}

    /// The first path above the container's metadata directory at which the image has something
    /// other than a directory; nothing when the way is free. Docker's errors.
    base::Async<base::Result<std::optional<std::string>>>
    file_in_the_way(std::string image, std::string image_id, std::string container_name);

    /// At start: removes throw-away containers that an earlier run has left.
    base::Async<base::Result<>> remove_leftovers();

private:
    base::Async<base::Result<std::optional<std::string>>> probe(std::string container_id,
                                                                std::string container_name);
    docker::Client& docker_;
    /// By image id and container name.
    std::map<std::pair<std::string, std::string>, std::optional<std::string>> answers_;
};

} // namespace agent::engine
