#pragma once
// The bodies of Docker's "create container" for the containers of a task. What a definition does
// not say is not sent: it stays the image's or the engine's default. Pure.

#include "agent/containers/gpus.hpp"
#include "agent/containers/secret_values.hpp"
#include "agent/definition/task_definition.hpp"
#include "model/task.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent::containers {

/// What the definition does not say.
struct CreateFacts {
    std::string region;
    std::vector<std::string> image_environment; ///< "NAME=value" entries of the image
    /// Of the environment files, merged; no name twice.
    std::vector<definition::KeyValue> file_environment;
    std::vector<SecretValue> secrets;            ///< as variables; no name twice
    std::vector<SecretValue> secret_log_options; ///< of its log driver
    /// Whether it logs by the engine's own driver, whatever its definition says.
    bool uses_engine_log_driver = false;
    std::optional<std::string> metadata_bind; ///< Docker's bind; nothing: the feature is off
    std::string metadata_environment;         ///< ECS_CONTAINER_METADATA_FILE=…
    std::string pause_id;                     ///< Docker id, awsvpc mode only
    std::string namespace_pause_id;           ///< Docker id, where pid or ipc mode is `task`
    std::string cgroup_parent;                ///< "": Docker's own
    std::vector<std::string> role_variables;  ///< "NAME=value", where its credentials are
    std::string log_credentials;              ///< where a log driver asks; "": as it does by itself
    GpuSupport gpus = GpuSupport::none; ///< checked: never none for a container that asks for GPUs
    /// The first host port of each mapping, 0 where Docker chooses (choose_host_ports()); empty: as the
    /// definition has them.
    std::vector<std::uint16_t> host_ports;
    /// Docker's names of the volumes that are not a path on the host, by their own.
    std::map<std::string, std::string> volume_names;
};

/// For one of the definition's containers. `container`, one of the task's, has its labels and
/// endpoint id; the others of the task have their Docker names.
std::string create_document(const definition::TaskDefinition& definition,
                            const definition::ContainerDefinition& container_definition,
                            const model::Task& task, const model::Container& container,
                            const CreateFacts& facts);

/// For the pause container that owns the task's network, the given one of Docker's, and with it the
/// network's kernel parameters.
std::string pause_document(const definition::TaskDefinition& definition,
                           const model::Container& container, const std::string& network,
                           const std::string& cgroup_parent);

/// For the pause container whose processes or shared memory the task's containers share, and with
/// the latter its kernel parameters. The shared memory is as large as the largest that a container
/// asks for.
std::string namespace_pause_document(const definition::TaskDefinition& definition,
                                     const model::Container& container,
                                     const std::string& cgroup_parent);

} // namespace agent::containers
