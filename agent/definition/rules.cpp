#include "agent/definition/fields.hpp"
#include "agent/definition/parse.hpp"

#include <filesystem>
#include <map>
#include <set>

namespace agent::definition {

namespace {

using base::Result;

/// Host port and protocol to the path of the mapping that has it.
using HostPorts = std::map<std::pair<std::uint16_t, Protocol>, std::string>;

/// In these modes a container's port is the port of the namespace it listens in.
bool ports_are_equal(NetworkMode mode) {
    return mode == NetworkMode::host || mode == NetworkMode::awsvpc;
}

Result<> check_port(PortMapping& port, NetworkMode mode, const std::string& path,
                    HostPorts& taken) {
    const auto mode_name = std::string(to_string(mode));
    if (mode == NetworkMode::none)
        return refuse(path, "network mode none has no port mappings");
    if (ports_are_equal(mode)) {
        if (port.host_port != 0 && port.host_port != port.container_port)
            return refuse(join(path, "hostPort"),
                          "in network mode " + mode_name +
                              " it must be absent, 0 or the container port (" +
                              std::to_string(port.container_port) + "), got " +
                              std::to_string(port.host_port));
        port.host_port = port.container_port;
    }
    if (port.host_port == 0)
        return {};
    const auto [other, fresh] = taken.try_emplace({port.host_port, port.protocol}, path);
    if (!fresh)
        return refuse(join(path, ports_are_equal(mode) ? "containerPort" : "hostPort"),
                      "port " + std::to_string(port.host_port) + "/" +
                          std::string(to_string(port.protocol)) + " is taken by " + other->second);
    return {};
}

/// `what` names the thing in "a second <what> \"x\"".
Result<> check_unique(std::set<std::string_view>& seen, std::string_view name,
                      const std::string& path, std::string_view what) {
    if (!seen.insert(name).second)
        return refuse(path, "a second " + std::string(what) + " \"" + std::string(name) + "\"");
    return {};
}

Result<> check_environment(const ContainerDefinition& container, const std::string& path) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < container.environment.size(); ++i)
        TRY(check_unique(names, container.environment[i].key,
                         join(join(join(path, "environment"), i), "name"), "variable"));
    return {};
}

Result<> check_mounts(const ContainerDefinition& container, const TaskDefinition& task,
                      const std::string& path) {
    std::set<std::filesystem::path> places;
    for (std::size_t i = 0; i < container.mount_points.size(); ++i) {
        const auto& mount = container.mount_points[i];
        const auto mount_path = join(join(path, "mountPoints"), i);
        if (std::ranges::find(task.volumes, mount.source_volume, &Volume::name) ==
            task.volumes.end())
            return refuse(join(mount_path, "sourceVolume"),
                          "no volume \"" + mount.source_volume + "\" in volumes");
        // With a slash at the end, so that /a and /a/ are the same place.
        if (!places.insert((std::filesystem::path(mount.container_path) / "").lexically_normal())
                 .second)
            return refuse(join(mount_path, "containerPath"),
                          "a second mount at \"" + mount.container_path + "\"");
    }
    return {};
}

Result<> check_containers(TaskDefinition& task, const std::string& path) {
    if (task.containers.empty())
        return refuse(path, "at least one container is needed");
    if (task.containers.size() > max_containers)
        return refuse(path, "at most " + std::to_string(max_containers) + " containers, got " +
                                std::to_string(task.containers.size()));
    std::set<std::string_view> names;
    HostPorts taken;
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        auto& container = task.containers[i];
        const auto place = join(path, i);
        TRY(check_unique(names, container.name, join(place, "name"), "container"));
        TRY(check_environment(container, place));
        for (std::size_t port = 0; port < container.port_mappings.size(); ++port)
            TRY(check_port(container.port_mappings[port], task.network_mode,
                           join(join(place, "portMappings"), port), taken));
        TRY(check_mounts(container, task, place));
    }
    if (std::ranges::none_of(task.containers, &ContainerDefinition::essential))
        return refuse(path, "at least one container must be essential");
    return {};
}

} // namespace

Result<> apply_rules(TaskDefinition& task, const std::string& path) {
    TRY(check_containers(task, join(path, "containerDefinitions")));
    std::set<std::string_view> volumes;
    for (std::size_t i = 0; i < task.volumes.size(); ++i)
        TRY(check_unique(volumes, task.volumes[i].name,
                         join(join(join(path, "volumes"), i), "name"), "volume"));
    std::set<std::string_view> tags;
    for (std::size_t i = 0; i < task.tags.size(); ++i)
        TRY(check_unique(tags, task.tags[i].key, join(join("tags", i), "key"), "tag"));
    if (task.tags.size() > max_tags)
        return refuse("tags", "at most " + std::to_string(max_tags) + " tags, got " +
                                  std::to_string(task.tags.size()));
    return {};
}

} // namespace agent::definition
