#include "handlers/v4/metadata.hpp"

#include "base/json.hpp"
#include "handlers/metadata/documents.hpp"
#include "handlers/metadata/lookup.hpp"

#include <nlohmann/json.hpp>

namespace handlers::v4 {

namespace {

using metadata::Json;

/// What the contract fixes for the IPv6 side of an address pair.
constexpr unsigned ipv6_subnet_prefix = 64;

Json awsvpc_network(const model::NetworkAttachment& primary) {
    Json element;
    element["NetworkMode"] = "awsvpc";
    element["IPv4Addresses"] = Json::array({primary.ipv4});
    if (!primary.ipv6.empty())
        element["IPv6Addresses"] = Json::array({primary.ipv6});
    element["AttachmentIndex"] = 0;
    if (!primary.mac.empty())
        element["MACAddress"] = primary.mac;
    // An internal network has no gateway; its subnet is then told by the address.
    const auto& inside = primary.ipv4_gateway.empty() ? primary.ipv4 : primary.ipv4_gateway;
    element["IPv4SubnetCIDRBlock"] = metadata::subnet_of(inside, primary.ipv4_prefix);
    if (!primary.ipv6.empty())
        element["IPv6SubnetCIDRBlock"] = metadata::subnet_of(primary.ipv6, ipv6_subnet_prefix);
    if (!primary.ipv4_gateway.empty())
        element["SubnetGatewayIpv4Address"] =
            primary.ipv4_gateway + "/" + std::to_string(primary.ipv4_prefix);
    return element;
}

void add_networks(Json& document, const model::Task& task, const model::Container& container) {
    if (!metadata::networks_ready(task, container))
        return;
    if (task.network_mode == model::NetworkMode::awsvpc) {
        document["Networks"] = Json::array({awsvpc_network(*task.primary_network())});
        return;
    }
    metadata::add_networks(document, task, container);
    const auto& networks = metadata::networks_of(task, container);
    for (std::size_t i = 0; i < networks.size(); ++i)
        if (!networks[i].ipv6.empty())
            document["Networks"][i]["IPv6Addresses"] = Json::array({networks[i].ipv6});
}

Json container_document(const model::Instance& instance, const model::Task& task,
                        const model::Container& container) {
    auto document =
        metadata::container_document(instance, task, container, metadata::HostIp::shown);
    metadata::add_health(document, container);
    metadata::add_volumes(document, container);
    if (!container.log_driver.empty())
        document["LogDriver"] = container.log_driver;
    if (!container.log_options.empty())
        document["LogOptions"] = container.log_options;
    if (!container.arn.empty())
        document["ContainerARN"] = container.arn;
    add_networks(document, task, container);
    if (container.restart_count && !container.docker_id.empty())
        document["RestartCount"] = *container.restart_count;
    return document;
}

std::string render_container(const model::Instance& instance, const model::Task& task,
                             const model::Container* container) {
    return base::to_go_json(container_document(instance, task, *container));
}

std::string task_body(const model::Instance& instance, const model::Task& task, bool with_tags) {
    auto document = metadata::task_document(task);
    metadata::add_limits_and_times(document, task);
    if (with_tags)
        metadata::add_tags(document, instance, task);
    if (!task.launch_type.empty())
        document["LaunchType"] = task.launch_type;
    if (!task.containers.empty()) {
        auto& containers = document["Containers"] = Json::array();
        for (const auto& container : task.containers)
            containers.push_back(container_document(instance, task, container));
    }
    if (!task.vpc_id.empty())
        document["VPCID"] = task.vpc_id;
    if (!task.service_name.empty())
        document["ServiceName"] = task.service_name;
    document["FaultInjectionEnabled"] = false;
    if (!task.availability_zone_id.empty())
        document["AvailabilityZoneID"] = task.availability_zone_id;
    return base::to_go_json(document);
}

std::string render_task(const model::Instance& instance, const model::Task& task,
                        const model::Container* /*none*/) {
    return task_body(instance, task, false);
}

std::string render_task_with_tags(const model::Instance& instance, const model::Task& task,
                                  const model::Container* /*none*/) {
    return task_body(instance, task, true);
}

constexpr metadata::Dialect dialect{"V4",
                                    404,
                                    "unable to generate network response for container ",
                                    render_container,
                                    render_task,
                                    render_task_with_tags};

} // namespace

http::Response container(const http::Request& request, metadata::Context& context) {
    return container_by_id(request, context, dialect);
}

http::Response task(const http::Request& request, metadata::Context& context) {
    return task_by_id(request, context, dialect, dialect.task);
}

http::Response task_with_tags(const http::Request& request, metadata::Context& context) {
    return task_by_id(request, context, dialect, dialect.task_with_tags);
}

base::Async<http::Response> own_container(const http::Request& request,
                                          metadata::Context& context) {
    return container_by_address(request, context, dialect);
}

base::Async<http::Response> own_task(const http::Request& request, metadata::Context& context) {
    return task_by_address(request, context, dialect, dialect.task);
}

base::Async<http::Response> own_task_with_tags(const http::Request& request,
                                               metadata::Context& context) {
    return task_by_address(request, context, dialect, dialect.task_with_tags);
}

} // namespace handlers::v4
