#include "handlers/metadata/documents.hpp"

#include "base/json.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace handlers::metadata {

namespace ip = boost::asio::ip;

namespace {

/// Docker's own floor for CPU shares.
constexpr double least_cpu_units = 2;

void add_text(Json& document, const char* key, std::string_view text) {
    if (!text.empty())
        document[key] = std::string(text);
}

/// Always one address, "" where there is none.
Json docker_network(const std::string& mode, const std::string& ipv4) {
    Json element;
    element["NetworkMode"] = mode;
    element["IPv4Addresses"] = Json::array({ipv4});
    return element;
}

Json networks_document(const model::Task& task, const model::Container& container) {
    Json list = Json::array();
    if (const auto* primary = task.primary_network();
        task.network_mode == model::NetworkMode::awsvpc && primary != nullptr) {
        Json element;
        add_awsvpc_addresses(element, *primary);
        list.push_back(std::move(element));
        return list;
    }
    for (const auto& network : networks_of(task, container))
        list.push_back(docker_network(network.name, network.ipv4));
    if (list.empty()) // the host's namespace, or none: Docker names no network with an address
        list.push_back(docker_network(container.network_mode, ""));
    return list;
}

Json plain_container(const model::Task& task, const model::Container& container) {
    auto document = container_document(task, container, HostIp::hidden);
    add_networks(document, task, container);
    add_health(document, container);
    add_volumes(document, container);
    return document;
}

Json plain_task(const model::Task& task) {
    auto document = task_document(task);
    Json containers = Json::array();
    for (const auto& container : task.containers)
        if (!container.docker_id.empty())
            containers.push_back(plain_container(task, container));
    if (!containers.empty())
        document["Containers"] = std::move(containers);
    add_limits_and_times(document, task);
    return document;
}

} // namespace

void add_ports(Json& document, const model::Task& task, const model::Container& container,
               HostIp host_ip) {
    Json ports = Json::array();
    for (const auto& port : container.ports) {
        Json element = Json::object();
        const bool own_address = task.network_mode == model::NetworkMode::awsvpc;
        const auto host_port = own_address ? port.container_port : port.host_port;
        if (port.container_port != 0)
            element["ContainerPort"] = port.container_port;
        element["Protocol"] = port.protocol;
        if (host_port != 0)
            element["HostPort"] = host_port;
        if (host_ip == HostIp::shown)
            add_text(element, "HostIp", port.host_ip);
        ports.push_back(std::move(element));
    }
    if (!ports.empty())
        document["Ports"] = std::move(ports);
}

void add_time(Json& document, std::string_view key, const std::optional<base::Time>& time) {
    if (time)
        document[std::string(key)] = base::to_rfc3339(*time);
}

void add_volumes(Json& document, const model::Container& container) {
    if (container.volumes.empty())
        return;
    auto& volumes = document["Volumes"] = Json::array();
    for (const auto& volume : container.volumes) {
        Json element = Json::object();
        add_text(element, "DockerName", volume.docker_name);
        add_text(element, "Source", volume.source);
        add_text(element, "Destination", volume.destination);
        volumes.push_back(std::move(element));
    }
}

Json container_document(const model::Task& task, const model::Container& container,
                        HostIp host_ip) {
    Json document;
    // The name and the labels that it is to have are not told before it has them.
    const bool made = !container.docker_id.empty();
    document["DockerId"] = container.docker_id;
    document["Name"] = container.name;
    document["DockerName"] = made ? container.docker_name : "";
    document["Image"] = container.image;
    document["ImageID"] = container.image_id;
    add_ports(document, task, container, host_ip);
    if (made && !container.labels.empty())
        document["Labels"] = container.labels;
    document["DesiredStatus"] = to_string(container.desired);
    // One that its restart policy starts again has not ended, for those who ask.
    const bool goes_on = model::awaits_restart(container);
    document["KnownStatus"] = to_string(goes_on ? steady_status(container.type) : container.known);
    if (container.exit_code && !goes_on)
        document["ExitCode"] = *container.exit_code;
    // Readers decode it as an integer, though the contract's own type is a float.
    auto& limits = document["Limits"];
    limits["CPU"] = std::llround(std::max(least_cpu_units, container.cpu_units));
    limits["Memory"] = container.memory_mib;
    add_time(document, "CreatedAt", container.created_at);
    add_time(document, "StartedAt", container.started_at);
    add_time(document, "FinishedAt", container.finished_at);
    document["Type"] = to_string(container.type);
    return document;
}

