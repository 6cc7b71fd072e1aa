#include "metadatafile/document.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace metadatafile {

namespace {

using Json = nlohmann::ordered_json;
using model::Container;
using model::ContainerStatus;
using model::NetworkAttachment;
using model::NetworkMode;
using model::Task;

void put_if_known(Json& document, const char* key, const std::string& value) {
    if (!value.empty())
        document[key] = value;
}

/// The container whose network namespace this one uses: itself, or another of the task.
const Container& network_owner(const Task& task, const Container& container) {
    static constexpr std::string_view joined = "container:";
    if (!container.network_mode.starts_with(joined))
        return container;
    const auto* owner = task.find_container(container.network_mode.substr(joined.size()));
    return owner == nullptr ? container : *owner;
}

bool has_address(const NetworkAttachment& network) {
    return !network.ipv4.empty() || !network.ipv6.empty();
}

/// Whether the network can have an address of its own at all.
bool is_addressed(const NetworkAttachment& network) {
    return network.name != "host" && network.name != "none";
}

std::string status_of(const Container& container) {
    if (container.known == ContainerStatus::stopped)
        return "stopped";
    return is_running(container) ? "running" : "created";
}

std::string mode_of(const Task& task, const Container& container) {
    if (task.network_mode == NetworkMode::awsvpc || container.network_mode.empty())
        return std::string(to_string(task.network_mode));
    // What older clients send for Docker's own default.
    return container.network_mode == "default" ? "bridge" : container.network_mode;
}

/// The network that a reader who knows of only one should hear of; nullptr while none has an
/// address.
const NetworkAttachment* main_network(const Task& task, const Container& container) {
    if (task.network_mode == NetworkMode::awsvpc)
        return task.primary_network();
    const auto& owner = network_owner(task, container);
    const NetworkAttachment* first = nullptr;
    for (const auto& network : owner.networks) {
        if (!has_address(network))
            continue;
        if (network.name == mode_of(task, owner))
            return &network;
        if (first == nullptr)
            first = &network;
    }
    return first;
}

Json network_element(const std::string& mode, const NetworkAttachment& network) {
    Json element;
    element["NetworkMode"] = mode;
    // The agent writes [""] where there is no address (host, none), and readers expect the element.
    element["IPv4Addresses"] = Json::array({network.ipv4});
    if (!network.ipv6.empty())
        element["IPv6Addresses"] = Json::array({network.ipv6});
    return element;
}

Json networks_of(const Task& task, const Container& container) {
    auto networks = Json::array();
    if (container.known < ContainerStatus::running)
        return networks;
    if (task.network_mode == NetworkMode::awsvpc) {
        if (const auto* primary = task.primary_network())
            networks.push_back(network_element("awsvpc", *primary));
        return networks;
    }
    const auto& owner = network_owner(task, container);
    if (owner.networks_known)
        for (const auto& network : owner.networks)
            networks.push_back(network_element(network.name, network));
    return networks;
}

Json ports_of(const Container& container) {
    auto ports = Json::array();
    for (const auto& port : container.ports) {
        Json element;
        element["ContainerPort"] = port.container_port;
        element["ContainerPortRange"] = "";
        element["HostPort"] = port.host_port;
        element["BindIp"] = port.host_ip;
        element["Protocol"] = port.protocol;
        element["BindIP"] = port.host_ip;
        ports.push_back(std::move(element));
    }
    return ports;
}

/// The ARN's scope with the cluster in place of the task: it stays the task's own even when the
/// agent is configured anew.
std::string cluster_arn_of(const Task& task, const model::Instance& instance) {
    if (task.cluster.starts_with("arn:"))
        return task.cluster;
    if (const auto resource = task.arn.find(":task/"); resource != std::string::npos)
        return task.arn.substr(0, resource) + ":cluster/" + task.cluster;
    return instance.scope.cluster_arn();
}

const std::string& container_instance_of(const Task& task, const model::Instance& instance) {
    return task.container_instance_arn.empty() ? instance.container_instance_arn
                                               : task.container_instance_arn;
}

/// The keys of the ECS agent, in its order.
void put_agent_keys(Json& document, const Task& task, const Container& container,
                    const model::Instance& instance) {
    put_if_known(document, "Cluster", task.cluster);
    put_if_known(document, "ContainerInstanceARN", container_instance_of(task, instance));
    put_if_known(document, "TaskARN", task.arn);
    put_if_known(document, "TaskDefinitionFamily", task.family);
    put_if_known(document, "TaskDefinitionRevision", task.revision);
    put_if_known(document, "ContainerID", container.docker_id);
    put_if_known(document, "ContainerName", container.name);
    if (!container.docker_name.empty())
        document["DockerContainerName"] = '/' + container.docker_name;
    put_if_known(document, "ImageID", container.image_id);
    put_if_known(document, "ImageName", container.image);
    if (auto ports = ports_of(container); !ports.empty())
        document["PortMappings"] = std::move(ports);
    if (auto networks = networks_of(task, container); !networks.empty())
        document["Networks"] = std::move(networks);
    if (is_ready(task, container))
        document["MetadataFileStatus"] = "READY";
    put_if_known(document, "AvailabilityZone", task.availability_zone);
    put_if_known(document, "HostPrivateIPv4Address", instance.host_private_ipv4);
    put_if_known(document, "HostPublicIPv4Address", instance.host_public_ipv4);
}

/// The keys of the proposal that the agent's document lacks.
void put_proposal_keys(Json& document, const Task& task, const Container& container,
                       const model::Instance& instance) {
    static const NetworkAttachment nowhere;
    const auto* found = main_network(task, container);
    const auto& network = found == nullptr ? nowhere : *found;
    document["Version"] = "v1";
    document["Status"] = status_of(container);
    document["ClusterArn"] = cluster_arn_of(task, instance);
    document["Container_Instance"] = container_instance_of(task, instance);
    document["TaskArn"] = task.arn;
    document["NetworkMode"] = mode_of(task, container);
    document["Gateway"] = network.ipv4_gateway;
    document["IPAddress"] = network.ipv4;
    document["IPv6Gateway"] = network.ipv6_gateway;
}

} // namespace

