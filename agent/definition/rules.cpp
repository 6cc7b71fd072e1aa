#include "agent/definition/parse.hpp"
#include "agent/definition/tables.hpp"

#include <filesystem>
#include <ranges>
#include <set>

namespace agent::definition {

namespace {

using base::Result;

/// Refuses the second of two equal names in a list; `field` is the name's in each of its objects,
/// `what` names the thing in "a second <what> \"x\"". A name that was not well-formed is "".
template <class List, class Name>
Result<> check_unique(const List& list, Name name, const Place& place, std::string_view field,
                      std::string_view what) {
    Parts parts(place);
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < list.size(); ++i)
        if (const std::string& text = std::invoke(name, list[i]);
            !text.empty() && !seen.insert(text).second)
            parts.add(refuse(join(join(place, i), field),
                             "a second " + std::string(what) + " \"" + text + '"'));
    return parts.result();
}

/// Of variables of one name the last one counts, as with Docker; ECS takes them. In a document of our own there are
/// none: the second is refused.
Result<> check_variables(std::vector<KeyValue>& variables, const Place& place) {
    if (!is_lenient(place))
        return check_unique(variables, &KeyValue::key, place, "name", "variable");
    std::set<std::string> later;
    std::vector<KeyValue> kept;
    for (auto& variable : std::views::reverse(variables)) {
        // One whose name was not well-formed has none.
        if (variable.key.empty() || later.insert(variable.key).second)
            kept.push_back(std::move(variable));
        else
            note(place, "of several variables " + in_quotes(variable.key) + " the last one counts");
    }
    std::ranges::reverse(kept);
    variables = std::move(kept);
    return {};
}

/// Every place in the container's file system at which something is mounted, once each.
class MountPlaces {
public:
    Result<> add(const std::string& path, const Place& place) {
        // With a slash at the end, so that /a and /a/ are the same place.
        if (!path.empty() &&
            !seen_.insert((std::filesystem::path(path) / "").lexically_normal()).second)
            return refuse(join(place, "containerPath"), "a second mount at \"" + path + '"');
        return {};
    }

private:
    std::set<std::filesystem::path> seen_;
};

/// Whether a list has an object of that name, or may have it: one's name was not well-formed.
template <class List, class Name>
bool may_have(const List& list, Name name, const std::string& wanted) {
    return wanted.empty() ||
           std::ranges::any_of(
               list, [&](const std::string& own) { return own == wanted || own.empty(); }, name);
}

Result<> check_mounts(const ContainerDefinition& container, const TaskDefinition& task,
                      const Place& place) {
    Parts parts(place);
    MountPlaces places;
    const auto mounts = join(place, "mountPoints");
    for (std::size_t i = 0; i < container.mount_points.size(); ++i) {
        const auto& mount = container.mount_points[i];
        if (!may_have(task.volumes, &Volume::name, mount.source_volume))
            parts.add(refuse(join(join(mounts, i), "sourceVolume"),
                             "no volume \"" + mount.source_volume + "\" in volumes"));
        parts.add(places.add(mount.container_path, join(mounts, i)));
    }
    const auto& file_systems = container.linux_parameters.tmpfs;
    const auto tmpfs = join(join(place, "linuxParameters"), "tmpfs");
    for (std::size_t i = 0; i < file_systems.size(); ++i)
        parts.add(places.add(file_systems[i].container_path, join(tmpfs, i)));
    return parts.result();
}

Result<> check_container_memory(ContainerDefinition& container, const TaskDefinition& task,
                                const Place& place) {
    Parts parts(place);
    const auto& memory = container.memory;
    if (memory && task.memory_mib > 0 && *memory > task.memory_mib)
        parts.add(refuse(join(place, "memory"), "must not be greater than the task's memory (" +
                                                    std::to_string(task.memory_mib) +
                                                    " MiB), got " + std::to_string(*memory)));
    if (memory && container.memory_reservation && *container.memory_reservation > *memory)
        parts.add(refuse(join(place, "memoryReservation"),
                         "must not be greater than memory (" + std::to_string(*memory) +
                             " MiB), got " + std::to_string(*container.memory_reservation)));
    auto& swap = container.linux_parameters.max_swap_mib;
    const auto swap_place = join(join(place, "linuxParameters"), "maxSwap");
    if (swap && !memory && *swap == 0 && is_lenient(place)) {
        note(swap_place, "says nothing, as good as absent");
        swap.reset();
    }
    if (swap && !memory)
        parts.add(refuse(swap_place, "needs a memory of the container"));
    return parts.result();
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

Result<> check_container(ContainerDefinition& container, const TaskDefinition& task,
                         const Place& place) {
    Parts parts(place);
    parts.add(check_variables(container.environment, join(place, "environment")));
    parts.add(
        check_unique(container.secrets, &Secret::name, join(place, "secrets"), "name", "secret"));
    if (container.log_configuration)
        parts.add(check_unique(container.log_configuration->secret_options, &Secret::name,
                               join(join(place, "logConfiguration"), "secretOptions"), "name",
                               "option"));
    parts.add(
        check_unique(container.ulimits, &Ulimit::name, join(place, "ulimits"), "name", "limit"));
    parts.add(check_unique(container.system_controls, &KeyValue::key, join(place, "systemControls"),
                           "namespace", "parameter"));
    parts.add(check_mounts(container, task, place));
    parts.add(check_container_memory(container, task, place));
    return parts.result();
}

Result<> check_containers(TaskDefinition& task, const Place& place) {
    if (task.containers.empty())
        return refuse(place, "at least one container is needed");
    if (task.containers.size() > max_containers)
        return refuse(place, "at most " + std::to_string(max_containers) + " containers, got " +
                                 std::to_string(task.containers.size()));
    Parts parts(place);
    parts.add(
        check_unique(task.containers, &ContainerDefinition::name, place, "name", "container"));
    for (std::size_t i = 0; i < task.containers.size(); ++i)
        parts.add(check_container(task.containers[i], task, join(place, i)));
    if (std::ranges::none_of(task.containers, &ContainerDefinition::essential))
        parts.add(refuse(place, "at least one container must be essential"));
    parts.add(check_reservations(task, place));
    parts.add(check_order(task, place));
    parts.add(apply_network_rules(task, place));
    return parts.result();
}

Result<> check_associations(const TaskDefinition& task, const Place& place) {
    Parts parts(place);
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (std::size_t i = 0; i < task.associations.size(); ++i) {
        const auto& each = task.associations[i];
        if (!each.name.empty() && !seen.emplace(each.type, each.name).second)
            parts.add(refuse(join(join(place, i), "name"), "a second association \"" + each.name +
                                                               "\" of type \"" + each.type + '"'));
        for (const auto& name : each.containers)
            if (!may_have(task.containers, &ContainerDefinition::name, name))
                parts.add(refuse(join(join(place, i), "containers"),
                                 "no container \"" + name + "\" in containerDefinitions"));
    }
    return parts.result();
}

} // namespace

Result<> apply_rules(TaskDefinition& task, const Place& place) {
    auto beside = place;
    beside.path.clear();
    const auto tags = join(beside, "tags");
    Parts parts(place);
    parts.add(check_containers(task, join(place, "containerDefinitions")));
    parts.add(check_unique(task.volumes, &Volume::name, join(place, "volumes"), "name", "volume"));
    parts.add(check_associations(task, join(join(beside, "x-ecs-node-agent"), "associations")));
    parts.add(check_unique(task.tags, &KeyValue::key, tags, "key", "tag"));
    if (task.tags.size() > max_tags)
        parts.add(refuse(tags, "at most " + std::to_string(max_tags) + " tags, got " +
                                   std::to_string(task.tags.size())));
    return parts.result();
}

} // namespace agent::definition
