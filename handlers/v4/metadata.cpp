#include "handlers/v4/metadata.hpp"

#include "base/json.hpp"
#include "handlers/metadata/documents.hpp"

#include <nlohmann/json.hpp>

namespace handlers::v4 {

namespace {

using metadata::Json;

/// What the contract fixes for the IPv6 side of an address pair.
constexpr unsigned ipv6_subnet_prefix = 64;

void add_list(Json& document, const char* key, const std::vector<std::string>& list) {
    if (!list.empty())
        document[key] = list;
}

void add_text(Json& document, const char* key, const std::string& text) {
    if (!text.empty())
        document[key] = text;
}

std::string with_prefix(const std::string& address, unsigned prefix) {
    return address.empty() ? "" : address + "/" + std::to_string(prefix);
}

/// `pause` holds the task's namespace, so names are resolved as it was told to, and it is found by
/// its own name on its network.
Json awsvpc_network(const model::NetworkAttachment& primary, const model::Container& pause) {
    Json element;
    metadata::add_awsvpc_addresses(element, primary);
    element["AttachmentIndex"] = 0;
    add_text(element, "MACAddress", primary.mac);
    // An internal network has no gateway; its subnet is then told by the address.
    const auto& inside = primary.ipv4_gateway.empty() ? primary.ipv4 : primary.ipv4_gateway;
    element["IPv4SubnetCIDRBlock"] = metadata::subnet_of(inside, primary.ipv4_prefix);
    if (!primary.ipv6.empty())
        element["IPv6SubnetCIDRBlock"] = metadata::subnet_of(primary.ipv6, ipv6_subnet_prefix);
    add_list(element, "DomainNameServers", pause.dns_servers);
    add_list(element, "DomainNameSearchList", pause.dns_search);
    add_text(element, "PrivateDNSName", pause.hostname);
    add_text(element, "SubnetGatewayIpv4Address",
             with_prefix(primary.ipv4_gateway, primary.ipv4_prefix));
    add_text(element, "SubnetGatewayIpv6Address",
             with_prefix(primary.ipv6_gateway, primary.ipv6_prefix));
    return element;
}

void add_networks(Json& document, const model::Task& task, const model::Container& container) {
    if (!metadata::networks_ready(task, container))
        return;
    if (task.network_mode == model::NetworkMode::awsvpc) {
        document["Networks"] =
            Json::array({awsvpc_network(*task.primary_network(), *task.pause())});
        return;
    }
    metadata::add_networks(document, task, container);
    const auto& networks = metadata::networks_of(task, container);
    for (std::size_t i = 0; i < networks.size(); ++i)
        if (!networks[i].ipv6.empty())
            document["Networks"][i]["IPv6Addresses"] = Json::array({networks[i].ipv6});
    for (auto& element : document["Networks"]) {
        add_list(element, "DomainNameServers", container.dns_servers);
        add_list(element, "DomainNameSearchList", container.dns_search);
    }
}

/// Those that Docker has, and of the definition's those whose image is there or that came to nothing.
bool is_listed(const model::Container& container) {
    return !container.docker_id.empty() || (container.type == model::ContainerType::normal &&
                                            container.known != model::ContainerStatus::none);
}

Json container_document(const model::Task& task, const model::Container& container) {
    auto document = metadata::container_document(task, container, metadata::HostIp::shown);
    metadata::add_health(document, container);
    metadata::add_volumes(document, container);
    add_text(document, "LogDriver", container.log_driver);
    if (!container.log_options.empty())
        document["LogOptions"] = container.log_options;
    add_text(document, "ContainerARN", container.arn);
    add_networks(document, task, container);
    if (container.restart_count && !container.docker_id.empty())
        document["RestartCount"] = *container.restart_count;
    return document;
}

void add_readings(Json& document, const model::HostReadings& readings) {
    if (readings.clock) {
        auto& clock = document["ClockDrift"];
        clock["ClockErrorBound"] = readings.clock->error_bound_ms;
        metadata::add_time(clock, "ReferenceTimestamp", readings.clock->reference);
        clock["ClockSynchronizationStatus"] =
            readings.clock->synchronized ? "SYNCHRONIZED" : "NOT_SYNCHRONIZED";
    }
    if (readings.storage) {
        auto& storage = document["EphemeralStorageMetrics"];
        storage["Utilized"] = readings.storage->utilized_mib;
        storage["Reserved"] = readings.storage->reserved_mib;
    }
}

std::string render_container(const model::World& /*world*/, const model::Task& task,
                             const model::Container* container) {
    return base::to_go_json(container_document(task, *container));
}

std::string task_body(const model::World& world, const model::Task& task, bool with_tags) {
    auto document = metadata::task_document(task);
    metadata::add_limits_and_times(document, task);
    if (with_tags)
        metadata::add_tags(document, world.instance(), task);
    add_text(document, "LaunchType", task.launch_type);
    Json containers = Json::array();
    for (const auto& container : task.containers)
        if (is_listed(container))
            containers.push_back(container_document(task, container));
    if (!containers.empty())
        document["Containers"] = std::move(containers);
    add_text(document, "VPCID", task.vpc_id);
    add_text(document, "ServiceName", task.service_name);
    add_readings(document, world.readings());
    document["FaultInjectionEnabled"] = false;
    add_text(document, "AvailabilityZoneID", task.availability_zone_id);
    return base::to_go_json(document);
}

std::string render_task(const model::World& world, const model::Task& task,
                        const model::Container* /*none*/) {
    return task_body(world, task, false);
}

std::string render_task_with_tags(const model::World& world, const model::Task& task,
                                  const model::Container* /*none*/) {
    return task_body(world, task, true);
}

} // namespace

constinit const metadata::Dialect dialect{"V4",
                                          404,
                                          "unable to generate network response for container ",
                                          render_container,
                                          {render_task, BodyCache::Readings::shown},
                                          {render_task_with_tags, BodyCache::Readings::shown}};

} // namespace handlers::v4