bool is_ready(const Task& task, const Container& container) {
    if (!is_running(container) || (container.publishes_ports && container.ports.empty()))
        return false;
    if (task.network_mode == NetworkMode::awsvpc)
        return task.primary_network() != nullptr && !task.link_local_ipv4.empty();
    const auto& owner = network_owner(task, container);
    return owner.networks_known &&
           std::all_of(owner.networks.begin(), owner.networks.end(), [](const auto& network) {
               return !is_addressed(network) || has_address(network);
           });
}

bool may_differ(const Task& before, const Task& after, std::size_t index) {
    if (index >= before.containers.size())
        return true;
    // All that render() reads of a task: its own fields, the container, and whose network that has.
    const auto of_task = [](const Task& task) {
        return std::tie(task.arn, task.cluster, task.family, task.revision, task.availability_zone,
                        task.container_instance_arn, task.network_mode, task.link_local_ipv4);
    };
    const auto of_network = [](const Container& owner) {
        return std::tie(owner.networks_known, owner.networks, owner.network_mode);
    };
    const auto& was = before.containers[index];
    const auto& is = after.containers[index];
    if (of_task(before) != of_task(after) || was != is ||
        of_network(network_owner(before, was)) != of_network(network_owner(after, is)))
        return true;
    const auto* primary_was = before.primary_network();
    const auto* primary = after.primary_network();
    return primary_was == nullptr || primary == nullptr ? primary_was != primary
                                                        : *primary_was != *primary;
}

std::string render(const Task& task, const Container& container, const model::Instance& instance,
                   base::Time written_at) {
    Json document = Json::object();
    put_agent_keys(document, task, container, instance);
    put_proposal_keys(document, task, container, instance);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(written_at.time_since_epoch());
    document["LastUpdatedAt"] = std::to_string(seconds.count());
    return base::to_go_json_indented(document);
}

} // namespace metadatafile
