#include "agent/stats/cgroup_folders.hpp"

#include "agent/stats/text.hpp"

#include <utility>

namespace agent::stats {

namespace {

constexpr std::pair<std::string_view, Folder> controllers[] = {{"cpuacct", Folder::cpuacct},
                                                               {"cpu", Folder::cpu},
                                                               {"memory", Folder::memory},
                                                               {"pids", Folder::pids},
                                                               {"blkio", Folder::blkio}};

/// Whether a word is in a list with commas between.
bool lists(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto one = list.substr(0, list.find(','));
        if (one == word)
            return true;
        list.remove_prefix(std::min(one.size() + 1, list.size()));
    }
    return false;
}

/// A cgroup's folder as it is seen through a mount, if it is.
std::optional<std::string> seen_through(const CgroupMount& mount, std::string_view path) {
    if (mount.root == "/")
        return mount.point + std::string(path);
    const auto below = path.substr(std::min(path.size(), mount.root.size()));
    if (!path.starts_with(mount.root) || (!below.empty() && below.front() != '/'))
        return std::nullopt;
    return mount.point + std::string(below);
}

std::string folder_of(const std::vector<CgroupMount>& mounts, std::string_view controller,
                      std::string_view path) {
    for (const auto& mount : mounts) {
        const bool fits = controller.empty() ? mount.unified : lists(mount.options, controller);
        if (!fits)
            continue;
        if (auto folder = seen_through(mount, path))
            return std::move(*folder);
    }
    return "";
}

/// The parts of a cgroup's path that are the container and what it is in.
struct Place {
    std::string_view container;
    std::string_view task; ///< empty when it is in no cgroup of its task
};

std::optional<Place> place_in(std::string_view path, std::string_view docker_id,
                              std::string_view task_id) {
    const auto id = docker_id.empty() ? std::string_view::npos : path.find(docker_id);
    if (id == std::string_view::npos)
        return std::nullopt;
    Place place;
    place.container = path.substr(0, path.find('/', id));
    const auto parent = path.substr(0, path.rfind('/', id));
    if (!task_id.empty() && parent.find(task_id) != std::string_view::npos)
        place.task = parent;
    return place;
}

} // namespace

std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo) {
    std::vector<CgroupMount> mounts;
    each_line(mountinfo, [&](std::string_view line) {
        for (int skipped = 0; skipped < 3; ++skipped) // ids and device
            next_word(line);
        CgroupMount mount;
        mount.root = next_word(line);
        mount.point = next_word(line);
        auto word = next_word(line);
        while (!word.empty() && word != "-")
            word = next_word(line);
        const auto type = next_word(line);
        next_word(line); // source
        mount.options = next_word(line);
        mount.unified = type == "cgroup2";
        if (mount.unified)
            mount.options.clear();
        if (mount.unified || type == "cgroup")
            mounts.push_back(std::move(mount));
    });
    return mounts;
}

std::optional<Folders> container_folders(std::string_view cgroup_file,
                                         const std::vector<CgroupMount>& mounts,
                                         std::string_view docker_id, std::string_view task_id) {
    Folders folders;
    bool found = false;
    const auto set = [&](Folder which, std::string folder) {
        folders[static_cast<std::size_t>(which)] = std::move(folder);
    };
    each_line(cgroup_file, [&](std::string_view line) {
        // "4:memory:/docker/<id>", "0::/docker/<id>" in the unified hierarchy.
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos)
            return;
        const auto names = line.substr(first + 1, second - first - 1);
        const auto place = place_in(line.substr(second + 1), docker_id, task_id);
        if (!place)
            return;
        found = true;
        if (names.empty()) {
            set(Folder::unified, folder_of(mounts, "", place->container));
            if (!place->task.empty())
                set(Folder::task_unified, folder_of(mounts, "", place->task));
            return;
        }
        for (const auto& [controller, which] : controllers)
            if (lists(names, controller))
                set(which, folder_of(mounts, controller, place->container));
        if (!place->task.empty() && lists(names, "cpu"))
            set(Folder::task_cpu, folder_of(mounts, "cpu", place->task));
    });
    if (!found)
        return std::nullopt;
    return folders;
}

} // namespace agent::stats
