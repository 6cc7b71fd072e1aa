#include "agent/tasks/declared_task.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/containers/task_roles.hpp"
#include "agent/docker/inspect_to_model.hpp"
#include "base/ids.hpp"
#include "metadatafile/paths.hpp"
#include "model/names.hpp"

#include <algorithm>

namespace agent::tasks {

namespace {

model::Container make_container(const model::Task& task, const model::ArnScope& scope,
                                const std::string& name) {
    model::Container container;
    container.declared = true;
    container.name = name;
    container.arn = scope.container_arn(task.id, base::name_uuid(task.arn + ' ' + name));
    const model::ContainerIdentity identity{task.arn, task.cluster, task.family, task.revision,
                                            name};
    container.docker_name = model::docker_name(identity);
    container.labels = model::ecs_labels(identity);
    return container;
}

void add_ports(const definition::ContainerDefinition& definition, model::Container& container) {
    for (const auto& mapping : definition.port_mappings) {
        for (int each = mapping.container_port; each <= mapping.last_container_port; ++each) {
            model::Port port;
            port.container_port = static_cast<std::uint16_t>(each);
            // Where a host port is said it is the container's own, or there is no range.
            port.host_port = mapping.host_port == 0 || !mapping.is_range() ? mapping.host_port
                                                                           : port.container_port;
            port.protocol = definition::to_string(mapping.protocol);
            container.declared_ports.push_back(std::move(port));
        }
    }
}

model::Container from_definition(const model::Task& task, const model::ArnScope& scope,
                                 const definition::ContainerDefinition& definition) {
    auto container = make_container(task, scope, definition.name);
    container.essential = definition.essential;
    container.image = definition.image;
    // The user's labels are there too; ECS's win.
    container.labels.insert(definition.docker_labels.begin(), definition.docker_labels.end());
    container.endpoint_id = base::random_uuid();
    container.cpu_units = static_cast<double>(definition.cpu);
    container.memory_mib = definition.memory.value_or(0);
    if (definition.log_configuration)
        for (const auto& option : definition.log_configuration->secret_options)
            container.secret_log_options.insert(option.name);
    add_ports(definition, container);
    const auto& policy = definition.restart_policy;
    container.restart_policy = {policy.enabled, policy.ignored_exit_codes, policy.attempt_period};
    if (policy.enabled)
        container.restart_count = 0;
    container.publishes_ports =
        task.network_mode == model::NetworkMode::bridge && !container.declared_ports.empty();
    return container;
}

/// Which of the task's containers this one in Docker is, by its labels; nullptr when it is none, or
/// Docker has another for that.
model::Container* find_place(model::Task& task, const docker::StringMap& labels,
                             const std::string& docker_id) {
    if (model::label_of(labels, model::label_task_arn) != task.arn)
        return nullptr;
    const auto name = model::label_of(labels, model::label_container_name);
    const auto found =
        std::find_if(task.containers.begin(), task.containers.end(), [&](const auto& each) {
            return each.name == name && (each.docker_id.empty() || each.docker_id == docker_id);
        });
    return found == task.containers.end() ? nullptr : &*found;
}

} // namespace

bool shares_namespaces(const definition::TaskDefinition& definition) {
    return definition.pid_mode == definition::Sharing::task ||
           definition.ipc_mode == definition::Sharing::task;
}

model::Task make_task(const definition::TaskDefinition& definition, std::int64_t revision,
                      const std::string& arn, const model::Instance& instance,
                      const std::map<std::string, std::string>& tags,
                      const std::string& pause_image) {
    model::Task task;
    task.declared = true;
    task.arn = arn;
    task.id = model::last_part(arn);
    task.cluster = instance.scope.cluster;
    task.family = definition.family;
    task.revision = std::to_string(revision);
    task.launch_type = "EC2";
    task.availability_zone = instance.availability_zone;
    task.availability_zone_id = instance.availability_zone_id;
    task.container_instance_arn = instance.container_instance_arn;
    task.vpc_id = instance.vpc_id;
    task.network_mode = definition.network_mode;
    task.service_name = definition.service_name;
    task.associations = definition.associations;
    task.cpu_vcpu = definition.cpu_vcpu;
    task.memory_mib = definition.memory_mib;
    for (const auto& [key, value] : definition.tags)
        task.tags[key] = value;
    task.tags.insert(tags.begin(), tags.end());
    for (const auto& each : definition.containers)
        task.containers.push_back(from_definition(task, instance.scope, each));
    const auto add_pause = [&](std::string_view name, model::ContainerType type) {
        auto pause = make_container(task, instance.scope, std::string(name));
        pause.type = type;
        pause.desired = model::steady_status(type);
        pause.image = pause_image;
        task.containers.push_back(std::move(pause));
    };
    if (shares_namespaces(definition))
        add_pause(model::namespace_pause_container_name, model::ContainerType::namespace_pause);
    if (task.network_mode == model::NetworkMode::awsvpc)
        add_pause(model::pause_container_name, model::ContainerType::cni_pause);
    return task;
}

bool adopt(model::Task& task, const docker::ContainerInspect& inspect) {
    auto* container = find_place(task, inspect.config.labels, inspect.id);
    if (container == nullptr)
        return false;
    docker::read_inspect(*container, inspect, task.network_mode);
    if (const auto id = containers::given_endpoint_id(inspect.config.env); !id.empty())
        container->endpoint_id = id;
    containers::restore_roles(task, inspect);
    const auto target = metadatafile::container_directory(container->name);
    for (const auto& mount : inspect.mounts)
        if (mount.destination == target && !mount.rw)
            container->metadata_directory = mount.source;
    return true;
}

bool adopt(model::Task& task, const docker::ContainerSummary& summary) {
    auto* container = find_place(task, summary.labels, summary.id);
    if (container == nullptr)
        return false;
    container->docker_id = summary.id;
    // Podman's words are there, too.
    const bool never_started = summary.state == "created" || summary.state == "configured" ||
                               summary.state == "initialized";
    container->known =
        never_started ? model::ContainerStatus::created : model::ContainerStatus::running;
    return true;
}

} // namespace agent::tasks