void add_health(Json& document, const model::Container& container) {
    if (!container.health)
        return;
    const auto& health = *container.health;
    auto& element = document["Health"] = Json::object();
    add_text(element, "status", health.status);
    add_time(element, "statusSince", health.status_since);
    if (health.exit_code != 0)
        element["exitCode"] = health.exit_code;
    add_text(element, "output", health.output);
}

const std::vector<model::NetworkAttachment>& networks_of(const model::Task& task,
                                                         const model::Container& container) {
    constexpr std::string_view joined = "container:";
    if (container.network_mode.starts_with(joined)) {
        const auto* owner =
            task.find_container(std::string_view(container.network_mode).substr(joined.size()));
        if (owner != nullptr)
            return owner->networks;
    }
    return container.networks;
}

void add_awsvpc_addresses(Json& element, const model::NetworkAttachment& primary) {
    element["NetworkMode"] = "awsvpc";
    element["IPv4Addresses"] = Json::array({primary.ipv4});
    if (!primary.ipv6.empty())
        element["IPv6Addresses"] = Json::array({primary.ipv6});
}

bool networks_ready(const model::Task& task, const model::Container& container) {
    if (container.docker_id.empty())
        return false;
    if (task.network_mode == model::NetworkMode::awsvpc)
        return task.primary_network() != nullptr;
    return container.networks_known;
}

void add_networks(Json& document, const model::Task& task, const model::Container& container) {
    if (networks_ready(task, container))
        document["Networks"] = networks_document(task, container);
}

Json task_document(const model::Task& task) {
    Json document;
    document["Cluster"] = task.cluster;
    document["TaskARN"] = task.arn;
    document["Family"] = task.family;
    document["Revision"] = task.revision;
    document["DesiredStatus"] = to_string(task.desired);
    document["KnownStatus"] = to_string(task.known);
    return document;
}

void add_limits_and_times(Json& document, const model::Task& task) {
    Json limits = Json::object();
    if (task.cpu_vcpu > 0)
        limits["CPU"] = task.cpu_vcpu;
    if (task.memory_mib > 0)
        limits["Memory"] = task.memory_mib;
    if (!limits.empty())
        document["Limits"] = std::move(limits);
    add_time(document, "PullStartedAt", task.pull_started_at);
    add_time(document, "PullStoppedAt", task.pull_stopped_at);
    add_time(document, "ExecutionStoppedAt", task.execution_stopped_at);
    add_text(document, "AvailabilityZone", task.availability_zone);
}

void add_tags(Json& document, const model::Instance& instance, const model::Task& task) {
    if (!task.tags.empty())
        document["TaskTags"] = task.tags;
    if (!instance.tags.empty())
        document["ContainerInstanceTags"] = instance.tags;
}

std::string render_container(const model::World& /*world*/, const model::Task& task,
                             const model::Container* container) {
    return base::to_go_json(plain_container(task, *container));
}

std::string render_task(const model::World& /*world*/, const model::Task& task,
                        const model::Container* /*none*/) {
    return base::to_go_json(plain_task(task));
}

std::string render_task_with_tags(const model::World& world, const model::Task& task,
                                  const model::Container* /*none*/) {
    auto document = plain_task(task);
    add_tags(document, world.instance(), task);
    return base::to_go_json(document);
}

std::string subnet_of(std::string_view address, unsigned prefix) {
    boost::system::error_code failure;
    const auto parsed = ip::make_address(std::string(address), failure);
    if (failure)
        return {};
    const auto longest = [&](unsigned limit) {
        return static_cast<unsigned short>(std::min(prefix, limit));
    };
    return parsed.is_v4() ? ip::network_v4(parsed.to_v4(), longest(32)).canonical().to_string()
                          : ip::network_v6(parsed.to_v6(), longest(128)).canonical().to_string();
}

} // namespace handlers::metadata
