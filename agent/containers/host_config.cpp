#include "agent/containers/host_config.hpp"

#include "agent/containers/add_unless_empty.hpp"
#include "agent/containers/gpus.hpp"
#include "agent/containers/linux_parameters.hpp"
#include "agent/containers/log_options.hpp"
#include "agent/containers/sysctls.hpp"
#include "base/sizes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

namespace agent::containers {

using Json = nlohmann::ordered_json;
using definition::ContainerDefinition;
using definition::Sharing;
using definition::TaskDefinition;
using model::NetworkMode;

namespace {

std::string network_mode(NetworkMode mode, const std::string& pause_id) {
    if (mode == NetworkMode::awsvpc)
        return "container:" + pause_id;
    return std::string(model::to_string(mode));
}

/// Docker's PidMode and IpcMode; "" is its default.
std::string sharing_mode(Sharing sharing, const std::string& pause_id) {
    if (sharing == Sharing::task)
        return "container:" + pause_id;
    return std::string(definition::to_string(sharing));
}

void add_port_bindings(Json& host, const std::vector<definition::PortMapping>& mappings,
                       const CreateFacts& facts) {
    for (std::size_t i = 0; i < mappings.size(); ++i) {
        const auto& mapping = mappings[i];
        const int first = facts.host_ports.empty() ? mapping.host_port : facts.host_ports[i];
        for (int port = mapping.container_port; port <= mapping.last_container_port; ++port) {
            const auto host_port =
                first == 0 ? "" : std::to_string(first + port - mapping.container_port);
            host["PortBindings"][port_key(port, mapping.protocol)].push_back(
                {{"HostPort", host_port}});
        }
    }
}

void add_binds(Json& host, const TaskDefinition& definition, const ContainerDefinition& wanted,
               const CreateFacts& facts) {
    for (const auto& mount : wanted.mount_points) {
        const auto volume =
            std::find_if(definition.volumes.begin(), definition.volumes.end(),
                         [&](const auto& each) { return each.name == mount.source_volume; });
        const auto& source = volume->host_source_path.empty() ? facts.volume_names.at(volume->name)
                                                              : volume->host_source_path;
        host["Binds"].push_back(source + ':' + mount.container_path +
                                (mount.read_only ? ":ro" : ""));
    }
    if (facts.metadata_bind)
        host["Binds"].push_back(*facts.metadata_bind);
}

const std::string& docker_name_of(const model::Task& task, std::string_view name) {
    return std::find_if(task.containers.begin(), task.containers.end(),
                        [&](const auto& each) { return each.name == name; })
        ->docker_name;
}

void add_volumes_from(Json& host, const ContainerDefinition& wanted, const model::Task& task) {
    for (const auto& [source, read_only] : wanted.volumes_from)
        host["VolumesFrom"].push_back(docker_name_of(task, source) + (read_only ? ":ro" : ""));
}

/// "container:alias"; without an alias it is the container's name, which Docker does not know.
void add_links(Json& host, const ContainerDefinition& wanted, const model::Task& task) {
    for (const auto& link : wanted.links) {
        const auto colon = link.find(':');
        const auto alias = colon == std::string::npos ? link : link.substr(colon + 1);
        host["Links"].push_back(docker_name_of(task, link.substr(0, colon)) + ':' + alias);
    }
}

void add_names(Json& host, const ContainerDefinition& wanted) {
    add_unless_empty(host, "Dns", wanted.dns_servers);
    add_unless_empty(host, "DnsSearch", wanted.dns_search_domains);
    for (const auto& [hostname, ip] : wanted.extra_hosts)
        host["ExtraHosts"].push_back(hostname + ':' + ip);
}

void add_log_configuration(Json& host, const ContainerDefinition& wanted, const model::Task& task,
                           const CreateFacts& facts) {
    if (!wanted.log_configuration || facts.uses_engine_log_driver)
        return;
    auto options =
        docker_log_options(*wanted.log_configuration, wanted.name, task.id, facts.log_credentials);
    for (const auto& [name, secret] : facts.secret_log_options)
        options[name] = secret.view();
    host["LogConfig"] = {{"Type", wanted.log_configuration->driver},
                         {"Config", std::move(options)}};
}

/// "label:disable" as "label=disable": the colon is ECS's spelling, which Docker deprecates.
std::string security_option(std::string option) {
    const auto separator = option.find_first_of(":=");
    if (separator != std::string::npos)
        option[separator] = '=';
    return option;
}

void add_rights(Json& host, const ContainerDefinition& wanted) {
    if (wanted.privileged)
        host["Privileged"] = true;
    if (wanted.read_only_root)
        host["ReadonlyRootfs"] = true;
    for (const auto& option : wanted.security_options)
        host["SecurityOpt"].push_back(security_option(option));
    for (const auto& [name, soft, hard] : wanted.ulimits)
        host["Ulimits"].push_back({{"Name", name}, {"Soft", soft}, {"Hard", hard}});
}

} // namespace

std::string port_key(int port, definition::Protocol protocol) {
    return std::to_string(port) + '/' + std::string(definition::to_string(protocol));
}

Json host_config(const TaskDefinition& definition, const ContainerDefinition& wanted,
                 const model::Task& task, const CreateFacts& facts) {
    Json host{{"NetworkMode", network_mode(definition.network_mode, facts.pause_id)},
              // ECS gives a container that asks for nothing the smallest share, not Docker's 1,024.
              {"CpuShares", std::clamp<std::int64_t>(wanted.cpu, 2, 262144)}};
    if (wanted.memory)
        host["Memory"] = *wanted.memory * base::mebibyte;
    if (wanted.memory_reservation)
        host["MemoryReservation"] = *wanted.memory_reservation * base::mebibyte;
    if (definition.network_mode == NetworkMode::bridge) {
        add_port_bindings(host, wanted.port_mappings, facts);
        add_links(host, wanted, task);
    }
    add_binds(host, definition, wanted, facts);
    add_volumes_from(host, wanted, task);
    add_log_configuration(host, wanted, task, facts);
    add_rights(host, wanted);
    add_linux_parameters(host, wanted);
    add_gpus(host, wanted.gpus, facts.gpus);
    add_names(host, wanted);
    add_unless_empty(host, "Sysctls", container_sysctls(definition, wanted));
    add_unless_empty(host, "PidMode", sharing_mode(definition.pid_mode, facts.namespace_pause_id));
    add_unless_empty(host, "IpcMode", sharing_mode(definition.ipc_mode, facts.namespace_pause_id));
    add_unless_empty(host, "CgroupParent", facts.cgroup_parent);
    return host;
}

} // namespace agent::containers
