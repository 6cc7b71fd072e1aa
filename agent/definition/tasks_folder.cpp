#include "agent/definition/tasks_folder.hpp"

#include "agent/definition/folder_identity.hpp"
#include "agent/definition/overrides.hpp"
#include "agent/definition/parse.hpp"
#include "base/files.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;

struct Names {
    std::vector<std::string> tasks;
    std::vector<std::string> overrides;
};

Result<> check_count(const std::string& path, std::size_t count, const std::string& what) {
    if (count <= max_task_files)
        return {};
    return Error(Errc::exhausted, "the tasks folder " + path + " has " + std::to_string(count) +
                                      ' ' + what + ", at most " + std::to_string(max_task_files) +
                                      " are taken");
}

/// The names of the files in the folder that say something; nothing when there is no such folder.
Result<std::optional<Names>> list(const std::string& path) {
    std::error_code failure;
    std::filesystem::directory_iterator entry(path, failure);
    if (failure == std::errc::no_such_file_or_directory)
        return std::optional<Names>();
    Names names;
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        auto name = entry->path().filename().string();
        if (is_task_file_name(name))
            names.tasks.push_back(std::move(name));
        else if (is_overrides_file_name(name))
            names.overrides.push_back(std::move(name));
    }
    if (failure)
        return base::from_errno("read the tasks folder " + path, failure.value());
    TRY(check_count(path, names.tasks.size(), "task files"));
    TRY(check_count(path, names.overrides.size(), "files of overrides"));
    std::ranges::sort(names.tasks);
    std::ranges::sort(names.overrides);
    return std::optional(std::move(names));
}

std::string without_ending(const std::string& name) {
    return name.substr(0, name.rfind('.'));
}

/// The task whose file has this name, or whose overrides have.
std::string stem_of(const std::string& name) {
    const auto stem = without_ending(name);
    return is_overrides_file_name(name) ? without_ending(stem) : stem;
}

std::vector<std::string> without_task(const Names& names) {
    std::set<std::string> stems;
    for (const auto& name : names.tasks)
        stems.insert(stem_of(name));
    std::vector<std::string> lone;
    for (const auto& name : names.overrides)
        if (!stems.contains(stem_of(name)))
            lone.push_back(name);
    return lone;
}

std::string path_in(const std::string& folder, const std::string& name) {
    return (std::filesystem::path(folder) / name).string();
}

/// What stands beside a task; nothing where nothing does. Two overrides of one task are invalid_argument.
Result<std::optional<Overrides>> read_overrides(const std::string& folder,
                                                const std::vector<std::string>& names,
                                                Findings* findings = nullptr,
                                                Lines* lines = nullptr) {
    if (names.empty())
        return std::optional<Overrides>();
    if (names.size() > 1)
        return Error(Errc::invalid_argument, path_in(folder, names[0]) + " and " +
                                                 path_in(folder, names[1]) +
                                                 ": only one file of overrides for a task");
    const auto path = path_in(folder, names.front());
    TRY(const auto text, base::read_file(path, max_definition_bytes));
    TRY(auto overrides, parse_overrides(text, *format_of(path), path, findings, lines));
    return std::optional(std::move(overrides));
}

Result<TaskDefinition> read_definition(const std::string& folder, TaskFile& file,
                                       const std::vector<std::string>& overrides_files,
                                       const stand_ins::StandIns& host, const Host& here) {
    const auto path = path_in(folder, file.name);
    TRY(const auto text, base::read_file(path, max_definition_bytes));
    TRY(const auto overrides, read_overrides(folder, overrides_files));
    Surroundings surroundings;
    surroundings.host = &host;
    surroundings.overrides = overrides ? &*overrides : nullptr;
    surroundings.replaced = &file.replaced;
    return parse_task_definition(text, *format_of(path), path, here, &file.findings, nullptr,
                                 surroundings);
}

/// Whether it is a link to nothing, of the type that its target has.
bool leads_nowhere(const std::string& path, std::filesystem::file_type type) {
    std::error_code unknown;
    return type == std::filesystem::file_type::not_found &&
           std::filesystem::is_symlink(std::filesystem::symlink_status(path, unknown));
}

