#include "agent/definition/parse.hpp"

#include "agent/definition/document.hpp"
#include "agent/definition/fields.hpp"
#include "base/json.hpp"

#include <charconv>

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;

/// describe-task-definition's output holds the definition, with the tags beside it.
Result<TaskDefinition> read_described(const Json& document) {
    static constexpr auto rows = std::to_array<FieldRow<TaskDefinition>>({
        {"taskDefinition", Support::required, read_task_definition},
        {"tags", Support::optional, read_tags},
    });
    TaskDefinition task;
    TRY(read_object<TaskDefinition>(document, "", rows, task));
    TRY(apply_rules(task, "taskDefinition"));
    return task;
}

Result<TaskDefinition> read_document(const Json& document) {
    if (document.is_object() && document.contains("taskDefinition"))
        return read_described(document);
    if (!document.is_object())
        return expected("", "a task definition (an object)", document);
    TaskDefinition task;
    TRY(read_task_definition(document, "", task));
    TRY(apply_rules(task, ""));
    return task;
}

Result<TaskDefinition> parse(std::string_view text, Format format) {
    if (text.size() > max_definition_bytes)
        return Error(Errc::too_large,
                     "larger than " + std::to_string(max_definition_bytes) + " bytes");
    TRY(const auto document,
        format == Format::json ? read_json(text) : read_yaml(text, PlainScalars::typed));
    return read_document(document);
}

Json to_json(const std::vector<KeyValue>& pairs, const char* key) {
    auto list = Json::array();
    for (const auto& pair : pairs)
        list.push_back({{key, pair.key}, {"value", pair.value}});
    return list;
}

Json to_json(const PortMapping& port) {
    return {{"containerPort", port.container_port},
            {"hostPort", port.host_port},
            {"protocol", to_string(port.protocol)}};
}

Json to_json(const MountPoint& mount) {
    return {{"sourceVolume", mount.source_volume},
            {"containerPath", mount.container_path},
            {"readOnly", mount.read_only}};
}

Json to_json(const ContainerDefinition& container) {
    Json json{{"name", container.name},
              {"image", container.image},
              {"command", container.command},
              {"entryPoint", container.entry_point},
              {"environment", to_json(container.environment, "name")},
              {"essential", container.essential},
              {"cpu", container.cpu}};
    if (container.memory)
        json["memory"] = *container.memory;
    auto& ports = json["portMappings"] = Json::array();
    for (const auto& port : container.port_mappings)
        ports.push_back(to_json(port));
    auto& mounts = json["mountPoints"] = Json::array();
    for (const auto& mount : container.mount_points)
        mounts.push_back(to_json(mount));
    auto& labels = json["dockerLabels"] = Json::object();
    for (const auto& [name, text] : container.docker_labels)
        labels[name] = text;
    if (container.metadata_enable)
        json["metadataEnable"] = *container.metadata_enable;
    return json;
}

} // namespace

std::string_view to_string(NetworkMode mode) {
    switch (mode) {
    case NetworkMode::bridge: return "bridge";
    case NetworkMode::host: return "host";
    case NetworkMode::none: return "none";
    case NetworkMode::awsvpc: return "awsvpc";
    }
    return "bridge";
}

std::string_view to_string(Protocol protocol) {
    return protocol == Protocol::udp ? "udp" : "tcp";
}

std::optional<Format> format_of(std::string_view path) {
    if (path.ends_with(".json"))
        return Format::json;
    if (path.ends_with(".yaml") || path.ends_with(".yml"))
        return Format::yaml;
    return std::nullopt;
}

Result<TaskDefinition> parse_task_definition(std::string_view text, Format format,
                                             std::string_view file_name) {
    auto task = parse(text, format);
    if (!task)
        return std::move(task).error() + file_name;
    return task;
}

std::string canonical_form(const TaskDefinition& definition) {
    std::int64_t revision = 0;
    const auto* digits = definition.revision.data();
    std::from_chars(digits, digits + definition.revision.size(), revision);
    Json json{{"family", definition.family},
              {"revision", revision},
              {"networkMode", to_string(definition.network_mode)}};
    auto& containers = json["containerDefinitions"] = Json::array();
    for (const auto& container : definition.containers)
        containers.push_back(to_json(container));
    auto& volumes = json["volumes"] = Json::array();
    for (const auto& volume : definition.volumes)
        volumes.push_back(
            {{"name", volume.name}, {"host", {{"sourcePath", volume.host_source_path}}}});
    json["tags"] = to_json(definition.tags, "key");
    if (definition.metadata_enable)
        json["metadataEnable"] = *definition.metadata_enable;
    return base::to_go_json(json);
}

Result<TaskDefinition> from_canonical(std::string_view text) {
    // No limit on the bytes: escapes may make the form longer than the file that it came from.
    auto document = read_json(text);
    if (document) {
        auto task = read_document(*document);
        if (task)
            return task;
        return Error(Errc::corrupt, task.error().what());
    }
    return Error(Errc::corrupt, document.error().what());
}

} // namespace agent::definition
