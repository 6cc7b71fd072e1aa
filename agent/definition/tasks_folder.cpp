#include "agent/definition/tasks_folder.hpp"

#include "agent/definition/folder_identity.hpp"
#include "agent/definition/parse.hpp"
#include "base/files.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;

/// The names of the task files in the folder; nothing when there is no such folder.
Result<std::optional<std::vector<std::string>>> list(const std::string& path) {
    std::error_code failure;
    std::filesystem::directory_iterator entry(path, failure);
    if (failure == std::errc::no_such_file_or_directory)
        return std::optional<std::vector<std::string>>();
    std::vector<std::string> names;
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        if (auto name = entry->path().filename().string(); is_task_file_name(name))
            names.push_back(std::move(name));
    if (failure)
        return base::from_errno("read the tasks folder " + path, failure.value());
    if (names.size() > max_task_files)
        return Error(Errc::exhausted, "the tasks folder " + path + " has " +
                                          std::to_string(names.size()) + " task files, at most " +
                                          std::to_string(max_task_files) + " are taken");
    std::ranges::sort(names);
    return std::optional(std::move(names));
}

Result<TaskDefinition> read_definition(const std::string& path, const Host& host,
                                       Findings& findings) {
    TRY(const auto text, base::read_file(path, max_definition_bytes));
    return parse_task_definition(text, *format_of(path), path, host, &findings);
}

/// Nothing for what declares no task: no regular file, or removed since the folder was listed.
std::optional<TaskFile> read_entry(const std::string& folder, const std::string& name,
                                   const Host& host) {
    const auto path = (std::filesystem::path(folder) / name).string();
    std::error_code failure;
    const auto type = std::filesystem::status(path, failure).type();
    if (type == std::filesystem::file_type::regular) {
        Findings findings;
        auto definition = read_definition(path, host, findings);
        return TaskFile{name, std::move(definition), std::move(findings)};
    }
    if (type == std::filesystem::file_type::none)
        return TaskFile{name, base::from_errno(path, failure.value())};
    std::error_code unknown;
    const bool leads_nowhere =
        type == std::filesystem::file_type::not_found &&
        std::filesystem::is_symlink(std::filesystem::symlink_status(path, unknown));
    if (leads_nowhere)
        return TaskFile{name, base::from_errno(path, ENOENT)};
    return std::nullopt;
}

} // namespace

bool is_task_file_name(const std::string& name) {
    return name.find_first_of(".~#") != 0 && format_of(name).has_value();
}

Result<FolderReading> read_tasks_folder(const std::string& path, const Host& host) {
    TRY(const auto identity, folder_identity(path));
    TRY(const auto names, list(path));
    FolderReading reading;
    if (!identity || !names)
        return reading;
    reading.present = true;
    reading.identity = *identity;
    for (const auto& name : *names)
        if (auto file = read_entry(path, name, host))
            reading.files.push_back(std::move(*file));
    // Of one that was unmounted meanwhile a part was read, and the rest seems to be gone.
    TRY(const auto identity_now, folder_identity(path));
    if (identity_now != identity)
        return Error(Errc::conflict,
                     "the tasks folder " + path + " was replaced while it was read");
    return reading;
}

} // namespace agent::definition
