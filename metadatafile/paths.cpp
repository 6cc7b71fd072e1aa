#include "metadatafile/paths.hpp"

#include "model/arn.hpp"

#include <algorithm>

namespace metadatafile {

namespace {

constexpr std::size_t longest_name = 255;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '~';
}

std::string join(std::string_view directory, std::string_view name, const Layout& layout) {
    std::string path(directory);
    if (!path.empty() && path.back() != layout.separator)
        path += layout.separator;
    return path += name;
}

} // namespace

base::Result<> check_name(std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), is_plain);
    if (!plain || name.empty() || name.size() > longest_name || name == "." || name == "..")
        return base::Error(base::Errc::invalid_argument,
                           "'" + std::string(name.substr(0, longest_name)) +
                               "' cannot be the name of a metadata directory");
    return {};
}

std::string root_directory(std::string_view data_directory, const Layout& layout) {
    return join(data_directory, "metadata", layout);
}

base::Result<std::string> task_directory(std::string_view data_directory, std::string_view cluster,
                                         std::string_view task_id, const Layout& layout) {
    const auto name = model::cluster_name(cluster);
    TRY(check_name(name));
    TRY(check_name(task_id));
    return join(join(root_directory(data_directory, layout), name, layout), task_id, layout);
}

base::Result<std::string> host_directory(std::string_view data_directory, std::string_view cluster,
                                         std::string_view task_id, std::string_view container_name,
                                         const Layout& layout) {
    TRY(check_name(container_name));
    TRY(const auto task, task_directory(data_directory, cluster, task_id, layout));
    return join(task, container_name, layout);
}

base::Result<std::string> volume_directory(std::string_view data_directory,
                                           std::string_view volume) {
    TRY(check_name(volume));
    return volume_directory_below(root_directory(data_directory), volume);
}

std::string volume_directory_below(std::string_view root, std::string_view volume) {
    const auto cluster = join(root, volumes, linux_layout);
    return join(join(cluster, volume, linux_layout), "_data", linux_layout);
}

std::string container_directory(std::string_view container_name, const Layout& layout) {
    return join(layout.container_root, container_name, layout);
}

std::string environment_entry(std::string_view container_name, const Layout& layout) {
    return std::string(environment_name) + '=' +
           join(container_directory(container_name, layout), file_name, layout);
}

base::Result<std::string> bind(std::string_view source, std::string_view target, bool selinux) {
    if (source.find(':') != std::string_view::npos)
        return base::Error(base::Errc::invalid_argument,
                           "the data directory's path must not hold a colon: " +
                               std::string(source));
    return std::string(source) + ':' + std::string(target) + (selinux ? ":ro,z" : ":ro");
}

} // namespace metadatafile
