#pragma once
// A container as every answer shows it. Pure data: filled by the observer from Docker's inspect
// and, for declared containers, from the task definition.

#include "base/time.hpp"
#include "model/status.hpp"
#include "model/task_role.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace model {

/// A published port as it really is bound (or, in awsvpc mode, where the container itself listens).
struct Port {
    std::uint16_t container_port = 0;
    std::uint16_t host_port = 0;
    std::string protocol; ///< "tcp" or "udp"
    std::string host_ip;  ///< the address on the host, "" in awsvpc mode

    bool operator==(const Port&) const = default;
};

/// A container's place in one Docker network. Empty strings and zero prefixes mean "none".
struct NetworkAttachment {
    std::string name; ///< the network's name: bridge, host, none, or the user's
    std::string ipv4;
    unsigned ipv4_prefix = 0;
    std::string ipv4_gateway;
    std::string ipv6;
    unsigned ipv6_prefix = 0;
    std::string ipv6_gateway;
    std::string mac;

    bool operator==(const NetworkAttachment&) const = default;
};

struct VolumeMount {
    std::string docker_name; ///< the volume's name, "" for a bind
    std::string source;
    std::string destination;

    bool operator==(const VolumeMount&) const = default;
};

/// Docker's health check, present when the container has one.
struct Health {
    std::string status; ///< "HEALTHY", "UNHEALTHY", or "" while unknown
    std::optional<base::Time> status_since;
    std::int64_t exit_code = 0;
    std::string output;

    bool operator==(const Health&) const = default;
};

/// Starts the same container again when it ends (agent-lifecycle 3.7).
struct RestartPolicy {
    bool enabled = false;
    std::vector<std::int64_t> ignored_exit_codes;
    std::chrono::seconds attempt_period{60}; ///< one that ended sooner than this stays ended

    bool operator==(const RestartPolicy&) const = default;
};

struct Container {
    std::string docker_id;   ///< 64 hex digits, "" before it is created
    std::string docker_name; ///< without the leading slash
    std::string name;        ///< the task definition's name for it
    std::string arn;
    std::string endpoint_id; ///< unguessable; the id in /v3/<id>, /v4/<id> and /api/<id>
    ContainerType type = ContainerType::normal;
    bool essential = true;
    bool declared = false; ///< part of a task definition, so the agent makes and removes it

    std::string image;
    std::string image_id; ///< "sha256:…"
    std::map<std::string, std::string> labels;

    ContainerStatus desired = ContainerStatus::running;
    ContainerStatus known = ContainerStatus::none;
    std::optional<std::int64_t> exit_code;
    bool start_failed = false; ///< Docker could not start it
    std::string stop_reason; ///< "<ErrorName>: <text>", "" when it ended by itself or was asked to
    std::optional<base::Time> created_at;
    std::optional<base::Time> started_at;
    std::optional<base::Time> finished_at;
    std::optional<Health> health;

    double cpu_units = 0;        ///< 1,024 is one CPU
    std::int64_t memory_mib = 0; ///< 0 is no limit

    std::int64_t pid = 0; ///< of its first process, in the host's terms; 0 while it does not run
    std::string hostname;
    std::vector<std::string> dns_servers; ///< of its own configuration; empty: the host's
    std::vector<std::string> dns_search;

    std::string network_mode;    ///< Docker's: bridge, host, none, container:<id>, a network's name
    bool networks_known = false; ///< Docker has told the networks at least once
    std::vector<NetworkAttachment> networks; ///< ordered by name
    std::string sandbox_key; ///< path of its network namespace, "" when it has none of its own
    /// A lease from 169.254.172.0/22 that it has beside Docker's networks; "" without one.
    std::string link_local_ipv4;
    std::vector<Port> ports;          ///< real bindings only; empty before start
    std::vector<Port> declared_ports; ///< what the definition asks for; host_port 0 is any
    bool publishes_ports = false;     ///< asked for bindings, so `ports` will not stay empty

    std::vector<VolumeMount> volumes;
    std::string log_driver;
    std::map<std::string, std::string> log_options;
    std::set<std::string> secret_log_options; ///< names of options that are in nothing above
    RestartPolicy restart_policy;
    std::optional<int> restart_count; ///< present with a restart policy

    /// One that this container alone acts as, whatever its task's is.
    std::optional<TaskRole> role;

    /// Directory on the host that holds its metadata.json; "" when the feature is off for it.
    std::string metadata_directory;

    bool operator==(const Container&) const = default;
};

/// The status that a started container settles in.
ContainerStatus steady_status(ContainerType type);

/// Whether it runs as Docker sees it.
bool is_running(const Container& container);

/// Whether it has been seen to run, now or ever.
bool has_run(const Container& container);

/// Whether it has ended and its restart policy starts it again: it is still wanted, its exit code is
/// known and not ignored, it could be started, and it ran for at least the attempt period.
bool awaits_restart(const Container& container);

} // namespace model
