#include "agent/config/ecs_keys.hpp"

#include <algorithm>
#include <array>

namespace agent::config {

namespace {

constexpr std::string_view no_container = "The agent runs in no container.";
constexpr std::string_view no_control_plane = "There is no control plane to tell.";
constexpr std::string_view no_gmsa = "Accounts of an Active Directory are not handed out.";
constexpr std::string_view no_scheduler = "Nothing is scheduled here: a file is run or is not.";
constexpr std::string_view not_windows = "It is for Windows.";
constexpr std::string_view others_are_left = "What the agent did not bring here is never removed.";
constexpr std::string_view own_bridge =
    "The endpoint is reached by a bridge and a table of the agent's own.";
constexpr std::string_view the_journal = "The log goes to standard error, and so to the journal.";

// Of version 1.105 of both programs.
constexpr auto table = std::to_array<EcsKey>({
    {"ECS_AGENT_APPARMOR_PROFILE", no_container},
    {"ECS_AGENT_CONFIG_FILE_PATH", "The YAML file is named by --config."},
    {"ECS_AGENT_HEALTHCHECK_HOST", no_container},
    {"ECS_AGENT_LABELS", no_container},
    {"ECS_AGENT_PID_NAMESPACE_HOST", no_container},
    {"ECS_AGENT_RUN_PRIVILEGED", no_container},
    {"ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS", "introspection_listen says where it listens."},
    {"ECS_ALTERNATE_CREDENTIAL_PROFILE", no_control_plane},
    {"ECS_APPARMOR_CAPABLE", no_scheduler},
    {"ECS_AVAILABLE_LOGGING_DRIVERS", "Each driver that the engine has may be used."},
    {"ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES",
     "Tasks in awsvpc mode reach others by a network of Docker's."},
    {"ECS_BACKEND_HOST", no_control_plane},
    {"ECS_CHECKPOINT", "State is always kept."},
    {"ECS_CNI_LOGLEVEL", "There are no CNI plugins."},
    {"ECS_CNI_LOG_FILE", "There are no CNI plugins."},
    {"ECS_CNI_PLUGINS_PATH", "There are no CNI plugins."},
    {"ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM",
     "Tags of the machine are said by container_instance_tags."},
    {"ECS_DETAILED_OS_FAMILY", no_scheduler},
    {"ECS_DISABLE_DOCKER_HEALTH_CHECK", no_scheduler},
    {"ECS_DISABLE_METRICS", "Stats are read when somebody asks, and sent nowhere."},
    {"ECS_DISABLE_PRIVILEGED", no_scheduler},
    {"ECS_DISABLE_TASK_METADATA_AZ", "The zone is always shown."},
    {"ECS_DOCKER_PULL_INACTIVITY_TIMEOUT", "It is ECS_IMAGE_PULL_INACTIVITY_TIMEOUT today."},
    {"ECS_DOMAIN_JOINED_LINUX_INSTANCE", no_gmsa},
    {"ECS_EBSTA_SUPPORTED", no_scheduler},
    {"ECS_ENABLE_CPU_UNBOUNDED_WINDOWS_WORKAROUND", not_windows},
    {"ECS_ENABLE_FIRELENS_ASYNC", "FireLens is not run."},
    {"ECS_ENABLE_GPU_SUPPORT", no_scheduler},
    {"ECS_ENABLE_HIGH_DENSITY_ENI", "Tasks in awsvpc mode have no network interface of AWS's."},
    {"ECS_ENABLE_INF_SUPPORT", no_scheduler},
    {"ECS_ENABLE_MEMORY_UNBOUNDED_WINDOWS_WORKAROUND", not_windows},
    {"ECS_ENABLE_PROMETHEUS_METRICS", "The agent has no metrics of its own."},
    {"ECS_ENABLE_RUNTIME_STATS", "The agent has no profiles of its own."},
    {"ECS_ENABLE_SPOT_INSTANCE_DRAINING", no_scheduler},
    {"ECS_ENABLE_TASK_ENI", "Mode awsvpc is always there."},
    {"ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP", others_are_left},
    {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER", "All tasks wait equally long."},
    {"ECS_EXTERNAL", no_control_plane},
    {"ECS_FSX_WINDOWS_FILE_SERVER_SUPPORTED", not_windows},
    {"ECS_GMSA_SUPPORTED", no_gmsa},
    {"ECS_HOST_DATA_DIR", "The agent runs in no container: ECS_DATADIR is a path of the host."},
    {"ECS_INIT_DOCKER_LOG_FILE_NUM", no_container},
    {"ECS_INIT_DOCKER_LOG_FILE_SIZE", no_container},
    {"ECS_INSTANCE_ATTRIBUTES", no_scheduler},
    {"ECS_INSTANCE_IP_COMPATIBILITY", no_control_plane},
    {"ECS_LOGFILE", the_journal},
    {"ECS_LOGLEVEL_ON_INSTANCE", the_journal},
    {"ECS_LOG_DRIVER", no_container},
    {"ECS_LOG_MAX_FILE_SIZE_MB", the_journal},
    {"ECS_LOG_MAX_ROLL_COUNT", the_journal},
    {"ECS_LOG_OPTS", no_container},
    {"ECS_LOG_OUTPUT_FORMAT", the_journal},
    {"ECS_LOG_ROLLOVER_TYPE", the_journal},
    {"ECS_MANIFEST_PULL_TIMEOUT", "The engine asks for the manifest, with the image."},
    {"ECS_NVIDIA_RUNTIME", no_scheduler},
    {"ECS_OFFHOST_INTROSPECTION_INTERFACE_NAME", "introspection_listen says where it listens."},
    {"ECS_PAUSE_LABELS", "Pause containers have ECS's labels alone."},
    {"ECS_POLLING_METRICS_WAIT_DURATION", "Stats are read when somebody asks."},
    {"ECS_POLL_METRICS", "Stats are read when somebody asks."},
    {"ECS_PROPAGATE_TASK_MEMORY_LIMIT_CGROUPV2", "A task's memory is its cgroup's limit."},
    {"ECS_RESERVED_MEMORY", no_scheduler},
    {"ECS_SELINUX_CAPABLE", "The engine says whether it labels for SELinux."},
    {"ECS_SHARED_VOLUME_MATCH_FULL_CONFIG",
     "A shared volume that is there is taken by its name and driver."},
    {"ECS_SKIP_LOCALHOST_TRAFFIC_FILTER", own_bridge},
    {"ECS_TASK_PIDS_LIMIT", "A task's processes are not counted."},
    {"ECS_UPDATES_ENABLED", "The package is updated as all others are."},
    {"ECS_UPDATE_DOWNLOAD_DIR", "The package is updated as all others are."},
    {"ECS_VOLUME_PLUGIN_CAPABILITIES", no_scheduler},
    {"ECS_WARM_POOLS_CHECK", no_control_plane},
    {"CREDENTIALS_FETCHER_HOST", no_gmsa},
    {"CREDENTIALS_FETCHER_HOST_DIR", no_gmsa},
    {"CREDENTIALS_FETCHER_SECRET_NAME_FOR_DOMAINLESS_GMSA", no_gmsa},
    {"HTTPS_PROXY", "A proxy for pulls is the engine's to know."},
    {"HTTP_PROXY", "A proxy for pulls is the engine's to know."},
    {"NONECS_NUM_CONTAINERS_DELETE_PER_CYCLE", others_are_left},
    {"NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE", others_are_left},
    {"NO_PROXY", "A proxy for pulls is the engine's to know."},
});

} // namespace

std::span<const EcsKey> keys_without_effect() {
    return table;
}

bool is_key_without_effect(std::string_view name) {
    return std::ranges::find(table, name, &EcsKey::name) != table.end();
}

} // namespace agent::config
