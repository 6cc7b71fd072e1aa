#pragma once
// What explain looks at, for its tests: a container of an engine, or a body in a file.

#include "agent/containers/completion.hpp"
#include "agent/docker/client.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <string>

namespace agent::cli {

struct FoundContainer {
    std::string docker_id;
    containers::Request request; ///< as it would be asked for today
};

/// not_found where the engine has no such container, and the client's errors. The client outlives it.
base::Async<base::Result<FoundContainer>> find_container(docker::Client& docker, std::string name);

/// Of a create's body, or of a service's; its errors name the path. Blocks.
base::Result<containers::Request> request_of_file(const std::string& path);

} // namespace agent::cli
