#pragma once
// Which task a container belongs to that no task definition declares, and what it is called there: as
// the labels of Docker Compose, of Docker's services (Swarm) and our own say it. Pure; any thread.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace model {

// What Docker Compose says of its containers.
inline constexpr std::string_view label_compose_project = "com.docker.compose.project";
inline constexpr std::string_view label_compose_service = "com.docker.compose.service";
inline constexpr std::string_view label_compose_number = "com.docker.compose.container-number";
inline constexpr std::string_view label_compose_oneoff = "com.docker.compose.oneoff";
inline constexpr std::string_view label_compose_slug = "com.docker.compose.slug";

// What the engine says of the containers of its services; the last is `docker stack deploy`'s.
inline constexpr std::string_view label_swarm_service = "com.docker.swarm.service.name";
inline constexpr std::string_view label_swarm_task = "com.docker.swarm.task.id";
inline constexpr std::string_view label_stack = "com.docker.stack.namespace";

// What users say to us.
inline constexpr std::string_view label_own_task_role = "ecs-node-agent.task-role";
inline constexpr std::string_view label_own_family = "ecs-node-agent.family";
inline constexpr std::string_view label_own_cluster = "ecs-node-agent.cluster";
inline constexpr std::string_view label_own_container_name = "ecs-node-agent.container-name";
inline constexpr std::string_view label_own_task = "ecs-node-agent.task";
inline constexpr std::string_view label_own_metadata = "ecs-node-agent.metadata";
inline constexpr std::string_view label_own_address = "ecs-node-agent.address";
inline constexpr std::string_view label_own_opt_out = "ecs-node-agent.opt-out";

/// Who says to which task a container belongs?
enum class GroupedBy { nobody, compose, swarm, label };

struct Identity {
    GroupedBy grouped_by = GroupedBy::nobody;
    std::string family;
    std::string task_key;       ///< the same for all containers of one task; "": a task of its own
    std::string container_name; ///< one that check_name() of the metadata file takes
    std::string service_name;   ///< "" outside of Swarm
};

/// `name` is Docker's, without a slash, or what else the container may be called after; where even
/// that is "" it is called "container". A label with more than 255 bytes, or none, says nothing.
///   Compose   project = family and task, service = container; further replicas and one-off runs are
///             tasks of their own
///   Swarm     stack, else service = family, Swarm's task = task, service without its stack =
///             container, service = ServiceName
///   our own   ecs-node-agent.family, .task and .container-name replace their part
Identity identify(const std::map<std::string, std::string>& labels, std::string_view name);

/// ECS's family names are letters, digits, '-' and '_', at most 255: all else becomes '-'.
std::string as_family(std::string_view name);

/// The parts as one text that no other parts make.
std::string join_key(std::initializer_list<std::string_view> parts);

} // namespace model
