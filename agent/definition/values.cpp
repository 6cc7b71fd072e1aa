#include "agent/definition/values.hpp"

#include "model/names.hpp"

namespace agent::definition {

using base::Result;

namespace {

constexpr std::string_view reserved_labels = "com.amazonaws.ecs.";
constexpr std::int64_t min_memory = 4;

} // namespace

Result<StringMap> read_labels(const Json& value, const Place& place) {
    TRY(StringMap labels, read_text_map(value, place));
    for (const auto& [name, text] : labels)
        if (name.starts_with(reserved_labels) || name == model::own_label)
            return refuse(join(place, name),
                          "labels beginning with com.amazonaws.ecs. and the label ecs-node-agent "
                          "are set by the agent");
    return labels;
}

Result<std::string> read_host_path(const Json& value, const Place& place) {
    TRY(std::string path, read_absolute_path(value, place));
    if (path.find(':') != std::string::npos)
        return refuse(place, "must not contain ':', which Docker's bind syntax separates by");
    return path;
}

Result<std::string> read_container_path(const Json& value, const Place& place) {
    TRY(std::string path, read_host_path(value, place));
    if (std::filesystem::path(path).lexically_normal() == "/")
        return refuse(place, "must not be the container's root");
    return path;
}

Result<std::int64_t> read_memory(const Json& value, const Place& place) {
    TRY(const auto memory, read_integer(value, place, 0, max_ecs_integer));
    if (memory < min_memory)
        return refuse(place, "at least 4 MiB are needed (6 for Docker Engine 20.10 "
                             "and newer), got " +
                                 std::to_string(memory));
    return memory;
}

} // namespace agent::definition
