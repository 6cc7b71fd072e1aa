#include "agent/docker/decode.hpp"

#include "agent/docker/json_reader.hpp"

#include <charconv>
#include <utility>

namespace agent::docker {

namespace {

using base::Result;

void read_health(const JsonReader& json, ContainerHealth& health) {
    health.status = json["Status"].text();
    json["Log"].each_item([&](const JsonReader& probe) {
        health.last_output = probe["Output"].text();
        health.last_exit_code = probe["ExitCode"].number();
        health.last_end = probe["End"].time();
    });
}

void read_state(const JsonReader& json, ContainerState& state) {
    state.status = json["Status"].text();
    // Podman's flag is false already while a container is being stopped, which version 4 calls so.
    state.running =
        json["Running"].flag() || state.status == "running" || state.status == "stopping";
    state.paused = json["Paused"].flag();
    state.restarting = json["Restarting"].flag();
    state.dead = json["Dead"].flag();
    state.oom_killed = json["OOMKilled"].flag();
    state.pid = json["Pid"].number();
    state.exit_code = json["ExitCode"].number();
    state.error = json["Error"].text();
    state.started_at = json["StartedAt"].time();
    state.finished_at = json["FinishedAt"].time();
    // Podman 4 describes the health of every container, also of one without a check.
    if (const auto health = json["Health"]; !health["Status"].text().empty())
        read_health(health, state.health.emplace());
}

void read_config(const JsonReader& json, ContainerConfig& config) {
    config.image = json["Image"].text();
    config.hostname = json["Hostname"].text();
    config.env = json["Env"].texts();
    config.labels = json["Labels"].text_map();
    config.exposed_ports = json["ExposedPorts"].keys();
}

void read_host_config(const JsonReader& json, HostConfig& config) {
    config.network_mode = json["NetworkMode"].text();
    config.binds = json["Binds"].texts();
    config.volumes_from = json["VolumesFrom"].texts();
    config.nano_cpus = json["NanoCpus"].number();
    config.cpu_shares = json["CpuShares"].number();
    config.memory = json["Memory"].number();
    config.memory_reservation = json["MemoryReservation"].number();
    config.cgroup_parent = json["CgroupParent"].text();
    config.log_driver = json["LogConfig"]["Type"].text();
    config.log_options = json["LogConfig"]["Config"].text_map();
    config.dns = json["Dns"].texts();
    config.dns_search = json["DnsSearch"].texts();
}

void read_mount(const JsonReader& json, Mount& mount) {
    mount.type = json["Type"].text();
    mount.name = json["Name"].text();
    mount.source = json["Source"].text();
    mount.destination = json["Destination"].text();
    mount.mode = json["Mode"].text();
    mount.rw = json["RW"].flag();
    mount.driver = json["Driver"].text();
}

void read_binding(const JsonReader& json, PortBinding& binding) {
    binding.host_ip = json["HostIp"].text();
    const auto port = json["HostPort"].text();
    if (port.empty())
        return; // not allotted yet
    const auto* end = port.data() + port.size();
    const auto [rest, failure] = std::from_chars(port.data(), end, binding.host_port);
    if (failure != std::errc() || rest != end)
        json["HostPort"].fail("a port number");
    // Podman's way to say that it is every address of the host.
    if (binding.host_ip.empty())
        binding.host_ip = "0.0.0.0";
}

void read_endpoint(const JsonReader& json, NetworkEndpoint& endpoint) {
    endpoint.network_id = json["NetworkID"].text();
    endpoint.ip = json["IPAddress"].text();
    endpoint.prefix_len = json["IPPrefixLen"].small_number();
    endpoint.gateway = json["Gateway"].text();
    endpoint.ipv6 = json["GlobalIPv6Address"].text();
    endpoint.ipv6_prefix_len = json["GlobalIPv6PrefixLen"].small_number();
    endpoint.ipv6_gateway = json["IPv6Gateway"].text();
    endpoint.mac = json["MacAddress"].text();
}

void read_network_settings(const JsonReader& json, NetworkSettings& settings) {
    settings.sandbox_key = json["SandboxKey"].text();
    json["Ports"].each_field([&](const std::string& port, const JsonReader& bindings) {
        auto& list = settings.ports[port];
        bindings.each_item(
            [&](const JsonReader& item) { read_binding(item, list.emplace_back()); });
    });
    json["Networks"].each_field([&](const std::string& name, const JsonReader& endpoint) {
        read_endpoint(endpoint, settings.networks[name]);
    });
}

/// As Docker has them: Podman calls the default bridge `podman`, if only here, and shows the
/// networks of another as those of a container that has joined it.
void take_dockers_networks(const HostConfig& config, NetworkSettings& settings) {
    if (config.network_mode.starts_with("container:")) {
        settings = {};
        return;
    }
    const bool on_default = config.network_mode == "bridge" || config.network_mode == "default";
    if (!on_default || settings.networks.contains("bridge"))
        return;
    if (auto podmans = settings.networks.extract("podman"); !podmans.empty()) {
        podmans.key() = "bridge";
        settings.networks.insert(std::move(podmans));
    }
}

void read_container(const JsonReader& json, ContainerInspect& container) {
    container.id = json["Id"].text();
    if (container.id.empty())
        json["Id"].fail("an id");
    container.name = json["Name"].text();
    container.image_id = json["Image"].text();
    container.created = json["Created"].time();
    container.restart_count = json["RestartCount"].number();
    read_state(json["State"], container.state);
    read_config(json["Config"], container.config);
    read_host_config(json["HostConfig"], container.host_config);
    json["Mounts"].each_item(
        [&](const JsonReader& item) { read_mount(item, container.mounts.emplace_back()); });
    const auto network = json["NetworkSettings"];
    container.has_network_settings = network.present();
    read_network_settings(network, container.network_settings);
    take_dockers_networks(container.host_config, container.network_settings);
}

} // namespace

Result<ContainerInspect> decode_container(std::string_view json) {
    return decode_with<ContainerInspect>(json, read_container);
}

} // namespace agent::docker
