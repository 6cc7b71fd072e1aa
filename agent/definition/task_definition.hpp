#pragma once
// A task definition as a user wrote it, after parsing and checking: plain data, no behaviour. What
// a task is at run time (its ids, its containers' states) is model::Task. Values; any thread.

#include "model/task.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::definition {

enum class Protocol { tcp, udp };

/// "tcp", "udp".
std::string_view to_string(Protocol protocol);

/// Whose processes, or whose shared memory, do the task's containers see?
enum class Sharing {
    own,  ///< each its own; not said in the file
    task, ///< that of a pause container which the task's containers share
    host,
    none, ///< nobody's: only ipcMode has it
};

/// "", "task", "host", "none".
std::string_view to_string(Sharing sharing);

/// An environment variable, a tag, a sysctl: a name and a text.
struct KeyValue {
    std::string key;
    std::string value;
    bool operator==(const KeyValue&) const = default;
};

using StringMap = std::map<std::string, std::string>;

struct PortMapping {
    std::uint16_t container_port = 0; ///< 1 to 65535; the first of a range
    /// Of a containerPortRange, inclusive; equal to container_port otherwise.
    std::uint16_t last_container_port = 0;
    /// 0: Docker chooses (of a range: the agent). In host and awsvpc mode always the container
    /// port, however it was written.
    std::uint16_t host_port = 0;
    Protocol protocol = Protocol::tcp;
    std::string name;         ///< shown nowhere yet; kept, since ECS takes it
    std::string app_protocol; ///< "http", "http2", "grpc" or ""
    bool operator==(const PortMapping&) const = default;

    bool is_range() const { return last_container_port != container_port; }
};

struct MountPoint {
    std::string source_volume;  ///< the name of a Volume of the task
    std::string container_path; ///< absolute, as written, without ':'
    bool read_only = false;
    bool operator==(const MountPoint&) const = default;
};

struct VolumeFrom {
    std::string source_container;
    bool read_only = false;
    bool operator==(const VolumeFrom&) const = default;
};

/// dockerVolumeConfiguration, or what stands for it where a volume has no path on the host.
struct DockerVolume {
    enum class Scope {
        task,   ///< made and removed with the task
        shared, ///< outlives it, under its own name
    };
    Scope scope = Scope::task;
    bool autoprovision = false; ///< shared only: make it when it is not there
    std::string driver;         ///< "": Docker's local
    StringMap driver_options;
    StringMap labels;
    bool operator==(const DockerVolume&) const = default;
};

/// "task", "shared".
std::string_view to_string(DockerVolume::Scope scope);

/// Either a path on the host or a volume of Docker's.
struct Volume {
    std::string name;
    std::string host_source_path; ///< absolute, as written, without ':'; "" for Docker's volumes
    DockerVolume docker;          ///< used when host_source_path is empty
    bool operator==(const Volume&) const = default;
};

/// How far must another container be before this one is created?
struct Dependency {
    enum class Condition {
        start,    ///< it has been started
        complete, ///< it has ended, however
        success,  ///< it has ended with 0
        healthy,  ///< its health check passes
    };
    std::string container;
    Condition condition = Condition::start;
    bool operator==(const Dependency&) const = default;
};

/// "START", "COMPLETE", "SUCCESS", "HEALTHY".
std::string_view to_string(Dependency::Condition condition);

struct HealthCheck {
    std::vector<std::string> command; ///< begins with CMD, CMD-SHELL or is {"NONE"}
    std::chrono::seconds interval{30};
    std::chrono::seconds timeout{5};
    std::int64_t retries = 3;
    std::chrono::seconds start_period{0};
    bool operator==(const HealthCheck&) const = default;
};

/// What is given a container, as a variable or an option of its log driver, under a name; its value is kept
/// elsewhere and is nowhere in a definition.
struct Secret {
    std::string name;
    std::string value_from; ///< an ARN or a name
    bool operator==(const Secret&) const = default;
};

struct LogConfiguration {
    std::string driver;
    StringMap options;                       ///< as written
    std::vector<Secret> secret_options = {}; ///< no name twice
    bool operator==(const LogConfiguration&) const = default;
};

struct Ulimit {
    std::string name; ///< "nofile"
    std::int64_t soft = 0;
    std::int64_t hard = 0;
    bool operator==(const Ulimit&) const = default;
};

struct Device {
    std::string host_path;
    std::string container_path; ///< as host_path when it is not said
    std::string permissions;    ///< of r, w and m: "rwm"
    bool operator==(const Device&) const = default;
};

struct Tmpfs {
    std::string container_path;
    std::int64_t size_mib = 0;
    std::vector<std::string> mount_options;
    bool operator==(const Tmpfs&) const = default;
};

