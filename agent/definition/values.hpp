#pragma once
// Readers of single values that only task definitions have, beside those of agent/tables. Private to
// agent/definition.

#include "agent/definition/task_definition.hpp"
#include "agent/tables/values.hpp"

namespace agent::definition {

using namespace tables; // its rows are written in the words of tables

/// ECS's integers are Java's.
constexpr std::int64_t max_ecs_integer = INT32_MAX;

/// As read_text_map; names that ECS keeps for itself are refused.
base::Result<StringMap> read_labels(const Json& value, const Place& place);
/// As read_absolute_path, and one that Docker can bind: without ':'.
base::Result<std::string> read_host_path(const Json& value, const Place& place);
/// As read_host_path, and not the root.
base::Result<std::string> read_container_path(const Json& value, const Place& place);
/// A reference as Docker takes it: [registry[:port]/]name[:tag][@digest].
base::Result<std::string> read_image(const Json& value, const Place& place);
/// MiB that Docker takes for a limit of memory.
base::Result<std::int64_t> read_memory(const Json& value, const Place& place);

} // namespace agent::definition
