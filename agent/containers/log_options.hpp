#pragma once
// A container's log options as Docker's driver takes them. Pure.

#include "agent/definition/task_definition.hpp"

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

} // namespace agent::containers
