#include "agent/engine/create_document.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::engine {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view endpoint = "http://169.254.170.2";

bool has_variable(const std::vector<std::string>& environment, std::string_view name) {
    return std::any_of(environment.begin(), environment.end(), [&](std::string_view entry) {
        return entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=';
    });
}

/// ECS's variables win over the definition's; the region is given only where neither the definition
/// nor the image says one (agent-lifecycle 2.3).
std::vector<std::string> environment_of(const definition::ContainerDefinition& definition,
                                        const model::Container& container,
                                        const CreateFacts& facts) {
    const auto url = [&](std::string_view path) {
        return std::string(endpoint) + std::string(path) + container.endpoint_id;
    };
    std::vector<std::string> ours{
        "ECS_CONTAINER_METADATA_URI=" + url("/v3/"),
        "ECS_CONTAINER_METADATA_URI_V4=" + url("/v4/"),
        "ECS_AGENT_URI=" + url("/api/"),
    };
    if (facts.metadata_bind)
        ours.push_back(facts.metadata_environment);
    std::vector<std::string> all;
    for (const auto& [key, value] : definition.environment)
        if (!has_variable(ours, key))
            all.push_back(key + '=' + value);
    const auto said = [&](std::string_view name) {
        return has_variable(all, name) || has_variable(facts.image_environment, name);
    };
    if (!facts.region.empty() && !said("AWS_REGION") && !said("AWS_DEFAULT_REGION")) {
        ours.push_back("AWS_REGION=" + facts.region);
        ours.push_back("AWS_DEFAULT_REGION=" + facts.region);
    }
    if (!said("AWS_EXECUTION_ENV"))
        ours.emplace_back("AWS_EXECUTION_ENV=AWS_ECS_EC2");
    all.insert(all.end(), ours.begin(), ours.end());
    return all;
}

void add_ports(Json& document, Json& host, const std::vector<definition::PortMapping>& mappings) {
    for (const auto& mapping : mappings) {
        const auto key = std::to_string(mapping.container_port) + '/' +
                         std::string(definition::to_string(mapping.protocol));
        document["ExposedPorts"][key] = Json::object();
        const auto port = mapping.host_port == 0 ? "" : std::to_string(mapping.host_port);
        host["PortBindings"][key].push_back({{"HostPort", port}});
    }
}

void add_binds(Json& host, const definition::TaskDefinition& task,
               const definition::ContainerDefinition& definition, const CreateFacts& facts) {
    for (const auto& mount : definition.mount_points) {
        const auto volume =
            std::find_if(task.volumes.begin(), task.volumes.end(),
                         [&](const auto& each) { return each.name == mount.source_volume; });
        host["Binds"].push_back(volume->host_source_path + ':' + mount.container_path +
                                (mount.read_only ? ":ro" : ""));
    }
    if (facts.metadata_bind)
        host["Binds"].push_back(*facts.metadata_bind);
}

std::string docker_network_mode(definition::NetworkMode mode, const std::string& pause_id) {
    if (mode == definition::NetworkMode::awsvpc)
        return "container:" + pause_id;
    return std::string(definition::to_string(mode));
}

} // namespace

std::string create_document(const definition::TaskDefinition& task,
                            const definition::ContainerDefinition& definition,
                            const model::Container& container, const CreateFacts& facts) {
    constexpr std::int64_t mebibyte = 1024 * 1024;
    Json document{{"Image", definition.image},
                  {"Env", environment_of(definition, container, facts)},
                  {"Labels", container.labels}};
    if (!definition.command.empty())
        document["Cmd"] = definition.command;
    if (!definition.entry_point.empty())
        document["Entrypoint"] = definition.entry_point;
    Json host{{"NetworkMode", docker_network_mode(task.network_mode, facts.pause_id)},
              // ECS gives a container that asks for nothing the smallest share, not Docker's 1,024.
              {"CpuShares", std::clamp<std::int64_t>(definition.cpu, 2, 262144)}};
    if (definition.memory)
        host["Memory"] = *definition.memory * mebibyte;
    if (task.network_mode == definition::NetworkMode::bridge)
        add_ports(document, host, definition.port_mappings);
    add_binds(host, task, definition, facts);
    document["HostConfig"] = std::move(host);
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string pause_document(const model::Container& container, const std::string& network) {
    const Json document{
        {"Image", container.image},
        {"Labels", container.labels},
        {"HostConfig",
         {{"NetworkMode", network},
          {"CpuShares", 2},
          {"CapDrop", {"ALL"}},
          {"SecurityOpt", {"no-new-privileges"}},
          {"ReadonlyRootfs", true},
          {"LogConfig", {{"Type", "none"}, {"Config", Json::object()}}}}},
    };
    return document.dump();
}

} // namespace agent::engine
