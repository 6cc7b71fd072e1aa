#pragma once
// All settings of the agent with their defaults. Plain data, filled by load() (load.hpp) from the
// rows of options.cpp, where each field has its names and its help. Values; any thread.

#include "agent/config/choices.hpp"
#include "agent/config/values.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace agent::config {

struct Config {
    // Identity. What no source says may come from the instance metadata service (see set()).
    std::string cluster = "default";         ///< a name or a cluster ARN
    std::string region = "us-east-1";        ///< the partition follows from it
    std::string account_id = "000000000000"; ///< 12 digits
    std::string availability_zone;           ///< empty: the region's zone "a"
    std::string availability_zone_id;        ///< e.g. use1-az1; empty: not shown
    std::string container_instance_id;       ///< empty: random and stored
    Tags container_instance_tags;            ///< shown as the instance's tags
    Tags task_tags;                          ///< given to every task; its own tags win
    bool disable_imds = false;               ///< never ask the instance metadata service
    std::string imds_endpoint = "http://169.254.169.254"; ///< asked wherever it is configured

    // Places.
    std::string tasks_dir = "/etc/ecs/tasks.d";   ///< task definition files
    std::string data_dir = "/var/lib/ecs/data";   ///< state, metadata files; absolute, no ':'
    std::string host_file = "/etc/ecs/host.yaml"; ///< rules for containers that no file declares
    std::string swarm_key_file = "/etc/ecs/swarm.key"; ///< what the agents of one Swarm share

    // Docker.
    std::string docker_host = "unix:///var/run/docker.sock"; ///< unix:// or tcp://
    std::string docker_api_version;                          ///< e.g. "1.24"; empty: negotiated
    Duration container_create_timeout = std::chrono::minutes(4);
    Duration container_start_timeout = std::chrono::minutes(3);
    Duration container_stop_timeout = std::chrono::seconds(30); ///< from SIGTERM to SIGKILL

    // Images.
    PullBehavior image_pull_behavior = PullBehavior::default_;
    Duration image_pull_timeout = std::chrono::hours(2);
    Duration image_pull_inactivity_timeout = std::chrono::minutes(1); ///< without progress
    bool pull_dependent_containers_upfront = false; ///< before their turn in dependsOn
    bool disable_image_cleanup = false;
    Duration image_cleanup_interval = std::chrono::minutes(30);
    Duration image_minimum_cleanup_age = std::chrono::hours(1); ///< from its last pull
    std::uint32_t num_images_delete_per_cycle = 5;
    List exclude_untracked_image; ///< never removed: "repository:tag"
    EngineAuthType engine_auth_type = EngineAuthType::none;
    Secret engine_auth_data; ///< JSON; registry_logins.hpp reads it

    // The Docker API socket that completes containers.
    Switch docker_proxy = Switch::automatic; ///< only where the service manager has the socket
    std::string docker_proxy_socket = "/run/ecs-node-agent/docker.sock";
    // The engine itself asks what containers are given (NRI).
    Switch nri = Switch::automatic; ///< where the socket is; on: that it is absent is a trouble
    std::string nri_socket = "/run/docker/nri.sock";
    // The volumes with metadata files that the engine mounts.
    Switch volume_plugin = Switch::automatic; ///< only where the service manager has the socket
    std::string volume_plugin_socket = "/run/docker/plugins/ecs-metadata.sock";

    // Tasks.
    Duration task_cleanup_wait = std::chrono::minutes(10); ///< from a task's end to its removal
    std::optional<PortRange> dynamic_host_port_range;   ///< for hostPort 0 and containerPortRange
    Ports reserved_ports{22, 2375, 2376, 51678, 51679}; ///< TCP; no container is given one
    Ports reserved_ports_udp;
    Switch task_limits = Switch::automatic;     ///< a cgroup a task; off: shown, not enforced
    std::string cgroup_path = "/sys/fs/cgroup"; ///< where the cgroup hierarchy is mounted
    Duration cgroup_cpu_period = std::chrono::milliseconds(100);

    // Behaviour.
    base::log::Level log_level = base::log::Level::info;
    bool enable_container_metadata = true;     ///< the metadata file
    bool exclude_ipv6_port_binding = true;     ///< accepted, and read by nobody
    Duration loop_watchdog = Duration::zero(); ///< report stalls of the loop over this; 0: off

    // Credentials.
    std::string credentials_file = "/etc/ecs/credentials.yaml"; ///< where roles' keys come from
    bool enable_task_iam_role = true;
    bool enable_task_iam_role_network_host = true;
    bool enable_awslogs_execution_role_override = true;
    bool credentials_source_check = true;   ///< only for addresses of the task
    bool credentials_authorization = false; ///< a token is asked for besides
    bool local_endpoints = false;           ///< /creds and /role/…, by source address
    std::string audit_log_file = "/var/log/ecs/audit.log";
    bool audit_log_disabled = false;

    // Network.
    bool awsvpc_block_imds = false;
    Ipv4Network link_local_pool{0xA9FEAC00, 22}; ///< 169.254.172.0/22; .1 is the gateway
    std::string bridge_name = "ecs-bridge";      ///< our bridge, at most 15 characters
    std::string awsvpc_network = "ecs-awsvpc";   ///< Docker network of awsvpc tasks
    std::optional<Ipv4Network> awsvpc_subnet;    ///< its subnet when we make it; Docker's choice

    // Servers.
    std::uint16_t endpoint_port = 51679; ///< 169.254.170.2:80 leads here
    std::uint16_t introspection_port = 51678;
    List introspection_listen;                 ///< further addresses, e.g. of the host
    std::uint32_t http_max_connections = 1024; ///< per server
    std::uint32_t http_max_connections_per_address = 256;
    Size http_max_header{16 * 1024};
    Size http_max_body{64 * 1024};
    Duration http_request_timeout = std::chrono::seconds(5); ///< first byte to whole request
    Duration http_idle_timeout = std::chrono::seconds(5);    ///< between two requests
    Rate task_metadata_rps_limit{40, 60};  ///< of one address on one route for one id
    Rate credentials_rps_limit{400, 1000}; ///< of one container
};

/// The configured zone, else the region's zone "a".
std::string effective_availability_zone(const Config& config);

/// A setting that is wrong: its row's key, and the reason.
struct Fault {
    std::string_view key;
    std::string reason;
    std::string mended = {}; ///< the nearest right value, where there is one
};

/// Checks each value's syntax and what connects several; the first that is wrong.
std::optional<Fault> find_fault(const Config& config);

/// find_fault() as invalid_argument, "<key>: <reason>".
base::Result<> validate(const Config& config);

} // namespace agent::config
