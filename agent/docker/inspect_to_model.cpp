#include "agent/docker/inspect_to_model.hpp"

#include "base/ids.hpp"
#include "model/identity.hpp"

#include <algorithm>
#include <charconv>

namespace agent::docker {

namespace {

constexpr std::string_view container_prefix = "container:";
constexpr std::size_t longest_health_output = 1024;

model::ContainerStatus status_of(const docker::ContainerState& state,
                                 const model::Container& before) {
    using enum model::ContainerStatus;
    if (state.running || state.paused || state.restarting) {
        // Provisioned is not Docker's word but ours; it holds while the container runs on, and ends
        // with its namespace when it was started again.
        const bool provisioned =
            before.known == resources_provisioned && before.started_at == state.started_at;
        return provisioned ? resources_provisioned : running;
    }
    const bool never_started = !state.started_at && state.error.empty();
    return never_started && !state.dead ? created : stopped;
}

std::optional<model::Health> health_of(const docker::ContainerState& state,
                                       const std::optional<model::Health>& before) {
    if (!state.health || state.health->status == "none")
        return std::nullopt;
    model::Health health;
    if (state.health->status == "healthy")
        health.status = "HEALTHY";
    else if (state.health->status == "unhealthy")
        health.status = "UNHEALTHY";
    if (!health.status.empty()) {
        const bool same = before && before->status == health.status;
        health.status_since = same ? before->status_since : state.health->last_end;
    }
    health.exit_code = state.health->last_exit_code;
    health.output = state.health->last_output.substr(0, longest_health_output);
    return health;
}

std::vector<model::Port> ports_of(const docker::NetworkSettings& settings) {
    std::vector<model::Port> ports;
    for (const auto& [key, bindings] : settings.ports) {
        const auto slash = key.find('/');
        model::Port port;
        port.protocol = slash == std::string::npos ? "tcp" : key.substr(slash + 1);
        std::from_chars(key.data(), key.data() + std::min(slash, key.size()), port.container_port);
        // ECS knows tcp and udp only.
        if (port.protocol != "tcp" && port.protocol != "udp")
            continue;
        for (const auto& binding : bindings) {
            port.host_port = binding.host_port;
            port.host_ip = binding.host_ip;
            if (port.host_port != 0)
                ports.push_back(port);
        }
    }
    const auto key = [](const model::Port& port) {
        return std::tie(port.container_port, port.protocol, port.host_ip, port.host_port);
    };
    std::sort(ports.begin(), ports.end(),
              [&](const auto& left, const auto& right) { return key(left) < key(right); });
    return ports;
}

std::vector<model::NetworkAttachment> networks_of(const docker::NetworkSettings& settings) {
    std::vector<model::NetworkAttachment> networks;
    for (const auto& [name, endpoint] : settings.networks) {
        model::NetworkAttachment network;
        network.name = name;
        network.ipv4 = endpoint.ip;
        network.ipv4_prefix = static_cast<unsigned>(std::max(0, endpoint.prefix_len));
        network.ipv4_gateway = endpoint.gateway;
        network.ipv6 = endpoint.ipv6;
        network.ipv6_prefix = static_cast<unsigned>(std::max(0, endpoint.ipv6_prefix_len));
        network.ipv6_gateway = endpoint.ipv6_gateway;
        network.mac = endpoint.mac;
        networks.push_back(std::move(network));
    }
    return networks;
}

std::vector<model::NetworkAttachment> names_of_networks(const docker::NetworkSettings& settings) {
    std::vector<model::NetworkAttachment> networks;
    for (const auto& [name, endpoint] : settings.networks)
        networks.emplace_back().name = name;
    return networks;
}

/// A log driver that cannot begin may repeat its options.
std::string told_error(const model::Container& container, const docker::ContainerState& state) {
    return container.secret_log_options.empty() ? state.error : std::string(untold_start_failure);
}

std::string without_slash(const std::string& name) {
    return name.starts_with('/') ? name.substr(1) : name;
}

} // namespace

void read_inspect(model::Container& container, const docker::ContainerInspect& inspect,
                  model::NetworkMode mode) {
    const auto& state = inspect.state;
    container.docker_id = inspect.id;
    container.docker_name = without_slash(inspect.name);
    // A declared one keeps its definition's name, which Podman writes out in full.
    const bool is_named = container.declared && container.type == model::ContainerType::normal;
    if (!is_named || container.image.empty())
        container.image = inspect.config.image;
    container.image_id = inspect.image_id;
    container.labels = inspect.config.labels;
    // What was given up stays so until it has been started after all: also what Docker has made by now.
    const bool given_up = container.start_failed && container.started_at == state.started_at;
    const auto status = status_of(state, container);
    const bool made_too_late = given_up && status == model::ContainerStatus::created;
    container.known = made_too_late ? model::ContainerStatus::stopped : status;
    container.health = health_of(state, container.health);
    container.created_at = inspect.created;
    container.started_at = state.started_at;
    const bool stopped = container.known == model::ContainerStatus::stopped;
    container.finished_at = state.finished_at; // the last end, also of one that runs again
    if (!made_too_late)
        container.exit_code = stopped ? std::optional(state.exit_code) : std::nullopt;
    container.start_failed = stopped && (given_up || !state.error.empty());
    if (!stopped)
        container.stop_reason.clear();
    else if (state.oom_killed)
        container.stop_reason = "OutOfMemoryError: Container killed due to memory usage";
    else if (container.start_failed && container.stop_reason.empty())
        container.stop_reason = "CannotStartContainerError: " + told_error(container, state);

    const auto& host = inspect.host_config;
    container.network_mode = host.network_mode == "default" ? "bridge" : host.network_mode;
    container.log_driver = host.log_driver;
    container.log_options = host.log_options;
    // It says under which id credentials are given that are not the container's.
    container.log_options.erase("awslogs-credentials-endpoint");
    for (const auto& name : container.secret_log_options)
        container.log_options.erase(name);
    container.hostname = inspect.config.hostname;
    container.dns_servers = host.dns;
    container.dns_search = host.dns_search;
    container.volumes.clear();
    for (const auto& mount : inspect.mounts)
        container.volumes.push_back({mount.name, mount.source, mount.destination});
    // Docker's own order changes from one inspect to the next.
    std::sort(
        container.volumes.begin(), container.volumes.end(),
        [](const auto& left, const auto& right) { return left.destination < right.destination; });

    const bool running = container.known == model::ContainerStatus::running ||
                         container.known == model::ContainerStatus::resources_provisioned;
    container.pid = running ? std::max<std::int64_t>(state.pid, 0) : 0;
    container.sandbox_key = running ? inspect.network_settings.sandbox_key : "";
    container.ports.clear();
    // Which they are is known from the creation on, the addresses from the start: what a creation asks for may be
    // another's. What has ended keeps its own.
    if (container.known == model::ContainerStatus::created && inspect.has_network_settings) {
        container.networks_known = true;
        container.networks = names_of_networks(inspect.network_settings);
    }
    if (running && inspect.has_network_settings) {
        container.networks_known = true;
        container.networks = networks_of(inspect.network_settings);
        container.ports = ports_of(inspect.network_settings);
        if (mode == model::NetworkMode::awsvpc && container.type == model::ContainerType::normal)
            container.ports = container.declared_ports;
    }
}

model::Task observed_task(const docker::ContainerInspect& inspect,
                          const model::Instance& instance) {
    model::Task task;
    task.id = inspect.id.substr(0, 32);
    task.arn = instance.scope.task_arn(task.id);
    task.cluster = instance.scope.cluster;
    task.family = model::as_family(without_slash(inspect.name));
    task.revision = "1";
    task.launch_type = "EC2";
    task.availability_zone = instance.availability_zone;
    task.availability_zone_id = instance.availability_zone_id;
    task.container_instance_arn = instance.container_instance_arn;
    task.vpc_id = instance.vpc_id;
    const auto& mode = inspect.host_config.network_mode;
    if (mode == "host")
        task.network_mode = model::NetworkMode::host;
    else if (mode == "none")
        task.network_mode = model::NetworkMode::none;
    return task;
}

model::Container observed_container(const docker::ContainerInspect& inspect,
                                    const model::Task& task) {
    constexpr std::int64_t mebibyte = 1024 * 1024;
    constexpr double units_per_nano_cpu = 1024.0 / 1e9;
    model::Container container;
    container.name = without_slash(inspect.name);
    container.arn =
        model::scope_of(task.arn, task.cluster).container_arn(task.id, base::name_uuid(inspect.id));
    const auto& host = inspect.host_config;
    container.cpu_units = host.nano_cpus > 0
                              ? static_cast<double>(host.nano_cpus) * units_per_nano_cpu
                              : static_cast<double>(host.cpu_shares);
    container.memory_mib = host.memory / mebibyte;
    return container;
}

std::string name_of(const docker::ContainerInspect& inspect) {
    return without_slash(inspect.name);
}

std::string_view joined_container(const docker::ContainerInspect& inspect) {
    std::string_view mode = inspect.host_config.network_mode;
    if (!mode.starts_with(container_prefix))
        return {};
    return mode.substr(container_prefix.size());
}

std::string_view environment_value(const docker::ContainerInspect& inspect, std::string_view name) {
    for (const std::string_view entry : inspect.config.env)
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    return {};
}

} // namespace agent::docker
