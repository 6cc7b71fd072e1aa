#include "metadatafile/writer.hpp"

#include "base/files.hpp"
#include "metadatafile/paths.hpp"

#include <algorithm>
#include <filesystem>

namespace metadatafile {

namespace {

namespace fs = std::filesystem;

constexpr unsigned directory_mode =
    0755; // tasks run as any user, and user namespaces map root away
constexpr unsigned file_mode = 0644;

/// Names of the directories in one; empty when it does not exist. Links are not followed.
base::Result<std::vector<std::string>> directories_in(const std::string& path) {
    std::vector<std::string> names;
    std::error_code failure;
    fs::directory_iterator entry(path, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        std::error_code unknown;
        if (entry->symlink_status(unknown).type() == fs::file_type::directory)
            names.push_back(entry->path().filename().string());
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        return base::from_errno("list " + path, failure.value());
    std::sort(names.begin(), names.end());
    return names;
}

void remove_if_empty(const fs::path& directory) {
    std::error_code in_use;
    fs::remove(directory, in_use);
}

base::Result<> remove_interrupted_writes(const std::string& directory) {
    std::error_code failure;
    std::vector<fs::path> leftovers;
    for (fs::directory_iterator entry(directory, failure);
         !failure && entry != fs::directory_iterator(); entry.increment(failure))
        if (entry->path().filename().string().starts_with(base::temporary_prefix))
            leftovers.push_back(entry->path());
    if (failure)
        return base::from_errno("list " + directory, failure.value());
    for (const auto& leftover : leftovers)
        TRY(base::remove_tree(leftover.string()));
    return {};
}

} // namespace

base::Result<> prepare(const std::string& directory) {
    // Another task's removal may take the empty directory of their cluster away under our hands.
    constexpr int attempts = 3;
    auto made = base::make_directories(directory, directory_mode);
    for (int i = 1; !made && made.error().code() == base::Errc::not_found && i < attempts; ++i)
        made = base::make_directories(directory, directory_mode);
    TRY(std::move(made));
    return remove_interrupted_writes(directory);
}

base::Result<> write(const std::string& directory, std::string_view text, base::PowerCut after) {
    return base::write_file_atomically(directory + '/' + std::string(file_name), text, file_mode,
                                       after);
}

base::Result<bool> remove_task(const std::string& directory) {
    TRY(const bool removed, base::remove_tree(directory));
    // The cluster's directory goes with its last task; that it is not empty is the normal case.
    remove_if_empty(fs::path(directory).parent_path());
    return removed;
}

base::Result<std::vector<std::string>> list_undeclared(const std::string& data_directory) {
    return directories_in(root_directory(data_directory) + '/' + std::string(undeclared));
}

base::Result<std::vector<std::string>> list_volumes(const std::string& data_directory) {
    return directories_in(root_directory(data_directory) + '/' + std::string(volumes));
}

base::Result<std::vector<TaskDirectory>> list_task_directories(const std::string& data_directory) {
    std::vector<TaskDirectory> found;
    const auto root = root_directory(data_directory);
    TRY(const auto clusters, directories_in(root));
    for (const auto& cluster : clusters) {
        if (cluster == undeclared || cluster == volumes)
            continue;
        const auto cluster_path = root + '/' + cluster;
        TRY(const auto tasks, directories_in(cluster_path));
        if (tasks.empty())
            remove_if_empty(cluster_path);
        for (const auto& task : tasks) {
            const auto task_path = cluster_path + '/' + task;
            TRY(auto containers, directories_in(task_path));
            for (const auto& container : containers)
                TRY(remove_interrupted_writes(task_path + '/' + container));
            found.push_back({cluster, task, std::move(containers)});
        }
    }
    return found;
}

} // namespace metadatafile
