#pragma once
// The body of Docker's "create container" for a container of a task. Pure.

#include "agent/definition/task_definition.hpp"
#include "model/task.hpp"

#include <optional>
#include <string>
#include <vector>

namespace agent::engine {

/// What the definition does not say.
struct CreateFacts {
    std::string region;
    std::vector<std::string> image_environment; ///< "NAME=value" entries of the image
    std::optional<std::string> metadata_bind;   ///< Docker's bind; nothing: the feature is off
    std::string metadata_environment;           ///< ECS_CONTAINER_METADATA_FILE=…
    std::string pause_id;                       ///< Docker id, awsvpc mode only
};

/// For one of the definition's containers. `container` has its labels and endpoint id.
std::string create_document(const definition::TaskDefinition& task,
                            const definition::ContainerDefinition& definition,
                            const model::Container& container, const CreateFacts& facts);

/// For the pause container on the given Docker network.
std::string pause_document(const model::Container& container, const std::string& network);

} // namespace agent::engine