struct LinuxParameters {
    std::vector<std::string> add_capabilities; ///< "NET_ADMIN", "ALL"
    std::vector<std::string> drop_capabilities;
    std::vector<Device> devices;
    std::optional<bool> init_process;
    std::optional<std::int64_t> shared_memory_mib;
    std::vector<Tmpfs> tmpfs;
    std::optional<std::int64_t> max_swap_mib; ///< beside the memory; needs `memory`
    std::optional<std::int64_t> swappiness;   ///< 0 to 100; ignored without max_swap_mib, as in ECS
    bool operator==(const LinuxParameters&) const = default;
};

struct ExtraHost {
    std::string hostname;
    std::string ip;
    bool operator==(const ExtraHost&) const = default;
};

/// Starts the same container again when it ends.
struct RestartPolicy {
    bool enabled = false;
    std::vector<std::int64_t> ignored_exit_codes;
    std::chrono::seconds attempt_period{300}; ///< one that ended sooner than this stays ended
    bool operator==(const RestartPolicy&) const = default;
};

struct ContainerDefinition {
    std::string name;
    std::string image;
    std::vector<std::string> command;           ///< empty: the image's
    std::vector<std::string> entry_point;       ///< empty: the image's
    std::vector<KeyValue> environment;          ///< as written; no name twice
    std::vector<std::string> environment_files; ///< absolute paths on the host, in order
    std::vector<Secret> secrets;                ///< as variables; no name twice
    /// The secret with the login for the image's registry, an ARN or a name; "": the host's logins.
    std::string repository_credentials;
    bool essential = true;
    std::int64_t cpu = 0;                           ///< CPU units, 0 when not said
    std::optional<std::int64_t> memory;             ///< MiB
    std::optional<std::int64_t> memory_reservation; ///< MiB
    std::vector<PortMapping> port_mappings;
    std::vector<MountPoint> mount_points;
    std::vector<VolumeFrom> volumes_from;
    std::vector<std::string> links; ///< "container" or "container:alias"
    std::vector<Dependency> depends_on;
    std::optional<std::chrono::seconds> start_timeout; ///< for those that depend on it
    std::optional<std::chrono::seconds> stop_timeout;  ///< from SIGTERM to SIGKILL
    std::optional<HealthCheck> health_check;
    std::optional<LogConfiguration> log_configuration;
    std::vector<Ulimit> ulimits;
    std::string user;
    std::string working_directory;
    std::string hostname;
    bool privileged = false;
    bool read_only_root = false;
    LinuxParameters linux_parameters;
    std::vector<std::string> dns_servers;
    std::vector<std::string> dns_search_domains;
    std::vector<ExtraHost> extra_hosts;
    StringMap docker_labels;
    std::vector<KeyValue> system_controls; ///< namespace (net.core.somaxconn) and value
    std::vector<std::string> security_options;
    bool interactive = false;
    bool pseudo_terminal = false;
    RestartPolicy restart_policy;
    std::int64_t gpus = 0;               ///< how many are asked for
    std::optional<bool> metadata_enable; ///< ours; wins over the task's
    bool operator==(const ContainerDefinition&) const = default;
};

struct TaskDefinition {
    std::string family;
    /// As the file says it; nothing: the engine counts.
    std::optional<std::int64_t> revision;
    model::NetworkMode network_mode = model::NetworkMode::bridge;
    Sharing pid_mode = Sharing::own;
    Sharing ipc_mode = Sharing::own;
    double cpu_vcpu = 0;         ///< limit of the whole task, 0: none
    std::int64_t memory_mib = 0; ///< limit of the whole task, 0: none
    std::string task_role_arn;
    std::string execution_role_arn;
    std::vector<ContainerDefinition> containers; ///< definition order; at least one
    std::vector<Volume> volumes;
    std::vector<KeyValue> tags;          ///< as written; no key twice
    std::optional<bool> metadata_enable; ///< ours: whether containers get the metadata file
    bool run_once = false; ///< x-ecs-node-agent.run is "once": not run again when it has ended
    /// x-ecs-node-agent.replaceUnhealthy; nothing: where the task is kept running.
    std::optional<bool> replace_unhealthy;
    std::string service_name;                     ///< x-ecs-node-agent.serviceName
    std::vector<model::Association> associations; ///< x-ecs-node-agent.associations
    bool operator==(const TaskDefinition&) const = default;

    /// Whether the task ends when an essential container is unhealthy.
    bool replaces_unhealthy() const { return replace_unhealthy.value_or(!run_once); }
};

/// One that several share and nobody changes.
using DefinitionPtr = std::shared_ptr<const TaskDefinition>;

} // namespace agent::definition
