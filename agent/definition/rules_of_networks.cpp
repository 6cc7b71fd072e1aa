#include "agent/definition/parse.hpp"
#include "agent/definition/tables.hpp"

#include <map>

namespace agent::definition {

namespace {

using base::Result;

/// A port and its protocol to the path of the mapping that has it.
using Ports = std::map<std::pair<std::uint16_t, Protocol>, std::string>;

/// In these modes a container's port is the port of the namespace it listens in.
bool ports_are_equal(model::NetworkMode mode) {
    return mode == model::NetworkMode::host || mode == model::NetworkMode::awsvpc;
}

Result<> take_ports(Ports& taken, std::uint16_t first, std::uint16_t last, Protocol protocol,
                    const Place& place, std::string_view field) {
    for (unsigned port = first; port <= last; ++port) {
        const auto [other, fresh] =
            taken.try_emplace({static_cast<std::uint16_t>(port), protocol}, place.path);
        if (!fresh && other->second != place.path)
            return refuse(join(place, field), "port " + std::to_string(port) + '/' +
                                                  std::string(to_string(protocol)) +
                                                  " is taken by " + other->second);
    }
    return {};
}

/// The host ports, or those of the task's own network.
Result<> apply_mode(PortMapping& port, model::NetworkMode mode, const Place& place, Ports& taken) {
    // One that was not well-formed.
    if (port.container_port == 0)
        return {};
    const auto mode_name = std::string(to_string(mode));
    if (mode == model::NetworkMode::none)
        return refuse(place, "network mode none has no port mappings");
    if (mode == model::NetworkMode::host && port.is_range())
        return refuse(join(place, "containerPortRange"), "not in network mode host, as in ECS");
    const auto field = port.is_range() ? "containerPortRange" : "containerPort";
    if (ports_are_equal(mode)) {
        if (port.host_port != 0 && port.host_port != port.container_port)
            return refuse(join(place, "hostPort"),
                          "in network mode " + mode_name +
                              " it must be absent, 0 or the container port (" +
                              std::to_string(port.container_port) + "), got " +
                              std::to_string(port.host_port));
        port.host_port = port.container_port;
        return take_ports(taken, port.container_port, port.last_container_port, port.protocol,
                          place, field);
    }
    if (port.host_port == 0)
        return {};
    return take_ports(taken, port.host_port, port.host_port, port.protocol, place, "hostPort");
}

Result<> check_amounts(const std::vector<PortMapping>& mappings, const Place& place) {
    std::size_t ranges = 0;
    std::size_t ports = 0;
    for (const auto& mapping : mappings) {
        ranges += mapping.is_range() ? 1 : 0;
        ports += mapping.last_container_port - mapping.container_port + 1U;
    }
    if (ranges > max_port_ranges)
        return refuse(place, "at most " + std::to_string(max_port_ranges) +
                                 " ranges a container, got " + std::to_string(ranges));
    if (ports > max_ports)
        return refuse(place, "at most " + std::to_string(max_ports) + " ports a container, got " +
                                 std::to_string(ports));
    return {};
}

/// No other mapping of the container may have a port of a range.
Result<> check_ranges(const std::vector<PortMapping>& mappings, const Place& place) {
    Parts parts(place);
    Ports taken;
    for (const bool ranges : {true, false})
        for (std::size_t i = 0; i < mappings.size(); ++i) {
            const auto& mapping = mappings[i];
            const auto port = std::pair(mapping.container_port, mapping.protocol);
            const auto where = join(place, i);
            if (mapping.is_range() != ranges)
                continue;
            if (ranges) {
                parts.add(take_ports(taken, mapping.container_port, mapping.last_container_port,
                                     mapping.protocol, where, "containerPortRange"));
                continue;
            }
            // The same single port may be published more than once.
            if (const auto other = taken.find(port); other != taken.end())
                parts.add(refuse(join(where, "containerPort"),
                                 "port " + std::to_string(port.first) + '/' +
                                     std::string(to_string(port.second)) + " is taken by " +
                                     other->second));
        }
    return parts.result();
}

struct ModeRule {
    std::string_view field;
    bool (*used)(const ContainerDefinition& container);
    std::string_view instead;
};

/// What a container cannot have of its own where the pause container has the network.
constexpr std::array<ModeRule, 4> not_in_awsvpc{{
    {"hostname", [](const ContainerDefinition& c) { return !c.hostname.empty(); },
     "the containers of a task share one"},
    {"dnsServers", [](const ContainerDefinition& c) { return !c.dns_servers.empty(); },
     "the containers of a task share the host's"},
    {"dnsSearchDomains", [](const ContainerDefinition& c) { return !c.dns_search_domains.empty(); },
     "the containers of a task share the host's"},
    {"extraHosts", [](const ContainerDefinition& c) { return !c.extra_hosts.empty(); },
     "the containers of a task share one hosts file"},
}};

Result<> check_mode(const ContainerDefinition& container, model::NetworkMode mode,
                    const Place& place) {
    Parts parts(place);
    if (mode != model::NetworkMode::bridge && !container.links.empty())
        parts.add(refuse(join(place, "links"), "only in network mode bridge, this task's is " +
                                                   std::string(to_string(mode))));
    if (mode == model::NetworkMode::awsvpc)
        for (const auto& [field, used, instead] : not_in_awsvpc)
            if (used(container))
                parts.add(refuse(join(place, field),
                                 "not in network mode awsvpc, as in ECS: " + std::string(instead)));
    return parts.result();
}

/// A kernel parameter of a namespace that is the host's is the host's own.
Result<> check_controls(const ContainerDefinition& container, const TaskDefinition& task,
                        const Place& place) {
    Parts parts(place);
    for (std::size_t i = 0; i < container.system_controls.size(); ++i) {
        const auto& name = container.system_controls[i].key;
        const bool of_network = name.starts_with("net.");
        const auto where = join(join(place, i), "namespace");
        if (of_network && task.network_mode == model::NetworkMode::host)
            parts.add(refuse(where, in_quotes(name) + " would be the host's in network mode host"));
        if (!of_network && !name.empty() && task.ipc_mode == Sharing::host)
            parts.add(refuse(where, in_quotes(name) + " would be the host's with ipcMode host"));
    }
    return parts.result();
}

} // namespace

Result<> apply_network_rules(TaskDefinition& task, const Place& containers) {
    Parts parts(containers);
    Ports taken;
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        auto& container = task.containers[i];
        const auto place = join(containers, i);
        const auto ports = join(place, "portMappings");
        parts.add(check_mode(container, task.network_mode, place));
        parts.add(check_controls(container, task, join(place, "systemControls")));
        parts.add(check_amounts(container.port_mappings, ports));
        parts.add(check_ranges(container.port_mappings, ports));
        for (std::size_t port = 0; port < container.port_mappings.size(); ++port)
            parts.add(apply_mode(container.port_mappings[port], task.network_mode,
                                 join(ports, port), taken));
    }
    return parts.result();
}

} // namespace agent::definition
