#pragma once
// The names and labels that ECS gives to the containers of a task (agent-lifecycle 2.1, 2.2). Pure.

#include <map>
#include <string>
#include <string_view>

namespace model {

inline constexpr std::string_view pause_container_name = "~internal~ecs~pause";
inline constexpr std::string_view namespace_pause_container_name = "~internal~ecs~pause~namespace";

inline constexpr std::string_view label_task_arn = "com.amazonaws.ecs.task-arn";
inline constexpr std::string_view label_container_name = "com.amazonaws.ecs.container-name";
inline constexpr std::string_view label_family = "com.amazonaws.ecs.task-definition-family";
inline constexpr std::string_view label_revision = "com.amazonaws.ecs.task-definition-version";
inline constexpr std::string_view label_cluster = "com.amazonaws.ecs.cluster";

/// Label of the networks and images that teardown may remove.
inline constexpr std::string_view own_label = "ecs-node-agent";

/// The label's value, "" without it.
std::string label_of(const std::map<std::string, std::string>& labels, std::string_view name);

/// What a container is named after.
struct ContainerIdentity {
    std::string_view task_arn;
    std::string_view cluster;
    std::string_view family;
    std::string_view revision;
    std::string_view container_name;
};

/// `ecs-<family>-<revision>-<name>-<20 hex>`. The suffix follows from task and name: a create that
/// was accepted while we died is met again by its name.
std::string docker_name(const ContainerIdentity& identity);

/// The five labels.
std::map<std::string, std::string> ecs_labels(const ContainerIdentity& identity);

/// What a task's own Docker volume is named after.
struct VolumeIdentity {
    std::string_view task_arn;
    std::string_view family;
    std::string_view revision;
    std::string_view volume_name;
};

/// `ecs-<family>-<revision>-<name>-<20 hex>`, which follows from task and name as docker_name()
/// does. At most 255 bytes, for the name of a directory: a longer one loses the end of what is
/// before the suffix.
std::string volume_name(const VolumeIdentity& identity);

/// The labels of a task's own volumes, by which they are found and removed.
std::map<std::string, std::string> volume_labels(std::string_view task_arn);

/// The ARN of the task whose own volume has these labels; "" for a volume that is not ours to remove:
/// a user may give the first label, the task's ARN is only ours to give.
std::string task_of_volume(const std::map<std::string, std::string>& labels);

// The agent's own throw-away containers: they are never started, and are shown to nobody.
inline constexpr std::string_view throw_away_name = "ecs-probe-"; ///< their names begin so
inline constexpr std::string_view throw_away_label = "ecs-node-agent=probe";

/// Whether a container of this name (with its slash, as Docker tells it) and with these labels is one:
/// an image may have the label too, and anybody may choose the name.
bool is_throw_away(std::string_view name, const std::map<std::string, std::string>& labels);

} // namespace model
