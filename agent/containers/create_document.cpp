#include "agent/containers/create_document.hpp"

#include "agent/containers/add_unless_empty.hpp"
#include "agent/containers/container_environment.hpp"
#include "agent/containers/host_config.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace agent::containers {

using Json = nlohmann::ordered_json;

namespace {

Json health_check(const definition::HealthCheck& check) {
    const auto nanoseconds = [](std::chrono::seconds time) {
        return std::chrono::nanoseconds(time).count();
    };
    return {{"Test", check.command},
            {"Interval", nanoseconds(check.interval)},
            {"Timeout", nanoseconds(check.timeout)},
            {"Retries", check.retries},
            {"StartPeriod", nanoseconds(check.start_period)}};
}

/// Docker publishes only what is exposed too.
void add_exposed_ports(Json& document, const std::vector<definition::PortMapping>& mappings) {
    for (const auto& mapping : mappings)
        for (int port = mapping.container_port; port <= mapping.last_container_port; ++port)
            document["ExposedPorts"][port_key(port, mapping.protocol)] = Json::object();
}

} // namespace

std::string create_document(const definition::TaskDefinition& definition,
                            const definition::ContainerDefinition& container_definition,
                            const model::Task& task, const model::Container& container,
                            const CreateFacts& facts) {
    const auto& wanted = container_definition;
    Json document{{"Image", wanted.image},
                  {"Env", container_environment(wanted, container, facts)},
                  {"Labels", container.labels}};
    add_unless_empty(document, "Cmd", wanted.command);
    add_unless_empty(document, "Entrypoint", wanted.entry_point);
    add_unless_empty(document, "User", wanted.user);
    add_unless_empty(document, "WorkingDir", wanted.working_directory);
    add_unless_empty(document, "Hostname", wanted.hostname);
    if (wanted.pseudo_terminal)
        document["Tty"] = true;
    if (wanted.interactive)
        document["OpenStdin"] = true;
    if (wanted.health_check)
        document["Healthcheck"] = health_check(*wanted.health_check);
    if (definition.network_mode == model::NetworkMode::bridge)
        add_exposed_ports(document, wanted.port_mappings);
    document["HostConfig"] = host_config(definition, wanted, task, facts);
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace agent::containers