/// Whether read_entry() makes something of it.
bool is_entry(const std::string& path) {
    std::error_code unknown;
    const auto type = std::filesystem::status(path, unknown).type();
    return type == std::filesystem::file_type::regular ||
           type == std::filesystem::file_type::none || leads_nowhere(path, type);
}

/// Nothing for what declares no task: no regular file, or removed since the folder was listed.
std::optional<TaskFile> read_entry(const std::string& folder, const std::string& name,
                                   const std::vector<std::string>& overrides_files,
                                   const stand_ins::StandIns& host, const Host& here) {
    const auto path = path_in(folder, name);
    std::error_code failure;
    const auto type = std::filesystem::status(path, failure).type();
    if (type == std::filesystem::file_type::regular) {
        TaskFile file{name, Error()};
        if (!overrides_files.empty())
            file.overrides = overrides_files.front();
        file.definition = read_definition(folder, file, overrides_files, host, here);
        return file;
    }
    if (type == std::filesystem::file_type::none)
        return TaskFile{name, base::from_errno(path, failure.value())};
    if (leads_nowhere(path, type))
        return TaskFile{name, base::from_errno(path, ENOENT)};
    return std::nullopt;
}

} // namespace

bool is_task_file_name(const std::string& name) {
    return name.find_first_of(".~#") != 0 && format_of(name).has_value() &&
           !is_overrides_file_name(name);
}

bool is_overrides_file_name(const std::string& name) {
    constexpr std::string_view mark = ".overrides";
    const auto stem = name.substr(0, name.rfind('.'));
    return name.find_first_of(".~#") != 0 && format_of(name).has_value() && stem.ends_with(mark);
}

OverridesBeside overrides_beside(const std::string& path) {
    const std::filesystem::path file(path);
    const auto folder = file.parent_path().string();
    std::vector<std::string> names;
    for (const auto* ending : {".json", ".yaml", ".yml"}) {
        const auto name = file.stem().string() + ".overrides" + ending;
        std::error_code unknown;
        if (std::filesystem::exists(path_in(folder, name), unknown))
            names.push_back(name);
    }
    OverridesBeside beside;
    if (names.size() == 1)
        beside.file = path_in(folder, names.front());
    Findings findings;
    auto overrides = read_overrides(folder, names, &findings, &beside.lines);
    // What was read has told its faults by their fields.
    if (!overrides && findings.faults.empty())
        findings.note_fault(overrides.error());
    beside.faults = std::move(findings.faults);
    if (overrides && *overrides)
        beside.overrides = std::make_shared<const Overrides>(std::move(**overrides));
    return beside;
}

Result<FolderNames> names_in_tasks_folder(const std::string& path) {
    TRY(auto names, list(path));
    FolderNames found;
    if (!names)
        return found;
    found.present = true;
    found.lone_overrides = without_task(*names);
    for (auto& name : names->tasks)
        if (is_entry(path_in(path, name)))
            found.tasks.push_back(std::move(name));
    return found;
}

Result<FolderReading> read_tasks_folder(const std::string& path, const stand_ins::StandIns& host,
                                        const Host& here) {
    TRY(const auto identity, folder_identity(path));
    TRY(const auto names, list(path));
    FolderReading reading;
    if (!identity || !names)
        return reading;
    reading.present = true;
    reading.identity = *identity;
    std::map<std::string, std::vector<std::string>> overrides;
    for (const auto& name : names->overrides)
        overrides[stem_of(name)].push_back(name);
    for (const auto& name : names->tasks) {
        const auto beside = overrides.find(stem_of(name));
        if (auto file = read_entry(
                path, name, beside == overrides.end() ? std::vector<std::string>() : beside->second,
                host, here))
            reading.files.push_back(std::move(*file));
    }
    reading.lone_overrides = without_task(*names);
    // Of one that was unmounted meanwhile a part was read, and the rest seems to be gone.
    TRY(const auto identity_now, folder_identity(path));
    if (identity_now != identity)
        return Error(Errc::conflict,
                     "the tasks folder " + path + " was replaced while it was read");
    return reading;
}

} // namespace agent::definition
