#pragma once
// A container's log options as Docker's driver takes them. Pure.

#include "agent/definition/task_definition.hpp"
#include "base/error.hpp"

#include <string>

namespace agent::containers {

/// As the definition says them, but: awslogs gets, for ECS's `awslogs-stream-prefix`, the stream
/// "<prefix>/<container>/<task id>"; what does not wait for the driver gets a buffer of 10 MiB
/// where no size is said. awslogs is told where to ask for its credentials, unless they are "" or the
/// definition says it.
definition::StringMap docker_log_options(const definition::LogConfiguration& configuration,
                                         const std::string& container_name,
                                         const std::string& task_id,
                                         const std::string& credentials);

/// Whether a driver that needs AWS keys has none unless the engine has: it is awslogs, without a place to
/// ask for them. `credentials` as above.
bool needs_engine_keys(const definition::LogConfiguration& configuration,
                       const std::string& credentials);

/// Whether the engine's answer to a start says that a log driver has found no AWS keys, or no region.
bool is_lack_of_log_keys(const base::Error& error);

} // namespace agent::containers
