#include "agent/definition/parse.hpp"
#include "agent/definition/tables.hpp"

#include <filesystem>
#include <set>

namespace agent::definition {

namespace {

using base::Result;

/// Refuses the second of two equal names in a list; `field` is the name's in each of its objects,
/// `what` names the thing in "a second <what> \"x\"".
template <class List, class Name>
Result<> check_unique(const List& list, Name name, const Place& place, std::string_view field,
                      std::string_view what) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < list.size(); ++i)
        if (const std::string& text = std::invoke(name, list[i]); !seen.insert(text).second)
            return refuse(join(join(place, i), field),
                          "a second " + std::string(what) + " \"" + text + '"');
    return {};
}

/// Every place in the container's file system at which something is mounted, once each.
class MountPlaces {
public:
    Result<> add(const std::string& path, const Place& place) {
        // With a slash at the end, so that /a and /a/ are the same place.
        if (!seen_.insert((std::filesystem::path(path) / "").lexically_normal()).second)
            return refuse(join(place, "containerPath"), "a second mount at \"" + path + '"');
        return {};
    }

private:
    std::set<std::filesystem::path> seen_;
};

Result<> check_mounts(const ContainerDefinition& container, const TaskDefinition& task,
                      const Place& place) {
    MountPlaces places;
    const auto mounts = join(place, "mountPoints");
    for (std::size_t i = 0; i < container.mount_points.size(); ++i) {
        const auto& mount = container.mount_points[i];
        if (std::ranges::find(task.volumes, mount.source_volume, &Volume::name) ==
            task.volumes.end())
            return refuse(join(join(mounts, i), "sourceVolume"),
                          "no volume \"" + mount.source_volume + "\" in volumes");
        TRY(places.add(mount.container_path, join(mounts, i)));
    }
    const auto& file_systems = container.linux_parameters.tmpfs;
    const auto tmpfs = join(join(place, "linuxParameters"), "tmpfs");
    for (std::size_t i = 0; i < file_systems.size(); ++i)
        TRY(places.add(file_systems[i].container_path, join(tmpfs, i)));
    return {};
}

Result<> check_container_memory(const ContainerDefinition& container, const TaskDefinition& task,
                                const Place& place) {
    const auto& memory = container.memory;
    if (memory && task.memory_mib > 0 && *memory > task.memory_mib)
        return refuse(join(place, "memory"), "must not be greater than the task's memory (" +
                                                 std::to_string(task.memory_mib) + " MiB), got " +
                                                 std::to_string(*memory));
    if (memory && container.memory_reservation && *container.memory_reservation > *memory)
        return refuse(join(place, "memoryReservation"),
                      "must not be greater than memory (" + std::to_string(*memory) +
                          " MiB), got " + std::to_string(*container.memory_reservation));
    if (container.linux_parameters.max_swap_mib && !memory)
        return refuse(join(join(place, "linuxParameters"), "maxSwap"),
                      "needs a memory of the container");
    return {};
}

Result<> check_reservations(const TaskDefinition& task, const Place& place) {
    std::int64_t sum = 0;
    for (const auto& container : task.containers)
        sum += container.memory_reservation.value_or(0);
    if (task.memory_mib > 0 && sum > task.memory_mib)
        return refuse(place, "the sum of all memoryReservation (" + std::to_string(sum) +
                                 " MiB) must not be greater than the task's memory (" +
                                 std::to_string(task.memory_mib) + " MiB)");
    return {};
}

Result<> check_container(const ContainerDefinition& container, const TaskDefinition& task,
                         const Place& place) {
    TRY(check_unique(container.environment, &KeyValue::key, join(place, "environment"), "name",
                     "variable"));
    TRY(check_unique(container.secrets, &Secret::name, join(place, "secrets"), "name", "secret"));
    if (container.log_configuration)
        TRY(check_unique(container.log_configuration->secret_options, &Secret::name,
                         join(join(place, "logConfiguration"), "secretOptions"), "name", "option"));
    TRY(check_unique(container.ulimits, &Ulimit::name, join(place, "ulimits"), "name", "limit"));
    TRY(check_unique(container.system_controls, &KeyValue::key, join(place, "systemControls"),
                     "namespace", "parameter"));
    TRY(check_mounts(container, task, place));
    return check_container_memory(container, task, place);
}

Result<> check_containers(TaskDefinition& task, const Place& place) {
    if (task.containers.empty())
        return refuse(place, "at least one container is needed");
    if (task.containers.size() > max_containers)
        return refuse(place, "at most " + std::to_string(max_containers) + " containers, got " +
                                 std::to_string(task.containers.size()));
    TRY(check_unique(task.containers, &ContainerDefinition::name, place, "name", "container"));
    for (std::size_t i = 0; i < task.containers.size(); ++i)
        TRY(check_container(task.containers[i], task, join(place, i)));
    if (std::ranges::none_of(task.containers, &ContainerDefinition::essential))
        return refuse(place, "at least one container must be essential");
    TRY(check_reservations(task, place));
    TRY(check_order(task, place));
    return apply_network_rules(task, place);
}

Result<> check_associations(const TaskDefinition& task, const Place& place) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (std::size_t i = 0; i < task.associations.size(); ++i) {
        const auto& each = task.associations[i];
        if (!seen.emplace(each.type, each.name).second)
            return refuse(join(join(place, i), "name"), "a second association \"" + each.name +
                                                            "\" of type \"" + each.type + '"');
        for (const auto& name : each.containers)
            if (std::ranges::find(task.containers, name, &ContainerDefinition::name) ==
                task.containers.end())
                return refuse(join(join(place, i), "containers"),
                              "no container \"" + name + "\" in containerDefinitions");
    }
    return {};
}

} // namespace

Result<> apply_rules(TaskDefinition& task, const Place& place) {
    TRY(check_containers(task, join(place, "containerDefinitions")));
    TRY(check_unique(task.volumes, &Volume::name, join(place, "volumes"), "name", "volume"));
    TRY(check_associations(task, join(join(Place(), "x-ecs-node-agent"), "associations")));
    const auto tags = join(Place(), "tags");
    TRY(check_unique(task.tags, &KeyValue::key, tags, "key", "tag"));
    if (task.tags.size() > max_tags)
        return refuse(tags, "at most " + std::to_string(max_tags) + " tags, got " +
                                std::to_string(task.tags.size()));
    return {};
}

} // namespace agent::definition
