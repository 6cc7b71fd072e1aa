// ECS's words for the enumerations of a task definition.

#include "agent/definition/task_definition.hpp"

namespace agent::definition {

std::string_view to_string(Protocol protocol) {
    return protocol == Protocol::udp ? "udp" : "tcp";
}

std::string_view to_string(Sharing sharing) {
    switch (sharing) {
    case Sharing::own: return "";
    case Sharing::task: return "task";
    case Sharing::host: return "host";
    case Sharing::none: return "none";
    }
    return "";
}

std::string_view to_string(DockerVolume::Scope scope) {
    return scope == DockerVolume::Scope::shared ? "shared" : "task";
}

std::string_view to_string(Dependency::Condition condition) {
    switch (condition) {
    case Dependency::Condition::start: return "START";
    case Dependency::Condition::complete: return "COMPLETE";
    case Dependency::Condition::success: return "SUCCESS";
    case Dependency::Condition::healthy: return "HEALTHY";
    }
    return "START";
}

} // namespace agent::definition
