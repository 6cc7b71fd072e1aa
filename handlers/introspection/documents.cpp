#include "handlers/introspection/documents.hpp"

#include "base/json.hpp"
#include "handlers/metadata/documents.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace handlers::introspection {

namespace {

using metadata::Json;

Json container_document(const model::Task& task, const model::Container& container) {
    Json document;
    document["DockerId"] = container.docker_id;
    document["DockerName"] = container.docker_name;
    document["Name"] = container.name;
    document["Image"] = container.image;
    document["ImageID"] = container.image_id;
    metadata::add_time(document, "CreatedAt", container.created_at);
    metadata::add_time(document, "StartedAt", container.started_at);
    metadata::add_ports(document, task, container, metadata::HostIp::hidden);
    if (task.network_mode == model::NetworkMode::awsvpc)
        metadata::add_networks(document, task, container);
    metadata::add_volumes(document, container);
    if (container.restart_count)
        document["RestartCount"] = *container.restart_count;
    return document;
}

/// What ECS's control plane would have been told so far.
bool tells_desired(std::string_view desired, std::string_view known) {
    if (known == "STOPPED")
        return desired == "STOPPED";
    return !(known == "RUNNING" && desired == "PENDING");
}

} // namespace

bool HealthReport::healthy() const {
    return std::all_of(checks.begin(), checks.end(),
                       [](const HealthCheck& check) { return check.healthy; });
}

std::string render_task(const model::World& /*world*/, const model::Task& task,
                        const model::Container* /*none*/) {
    const auto desired = model::backend_name(task.desired);
    const auto known = model::backend_name(task.known);
    Json document;
    document["Arn"] = task.arn;
    if (tells_desired(desired, known))
        document["DesiredStatus"] = desired;
    document["KnownStatus"] = known;
    document["Family"] = task.family;
    document["Version"] = task.revision;
    auto& containers = document["Containers"] = Json::array();
    for (const auto& container : task.containers)
        if (container.type == model::ContainerType::normal && !container.docker_id.empty())
            containers.push_back(container_document(task, container));
    return base::to_go_json(document);
}

std::string task_list(const std::vector<std::string_view>& tasks) {
    std::string list = R"({"Tasks":[)";
    for (const auto task : tasks) {
        if (list.back() != '[')
            list += ',';
        list += task;
    }
    return list + "]}";
}

std::string no_task() {
    return R"({"Arn":"","KnownStatus":"","Family":"","Version":"","Containers":null})";
}

std::string render_instance(const model::Instance& instance) {
    Json document;
    document["Cluster"] = instance.scope.cluster;
    document["ContainerInstanceArn"] = instance.container_instance_arn;
    document["Version"] = instance.agent_version;
    return base::to_go_json(document);
}

std::string render_health(const HealthReport& report) {
    Json document;
    document["healthy"] = report.healthy();
    auto& checks = document["checks"] = Json::object();
    for (const auto& check : report.checks) {
        auto& element = checks[check.name];
        element["healthy"] = check.healthy;
        if (!check.detail.empty())
            element["detail"] = check.detail;
    }
    auto& pools = document["pools"] = Json::object();
    for (const auto& pool : report.pools) {
        auto& element = pools[pool.name];
        element["threads"] = pool.depth.threads;
        element["queued"] = pool.depth.queued;
        element["running"] = pool.depth.running;
    }
    for (const auto& part : report.counts)
        for (const auto& [name, count] : part.counts)
            document["counts"][part.name][name] = count;
    return base::to_go_json(document);
}

} // namespace handlers::introspection
