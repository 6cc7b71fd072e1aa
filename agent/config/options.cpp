#include "agent/config/options.hpp"

#include <algorithm>
#include <vector>

namespace agent::config {

namespace {

using base::Result;

template <class T>
Result<> read(std::string_view text, T& value) {
    return from_string(text, value);
}

// An optional value is absent when its text is empty.
template <class T>
Result<> read(std::string_view text, std::optional<T>& value) {
    std::optional<T> parsed;
    if (!text.empty())
        TRY(from_string(text, parsed.emplace()));
    value = std::move(parsed);
    return {};
}

template <class T>
std::string show(const T& value) {
    return to_string(value);
}

template <class T>
std::string show(const std::optional<T>& value) {
    return value ? to_string(*value) : std::string();
}

constexpr std::string_view type_name(const std::string&) {
    return "text";
}
constexpr std::string_view type_name(bool) {
    return "true/false";
}
constexpr std::string_view type_name(std::uint16_t) {
    return "port";
}
constexpr std::string_view type_name(std::uint32_t) {
    return "number";
}
constexpr std::string_view type_name(Duration) {
    return duration_type;
}
constexpr std::string_view type_name(Size) {
    return "size";
}
constexpr std::string_view type_name(const Ipv4Network&) {
    return "network";
}
constexpr std::string_view type_name(const std::optional<Ipv4Network>&) {
    return "network";
}
constexpr std::string_view type_name(const List&) {
    return list_type;
}
constexpr std::string_view type_name(const Tags&) {
    return tags_type;
}
constexpr std::string_view type_name(base::log::Level) {
    return "level";
}
constexpr std::string_view type_name(const std::optional<PortRange>&) {
    return "port range";
}
constexpr std::string_view type_name(const Ports&) {
    return ports_type;
}
constexpr std::string_view type_name(const Rate&) {
    return "rate";
}
constexpr std::string_view type_name(const Secret&) {
    return secret_type;
}
constexpr std::string_view type_name(PullBehavior) {
    return "word";
}
constexpr std::string_view type_name(EngineAuthType) {
    return "word";
}
constexpr std::string_view type_name(Switch) {
    return "switch";
}

template <auto Member>
Row row(std::string_view section, std::string_view key, std::string_view environment,
        std::string_view help, std::string_view environment_2 = {}) {
    return {section,
            key,
            environment,
            environment_2,
            type_name(Config{}.*Member),
            help,
            [](Config& config, std::string_view text) { return read(text, config.*Member); },
            [](const Config& config) { return show(config.*Member); }};
}

/// A setting of ECS's own, whose wrong values ECS's agent only warns of.
Row ecs(Row row, WrongValue wrong_value = WrongValue::unset) {
    row.wrong_value = wrong_value;
    return row;
}

using C = Config;

// The sections of the reference.
namespace section {
constexpr std::string_view identity = "Identity";
constexpr std::string_view places = "Places";
constexpr std::string_view engine = "Docker";
constexpr std::string_view images = "Images";
constexpr std::string_view tasks = "Tasks";
constexpr std::string_view behaviour = "Behaviour";
constexpr std::string_view credentials = "Credentials";
constexpr std::string_view network = "Network";
constexpr std::string_view servers = "Servers";
} // namespace section

std::vector<Row> make_rows() {
    return {
        row<&C::cluster>(section::identity, "cluster", "ECS_CLUSTER",
                         "Cluster in all ARNs and answers: a name, or a cluster's whole ARN."),
        row<&C::region>(section::identity, "region", "AWS_DEFAULT_REGION",
                        "Region; the partition follows from it. Containers get it as AWS_REGION. "
                        "Unset: the instance metadata service's.",
                        "AWS_REGION"),
        row<&C::account_id>(section::identity, "account_id", "ECS_ACCOUNT_ID",
                            "Account in all ARNs, 12 digits. Unset: the instance metadata "
                            "service's."),
        row<&C::availability_zone>(
            section::identity, "availability_zone", "ECS_AVAILABILITY_ZONE",
            "Zone that tasks are in. Unset: the instance metadata service's, "
            "else the region's zone a."),
        row<&C::availability_zone_id>(section::identity, "availability_zone_id",
                                      "ECS_AVAILABILITY_ZONE_ID",
                                      "Zone id such as use1-az1. Unset: the instance metadata "
                                      "service's, else not shown."),
        row<&C::container_instance_id>(section::identity, "container_instance_id",
                                       "ECS_CONTAINER_INSTANCE_ID",
                                       "Last part of the container instance's ARN: 32 hexadecimal "
                                       "digits or a UUID. Unset: random, and stored."),
        row<&C::container_instance_tags>(section::identity, "container_instance_tags",
                                         "ECS_CONTAINER_INSTANCE_TAGS",
                                         "Tags of the container instance."),
        row<&C::task_tags>(section::identity, "task_tags", "ECS_TASK_TAGS",
                           "Tags of every task; a task definition's own tags win."),
        row<&C::disable_imds>(section::identity, "disable_imds", "AWS_EC2_METADATA_DISABLED",
                              "Never ask the instance metadata service. It is asked only where the "
                              "hardware says that it is EC2's."),
        row<&C::imds_endpoint>(section::identity, "imds_endpoint",
                               "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                               "Where the instance metadata service is, http://host[:port]. When "
                               "set, it is asked whatever the hardware says."),
        row<&C::tasks_dir>(section::places, "tasks_dir", "ECS_TASKS_DIR",
                           "Folder whose .json, .yaml and .yml files declare tasks."),
        row<&C::data_dir>(section::places, "data_dir", "ECS_DATADIR",
                          "State and metadata files. Docker binds from it, so it has no ':'."),
        row<&C::host_file>(section::places, "host_file", "ECS_HOST_FILE",
                           "YAML file in which this host says what stands here for what task "
                           "definitions name (docs/host.md), and which containers are given what, "
                           "and which roles (docs/compose.md). Read again at SIGHUP."),
        row<&C::swarm_key_file>(section::places, "swarm_key_file", "ECS_SWARM_KEY_FILE",
                                "File with a secret of 32 bytes or more that the agents of one "
                                "Swarm share. Without it tasks of services have no role "
                                "(docs/swarm.md)."),
        row<&C::docker_host>(section::engine, "docker_host", "DOCKER_HOST",
                             "Docker Engine of this machine: unix:///path or tcp://host:port."),
        row<&C::docker_api_version>(section::engine, "docker_api_version", "DOCKER_API_VERSION",
                                    "Engine API version to stay with, 1.24 or newer. Unset: the "
                                    "newest that both sides speak."),
        row<&C::docker_proxy>(section::engine, "docker_proxy", "ECS_DOCKER_PROXY",
                              "Serve Docker's API at a socket of the agent's; containers that are "
                              "made through it have ECS's contract (docs/door.md): auto, which is "
                              "where a socket unit has it, true or false."),
        row<&C::docker_proxy_socket>(section::engine, "docker_proxy_socket",
                                     "ECS_DOCKER_PROXY_SOCKET",
                                     "Where that socket is. For root and group docker."),
        row<&C::nri>(
            section::engine, "nri", "ECS_NRI",
            "Have the engine ask, through NRI, what containers are given (docs/nri.md): auto, "
            "which is where it has that socket, true or false."),
        row<&C::nri_socket>(
            section::engine, "nri_socket", "ECS_NRI_SOCKET",
            "Where that socket is: nri-opts.socket-path in the engine's daemon.json."),
        row<&C::volume_plugin>(section::engine, "volume_plugin", "ECS_VOLUME_PLUGIN",
                               "Serve the volume driver ecs-metadata to the engine, by which "
                               "tasks of services have their metadata files (docs/swarm.md): auto, "
                               "which is where a socket unit has it, true or false."),
        row<&C::volume_plugin_socket>(section::engine, "volume_plugin_socket",
                                      "ECS_VOLUME_PLUGIN_SOCKET",
                                      "Where the engine looks for that driver. For root."),
        ecs(row<&C::container_create_timeout>(
                section::engine, "container_create_timeout", "ECS_CONTAINER_CREATE_TIMEOUT",
                "How long creating a container may take, 1m or more."),
            WrongValue::mended),
        ecs(row<&C::container_start_timeout>(
                section::engine, "container_start_timeout", "ECS_CONTAINER_START_TIMEOUT",
                "How long starting a container may take, 45s or more."),
            WrongValue::mended),
        ecs(row<&C::container_stop_timeout>(
                section::engine, "container_stop_timeout", "ECS_CONTAINER_STOP_TIMEOUT",
                "Time from SIGTERM to SIGKILL when a container is stopped, "
                "1s or more."),
            WrongValue::mended),
        ecs(row<&C::image_pull_behavior>(
            section::images, "image_pull_behavior", "ECS_IMAGE_PULL_BEHAVIOR",
            "default: pull, and use what is here when that fails; always: pull or fail; once: "
            "pull what this agent has not pulled before; prefer-cached: pull what is not here. An "
            "image that was built or imported here is never pulled (docs/images.md).")),
        ecs(row<&C::image_pull_timeout>(section::images, "image_pull_timeout",
                                        "ECS_IMAGE_PULL_TIMEOUT",
                                        "How long pulling an image may take in all, 1m or more."),
            WrongValue::mended),
        ecs(row<&C::image_pull_inactivity_timeout>(
                section::images, "image_pull_inactivity_timeout",
                "ECS_IMAGE_PULL_INACTIVITY_TIMEOUT",
                "How long a pull may make no progress, 1m or more."),
            WrongValue::mended),
        ecs(row<&C::pull_dependent_containers_upfront>(
            section::images, "pull_dependent_containers_upfront",
            "ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT",
            "Pull the images of all containers of a task at its start, not each when dependsOn "
            "lets its container start.")),
        ecs(row<&C::engine_auth_type>(section::images, "engine_auth_type", "ECS_ENGINE_AUTH_TYPE",
                                      "How engine_auth_data is written: dockercfg or docker. For "
                                      "registries that are not in it, and when unset, Docker's own "
                                      "config.json is read.")),
        ecs(row<&C::engine_auth_data>(
                section::images, "engine_auth_data", "ECS_ENGINE_AUTH_DATA",
                "Logins by registry. With dockercfg: {\"<registry>\":{\"auth\":\"<base64 of "
                "user:password>\"}}, with docker: {\"<registry>\":{\"username\":\"...\","
                "\"password\":\"...\"}}. Better in a file than in a flag, which others see."),
            WrongValue::mended),
        ecs(row<&C::disable_image_cleanup>(
            section::images, "disable_image_cleanup", "ECS_DISABLE_IMAGE_CLEANUP",
            "Never remove an image. Otherwise those that the agent has brought here and that "
            "nobody "
            "uses are removed (docs/images.md), but with the pull behaviour prefer-cached.")),
        ecs(row<&C::image_cleanup_interval>(section::images, "image_cleanup_interval",
                                            "ECS_IMAGE_CLEANUP_INTERVAL",
                                            "How often unused images are looked for, 1s or more.")),
        ecs(row<&C::image_minimum_cleanup_age>(
            section::images, "image_minimum_cleanup_age", "ECS_IMAGE_MINIMUM_CLEANUP_AGE",
            "How long an image stays at least after its last pull.")),
        ecs(row<&C::num_images_delete_per_cycle>(section::images, "num_images_delete_per_cycle",
                                                 "ECS_NUM_IMAGES_DELETE_PER_CYCLE",
                                                 "How many images are removed at once, 1 or more: "
                                                 "those that were unused for the longest "
                                                 "time.")),
        ecs(row<&C::exclude_untracked_image>(
            section::images, "exclude_untracked_image", "ECS_EXCLUDE_UNTRACKED_IMAGE",
            "Images that are never removed, as definitions name them: repository:tag.")),
        ecs(row<&C::task_cleanup_wait>(
            section::tasks, "task_cleanup_wait", "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION",
            "How long a stopped task's containers and metadata files stay, 1s or more.")),
        ecs(row<&C::dynamic_host_port_range>(
            section::tasks, "dynamic_host_port_range", "ECS_DYNAMIC_HOST_PORT_RANGE",
            "Host ports for hostPort 0 and for containerPortRange. "
            "Unset: Docker chooses for the former, the agent for the "
            "latter, of /proc/sys/net/ipv4/ip_local_port_range.")),
        ecs(row<&C::reserved_ports>(
            section::tasks, "reserved_ports", "ECS_RESERVED_PORTS",
            "TCP ports of the host that no container is given: not where the agent chooses, and a "
            "container that asks for one is not brought up.")),
        ecs(row<&C::reserved_ports_udp>(section::tasks, "reserved_ports_udp",
                                        "ECS_RESERVED_PORTS_UDP", "The same of UDP.")),
        ecs(row<&C::task_limits>(
            section::tasks, "task_limits", "ECS_ENABLE_TASK_CPU_MEM_LIMIT",
            "Whether the cpu and memory of a task as a whole are enforced by a cgroup of its own. "
            "auto: where a task asks for them; if they cannot be set, it does not start and the "
            "reason is said. true: every task gets its cgroup, or does not start. false: they are "
            "shown, not enforced.")),
        ecs(row<&C::cgroup_path>(section::tasks, "cgroup_path", "ECS_CGROUP_PATH",
                                 "Where the cgroup hierarchy is mounted.")),
        ecs(row<&C::cgroup_cpu_period>(section::tasks, "cgroup_cpu_period", "ECS_CGROUP_CPU_PERIOD",
                                       "Period over which a task's cpu limit is measured, 8ms to "
                                       "100ms.")),
        ecs(row<&C::log_level>(
            section::behaviour, "log_level", "ECS_LOGLEVEL",
            "Least level that is logged: debug, info, warn, error, crit (as error) "
            "or none.")),
        ecs(row<&C::enable_container_metadata>(section::behaviour, "enable_container_metadata",
                                               "ECS_ENABLE_CONTAINER_METADATA",
                                               "Give containers the metadata file.")),
        ecs(row<&C::exclude_ipv6_port_binding>(
            section::behaviour, "exclude_ipv6_port_binding", "ECS_EXCLUDE_IPV6_PORTBINDING",
            "Accepted and without effect: in ECS it keeps IPv6 bindings "
            "from the control plane, and there is none. Answers and "
            "files show each binding of a port.")),
        row<&C::loop_watchdog>(section::behaviour, "loop_watchdog", "ECS_LOOP_WATCHDOG",
                               "Log when the agent's loop stands still for longer than this; 0: "
                               "off."),
        row<&C::credentials_file>(section::credentials, "credentials_file", "ECS_CREDENTIALS_FILE",
                                  "YAML file that says where the credentials of roles come from "
                                  "(docs/credentials.md). Read again at SIGHUP."),
        ecs(row<&C::enable_task_iam_role>(
            section::credentials, "enable_task_iam_role", "ECS_ENABLE_TASK_IAM_ROLE",
            "Give tasks with a taskRoleArn credentials of that role.")),
        ecs(row<&C::enable_task_iam_role_network_host>(
            section::credentials, "enable_task_iam_role_network_host",
            "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST", "The same for tasks in network mode host.")),
        ecs(row<&C::enable_awslogs_execution_role_override>(
            section::credentials, "enable_awslogs_execution_role_override",
            "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE",
            "Have Docker's awslogs driver use the task's executionRoleArn, where there are "
            "credentials for it.")),
        row<&C::credentials_source_check>(
            section::credentials, "credentials_source_check", "ECS_CREDENTIALS_SOURCE_CHECK",
            "Answer a credentials id only to addresses of the task that it was given to. false: to "
            "whoever knows it, as ECS does."),
        row<&C::credentials_authorization>(
            section::credentials, "credentials_authorization", "ECS_CREDENTIALS_AUTHORIZATION",
            "Give containers AWS_CONTAINER_AUTHORIZATION_TOKEN as well, and ask for it. Not all "
            "clients send it."),
        row<&C::local_endpoints>(section::credentials, "local_endpoints", "ECS_LOCAL_ENDPOINTS",
                                 "Answer /creds, /role/<name> and /role-arn/<arn> too, as "
                                 "local-container-endpoints does: "
                                 "with the role that the asking address's container has."),
        ecs(row<&C::audit_log_file>(
            section::credentials, "audit_log_file", "ECS_AUDIT_LOGFILE",
            "Who was given credentials, and who asked too often; kept in files "
            "of 5 MB, 24 besides this one.")),
        ecs(row<&C::audit_log_disabled>(section::credentials, "audit_log_disabled",
                                        "ECS_AUDIT_LOGFILE_DISABLED", "Write no audit log.")),
        ecs(row<&C::awsvpc_block_imds>(
            section::network, "awsvpc_block_imds", "ECS_AWSVPC_BLOCK_IMDS",
            "Keep awsvpc tasks from the instance metadata service, and so "
            "from the instance's role.")),
        row<&C::link_local_pool>(section::network, "link_local_pool", "ECS_LINK_LOCAL_POOL",
                                 "Addresses of containers on the agent's bridge; the first is the "
                                 "bridge's own."),
        row<&C::bridge_name>(section::network, "bridge_name", "ECS_BRIDGE_NAME",
                             "Name of the agent's bridge, at most 15 characters."),
        row<&C::awsvpc_network>(section::network, "awsvpc_network", "ECS_AWSVPC_NETWORK",
                                "Docker network of awsvpc tasks, made when it is first needed."),
        row<&C::awsvpc_subnet>(section::network, "awsvpc_subnet", "ECS_AWSVPC_SUBNET",
                               "Subnet of that network when the agent makes it. Unset: Docker's "
                               "choice."),
        row<&C::endpoint_port>(section::servers, "endpoint_port", "ECS_ENDPOINT_PORT",
                               "Port that 169.254.170.2:80 leads to."),
        row<&C::introspection_port>(section::servers, "introspection_port",
                                    "ECS_INTROSPECTION_PORT", "Port of introspection and health."),
        row<&C::introspection_listen>(section::servers, "introspection_listen",
                                      "ECS_INTROSPECTION_LISTEN",
                                      "Further addresses on which introspection listens, beside "
                                      "loopback and the container bridges."),
        row<&C::http_max_connections>(section::servers, "http_max_connections",
                                      "ECS_HTTP_MAX_CONNECTIONS", "Open connections in all."),
        row<&C::http_max_connections_per_address>(
            section::servers, "http_max_connections_per_address",
            "ECS_HTTP_MAX_CONNECTIONS_PER_ADDRESS", "Open connections from one source address."),
        row<&C::http_max_header>(section::servers, "http_max_header", "ECS_HTTP_MAX_HEADER",
                                 "Request line and header, 1KiB to 1MiB."),
        row<&C::http_max_body>(section::servers, "http_max_body", "ECS_HTTP_MAX_BODY",
                               "Request body, at most 64MiB."),
        row<&C::http_request_timeout>(section::servers, "http_request_timeout",
                                      "ECS_HTTP_REQUEST_TIMEOUT",
                                      "Time from a request's first byte to its last, and for the "
                                      "answer."),
        row<&C::http_idle_timeout>(section::servers, "http_idle_timeout", "ECS_HTTP_IDLE_TIMEOUT",
                                   "How long a connection may wait for its next request."),
        ecs(row<&C::task_metadata_rps_limit>(
            section::servers, "task_metadata_rps_limit", "ECS_TASK_METADATA_RPS_LIMIT",
            "Requests a second, and at once, that one address may make on one route for one id; "
            "the same for all unknown ids and paths of an address together.")),
        row<&C::credentials_rps_limit>(section::servers, "credentials_rps_limit",
                                       "ECS_CREDENTIALS_RPS_LIMIT",
                                       "The same for the credentials of one container. Wrong "
                                       "credentials ids have a limit of their own, 40,60."),
    };
}

} // namespace

std::span<const Row> rows() {
    static const auto table = make_rows();
    return table;
}

const Row* find_row(std::string_view key) {
    const auto found = std::ranges::find(rows(), key, &Row::key);
    return found == rows().end() ? nullptr : &*found;
}

std::string flag_of(const Row& row) {
    auto flag = "--" + std::string(row.key);
    std::ranges::replace(flag, '_', '-');
    return flag;
}

} // namespace agent::config
