#include "agent/doors/volume_holder.hpp"

#include "metadatafile/paths.hpp"
#include "model/edit_task.hpp"

#include <algorithm>

namespace agent::doors {

namespace {

void set_directory(model::World& world, const model::ContainerRef& whose,
                   const std::string& directory) {
    const auto docker_id = whose.container->docker_id;
    model::edit_task(world, whose.task->arn, [&](model::Task& changed) {
        for (auto& container : changed.containers)
            if (container.docker_id == docker_id)
                container.metadata_directory = directory;
    });
}

bool has_volume(const model::Container& container, const std::string& name) {
    return std::ranges::any_of(container.volumes,
                               [&](const auto& mount) { return mount.docker_name == name; });
}

/// The volume whose directory is the container's; "" where that is none.
std::string volume_of(const model::Container& container, const std::string& root) {
    for (const auto& mount : container.volumes)
        if (!mount.docker_name.empty() &&
            metadatafile::volume_directory_below(root, mount.docker_name) ==
                container.metadata_directory)
            return mount.docker_name;
    return {};
}

} // namespace

bool take_volume(model::World& world, const std::string& directory, const std::string& docker_id,
                 std::optional<base::Time> created) {
    const auto tasks = world.tasks();
    for (const auto& [arn, task] : tasks)
        for (const auto& other : task->containers) {
            if (other.metadata_directory != directory || other.docker_id == docker_id)
                continue;
            if (other.created_at > created)
                return false;
            set_directory(world, {task, &other}, "");
        }
    return true;
}

void hand_on_volume(model::World& world, const std::string& root, const std::string& docker_id) {
    const auto leaving = world.find_by_docker_id(docker_id);
    const auto volume = leaving ? volume_of(*leaving.container, root) : std::string();
    if (volume.empty())
        return;
    model::ContainerRef youngest;
    for (const auto& [arn, task] : world.tasks())
        for (const auto& other : task->containers)
            if (other.docker_id != docker_id && has_volume(other, volume) &&
                (!youngest || youngest.container->created_at < other.created_at))
                youngest = {task, &other};
    if (youngest)
        set_directory(world, youngest, leaving.container->metadata_directory);
}

} // namespace agent::doors
