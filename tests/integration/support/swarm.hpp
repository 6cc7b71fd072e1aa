#pragma once
// What tests of Docker's services share: an agent that serves volumes and has the cluster's key, and what a
// task of a service is asked.

#include "tests/integration/support/fixture.hpp"
#include "tests/integration/support/host_rules.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace integration {

inline const std::string label_of_service = "com.docker.swarm.service.name";
inline const std::string label_of_swarm_task = "com.docker.swarm.task.id";

/// Swarm pulls every image, and takes the one that is here where the registry refuses at once.
inline const std::string service_image = "127.0.0.1:1/demo:latest";

inline constexpr auto plugin_socket = "/run/docker/plugins/ecs-metadata.sock";

inline void put_file(const std::string& path, const std::string& text, mode_t mode) {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
}

inline std::string cluster_key_of(const Agent& agent) {
    return agent.directory() + "/swarm.key";
}

/// Before the agent starts. Every role has the keys `access_key`; a rule gives one to the service shop_web.
inline void prepare_for_swarm(Agent& agent, const std::string& access_key) {
    agent.set("ECS_VOLUME_PLUGIN", "true");
    agent.set("ECS_VOLUME_PLUGIN_SOCKET", plugin_socket);
    agent.set("ECS_SWARM_KEY_FILE", cluster_key_of(agent));
    put_file(cluster_key_of(agent), std::string(64, 'k') + '\n', 0600);
    put_static_keys(agent, access_key, "swarm-secret");
    put_rules(agent, "containers:\n"
                     "  - match: {labels: {com.docker.swarm.service.name: shop_web}}\n"
                     "    task_role: web\n");
}

/// Whether the agent has none on the disk: what the engine is asked for it asks the agent for, and then it
/// stays.
inline bool has_no_volumes(const Agent& agent) {
    std::error_code none;
    return std::filesystem::is_empty(agent.data_dir() + "/metadata/~volumes", none) || none;
}

inline std::string credentials_path_of(const std::string& container) {
    return variable_of(container, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
}

/// Whether it is given the keys of that name at the path.
inline bool has_keys(const std::string& container, const std::string& path,
                     const std::string& access_key) {
    const auto answer = try_in(container, "wget -qO- http://169.254.170.2" + path);
    return answer.status == 0 && answer.out.find(access_key) != std::string::npos;
}

// The engine does not say where a volume of a plugin is.

inline bool has_ready_file(const std::string& container) {
    return try_in(container, "grep -q READY $ECS_CONTAINER_METADATA_FILE").status == 0;
}

inline Json metadata_file_in(const std::string& container) {
    return Json::parse(exec_in(container, "cat $ECS_CONTAINER_METADATA_FILE"));
}

} // namespace integration
