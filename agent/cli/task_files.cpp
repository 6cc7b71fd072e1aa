#include "agent/cli/task_files.hpp"

#include "agent/definition/tasks_folder.hpp"
#include "base/files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <system_error>

namespace agent::cli {

namespace {

constexpr std::string_view standard_input = "-";
constexpr std::array<std::string_view, 3> task_endings{".json", ".yaml", ".yml"};

/// At most one byte more than is taken.
std::string read_standard_input() {
    std::string text(definition::max_definition_bytes + 1, '\0');
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::cin.gcount()));
    return text;
}

bool is_overrides_file(const std::string& file) {
    return definition::is_overrides_file_name(std::filesystem::path(file).filename().string());
}

/// Without what its name ends with: "tasks.d/web" of tasks.d/web.json and of tasks.d/web.overrides.yaml.
std::filesystem::path stem_path_of(const std::string& file) {
    auto stem = std::filesystem::path(file).replace_extension();
    if (is_overrides_file(file))
        stem.replace_extension();
    return stem;
}

bool is_folder(const std::string& file) {
    std::error_code unknown;
    return file != standard_input && std::filesystem::is_directory(file, unknown);
}

bool is_task_of(const std::string& file, const std::filesystem::path& stem) {
    return file != standard_input && !is_overrides_file(file) && !is_folder(file) &&
           stem_path_of(file).lexically_normal() == stem.lexically_normal();
}

/// The files of tasks on the disk that are called so.
std::vector<std::string> tasks_called(const std::filesystem::path& stem) {
    std::vector<std::string> tasks;
    for (const auto ending : task_endings) {
        auto task = stem.string() + std::string(ending);
        std::error_code unknown;
        if (std::filesystem::exists(task, unknown))
            tasks.push_back(std::move(task));
    }
    return tasks;
}

CheckedFile lone_overrides(const std::string& file) {
    const auto stem = stem_path_of(file).filename().string();
    std::string names;
    for (const auto ending : task_endings)
        names += (names.empty() ? "" : ", ") + stem + std::string(ending);
    return unreadable_file(
        file,
        base::Error(base::Errc::not_found,
                    "overrides of a task that is not beside them: none of " + names + " is there"));
}

/// The tasks of a folder that are not among the files yet; the folder itself where it cannot be listed.
void add_tasks_of(const std::string& folder, std::vector<std::string>& files,
                  std::vector<std::string>* warnings) {
    const auto names = definition::names_in_tasks_folder(folder);
    if (!names) {
        files.push_back(folder);
        return;
    }
    for (const auto& name : names->tasks) {
        auto file = (std::filesystem::path(folder) / name).string();
        if (std::ranges::find(files, file) == files.end())
            files.push_back(std::move(file));
    }
    if (warnings == nullptr)
        return;
    if (names->tasks.empty())
        warnings->push_back(folder + ": has no task definitions");
    const auto lone = warnings_of(folder, names->lone_overrides);
    warnings->insert(warnings->end(), lone.begin(), lone.end());
}

/// Of a folder that could not be listed.
CheckedFile unlisted_folder(const std::string& folder) {
    const auto names = definition::names_in_tasks_folder(folder);
    return unreadable_file(folder,
                           names ? base::Error(base::Errc::invalid_argument, "expected a file")
                                 : names.error());
}

} // namespace

std::size_t count_standard_input(const std::vector<std::string>& named) {
    return static_cast<std::size_t>(std::ranges::count(named, standard_input));
}

std::vector<std::string> warnings_of(const std::string& folder,
                                     const std::vector<std::string>& lone_overrides) {
    std::vector<std::string> warnings;
    for (const auto& name : lone_overrides)
        warnings.push_back((std::filesystem::path(folder) / name).string() +
                           ": has no task beside it");
    return warnings;
}

std::vector<std::string> files_to_check(const std::vector<std::string>& named,
                                        std::vector<std::string>* warnings) {
    std::vector<std::string> files;
    for (const auto& file : named) {
        if (is_folder(file)) {
            add_tasks_of(file, files, warnings);
            continue;
        }
        if (!is_overrides_file(file)) {
            files.push_back(file);
            continue;
        }
        const auto stem = stem_path_of(file);
        const auto is_told = [&](const std::string& other) { return is_task_of(other, stem); };
        if (std::ranges::any_of(named, is_told) || std::ranges::any_of(files, is_told))
            continue;
        const auto tasks = tasks_called(stem);
        files.insert(files.end(), tasks.begin(), tasks.end());
        if (tasks.empty())
            files.push_back(file);
    }
    return files;
}

CheckedFile check_named_file(const std::string& file, const HostWords& host) {
    if (file == standard_input)
        return check_file(file, read_standard_input(), host);
    if (is_overrides_file(file))
        return lone_overrides(file);
    if (is_folder(file))
        return unlisted_folder(file);
    const auto text = base::read_file(file, definition::max_definition_bytes);
    return text ? check_file(file, *text, host) : unreadable_file(file, text.error());
}

} // namespace agent::cli
