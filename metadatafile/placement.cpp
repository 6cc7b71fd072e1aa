#include "metadatafile/placement.hpp"

#include "metadatafile/paths.hpp"

#include <algorithm>

namespace metadatafile {

namespace {

constexpr std::string_view top = "/ecs";

/// The path as walked from the container's root: "//ecs/." and "ecs" are "/ecs", "//" is "".
std::string normalised(std::string_view path) {
    std::string walked;
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(part.size() + 1, path.size()));
        if (part == "..")
            walked.erase(walked.empty() ? 0 : walked.rfind('/'));
        else if (!part.empty() && part != ".")
            walked.append("/").append(part);
    }
    return walked;
}

bool overlaps_top(std::string_view target) {
    return target.empty() || target == top || target.starts_with("/ecs/");
}

} // namespace

std::array<std::string, 3> paths_to_probe(std::string_view container_name) {
    return {std::string(top), std::string(linux_layout.container_root),
            container_directory(container_name)};
}

Decision decide(const Circumstances& circumstances) {
    if (circumstances.enabled_by_container) {
        if (!*circumstances.enabled_by_container)
            return {Placement::off_by_container, "the container says metadataEnable: false"};
    } else if (circumstances.enabled_by_task) {
        if (!*circumstances.enabled_by_task)
            return {Placement::off_by_task, "the task definition says metadataEnable: false"};
    } else if (!circumstances.enabled_by_configuration) {
        return {Placement::off_by_configuration, "ECS_ENABLE_CONTAINER_METADATA is false"};
    }
    for (const auto& target : circumstances.mount_targets)
        if (overlaps_top(normalised(target)))
            return {Placement::mount_in_the_way, "the container mounts something at " + target +
                                                     ", which /ecs/metadata needs for itself"};
    if (circumstances.file_in_image)
        return {Placement::file_in_the_way, "the image has a file at " +
                                                *circumstances.file_in_image +
                                                ", where a directory is needed"};
    return {};
}

} // namespace metadatafile
