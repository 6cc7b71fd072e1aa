#pragma once
// A task: the containers that are started together, share a fate and answer for each other. Pure
// data.

#include "base/time.hpp"
#include "model/container.hpp"
#include "model/status.hpp"
#include "model/task_role.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace model {

/// How is the task reached?
enum class NetworkMode { bridge, host, none, awsvpc };

/// ECS's word for it.
std::string_view to_string(NetworkMode mode);

/// Something that the definition gives to some of the task's containers (http-contract 4.5).
struct Association {
    std::string type;
    std::string name;
    std::string value;                   ///< answered as it is
    std::vector<std::string> containers; ///< names

    bool operator==(const Association&) const = default;
};

struct Task {
    std::string arn;
    std::string id;      ///< the ARN's last part: 32 hex digits
    std::string cluster; ///< name or ARN, as configured when the task was made
    std::string family;
    std::string revision;
    std::string launch_type;       ///< "EC2"
    std::string availability_zone; ///< "" when unknown
    std::string availability_zone_id;
    std::string container_instance_arn;
    std::string service_name;
    std::string vpc_id;
    NetworkMode network_mode = NetworkMode::bridge;
    bool declared = false; ///< from a task definition of ours, not merely observed

    TaskStatus desired = TaskStatus::running;
    TaskStatus known = TaskStatus::none;
    std::optional<base::Time> pull_started_at;
    std::optional<base::Time> pull_stopped_at;
    std::optional<base::Time> execution_stopped_at;
    std::string stop_reason;                   ///< why it was stopped, for the log
    std::optional<base::Time> protected_until; ///< not stopped by its file before; absent: never

    double cpu_vcpu = 0; ///< task-level limits, 0 is none
    std::int64_t memory_mib = 0;
    std::map<std::string, std::string> tags;

    std::vector<Association> associations;

    std::optional<TaskRole> role;           ///< of its containers
    std::optional<TaskRole> execution_role; ///< of the engine, on the task's behalf

    std::string link_local_ipv4; ///< its lease from 169.254.172.0/22, "" without one
    /// In definition order, the pause containers last, that of the network behind all.
    std::vector<Container> containers;

    bool operator==(const Task&) const = default;

    const Container* find_container(std::string_view docker_id) const;
    /// The container whose network namespace is the task's, in awsvpc mode; nullptr otherwise.
    const Container* pause() const;
    /// Where an awsvpc task is reached: its pause container's first network. nullptr otherwise.
    const NetworkAttachment* primary_network() const;
};

} // namespace model
