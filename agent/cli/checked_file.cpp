#include "agent/cli/checked_file.hpp"

#include "agent/cli/look_around.hpp"
#include "agent/cli/mapping.hpp"
#include "agent/definition/tasks_folder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::cli {

namespace {

using base::Error;
using definition::TaskDefinition;
using Json = nlohmann::ordered_json;

/// "web.json:12", or "web.json" where no line is known.
std::string at_line(const std::string& file, std::size_t line) {
    return line == 0 ? file : file + ':' + std::to_string(line);
}

std::size_t line_in(const CheckedFile& file, std::string_view field) {
    return definition::line_of(file.lines, field);
}

std::string place_of(const CheckedFile& file, std::string_view field) {
    return at_line(file.file, line_in(file, field));
}

std::string_view first_of(const std::vector<std::string>& fields) {
    return fields.empty() ? std::string_view() : std::string_view(fields.front());
}

void name_images(const TaskDefinition& task, CheckedFile& file) {
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        const auto& image = task.containers[i].image;
        if (std::ranges::find(file.images, image, &NamedImage::name) == file.images.end())
            file.images.push_back({field_of_container(file, i, "image"), image});
    }
}

void find_gpus(const TaskDefinition& task, CheckedFile& file) {
    for (std::size_t i = 0; i < task.containers.size(); ++i)
        if (task.containers[i].gpus > 0)
            file.gpu_fields.push_back(field_of_container(file, i, "resourceRequirements"));
}

definition::Format format_of(const std::string& file, std::string_view text) {
    if (const auto format = definition::format_of(file))
        return *format;
    return definition::format_of_text(text);
}

Json names_of(const std::vector<NamedImage>& images) {
    auto names = Json::array();
    for (const auto& image : images)
        names.push_back(image.name);
    return names;
}

Json optional_line(std::size_t line) {
    return line == 0 ? Json() : Json(line);
}

/// Without the file's name, which stands before each line that is printed.
Error without_file(const Error& error, const std::string& file) {
    const auto& text = error.what();
    return {error.code(), text.starts_with(file + ": ") ? text.substr(file.size() + 2) : text};
}

/// Also where the overrides cannot be used: then without them.
base::Result<TaskDefinition> parse(CheckedFile& checked, std::string_view text,
                                   const HostWords& host) {
    auto beside = definition::overrides_beside(checked.file);
    auto& overrides = checked.overrides;
    overrides.file = std::move(beside.file);
    overrides.lines = std::move(beside.lines);
    for (const auto& fault : beside.faults)
        overrides.faults.push_back(without_file(fault, overrides.file));
    std::vector<Error> unfitting;
    const definition::Surroundings surroundings{&host.stand_ins, beside.overrides.get(),
                                                &checked.replaced, &unfitting};
    auto task = definition::parse_task_definition(text, format_of(checked.file, text), checked.file,
                                                  host.here, &checked.findings, &checked.lines,
                                                  surroundings);
    overrides.faults.insert(overrides.faults.end(), unfitting.begin(), unfitting.end());
    return task;
}

std::string reason_of(const Error& fault) {
    const auto field = tables::path_of(fault);
    return field.empty() ? fault.what() : fault.what().substr(field.size() + 2);
}

Json fault_json(const Error& fault, const definition::Lines& lines) {
    const auto field = tables::path_of(fault);
    return {{"field", field},
            {"line", optional_line(definition::line_of(lines, field))},
            {"reason", reason_of(fault)}};
}

Json faults_json(const CheckedFile& file) {
    auto faults = Json::array();
    for (const auto& fault : file.overrides.faults) {
        auto json = fault_json(fault, file.overrides.lines);
        if (!file.overrides.file.empty())
            json["file"] = file.overrides.file;
        faults.push_back(std::move(json));
    }
    for (const auto& fault : file.findings.faults)
        faults.push_back(fault_json(fault, file.lines));
    return faults;
}

} // namespace

std::string wrapper_of(const CheckedFile& file) {
    const std::string wrapper = "taskDefinition";
    return file.lines.contains(wrapper) ? wrapper + '.' : "";
}

std::string field_of_container(const CheckedFile& file, std::size_t container,
                               const std::string& field) {
    return wrapper_of(file) + "containerDefinitions[" + std::to_string(container) + "]." + field;
}

CheckedFile check_file(const std::string& file, std::string_view text, const HostWords& host) {
    CheckedFile checked;
    checked.file = file;
    const auto task = parse(checked, text, host);
    if (!task && checked.findings.faults.empty() && checked.overrides.faults.empty())
        checked.findings.faults.push_back(without_file(task.error(), file));
    if (!task)
        return checked;
    checked.family = task->family;
    look_around(*task, host.stand_ins, checked);
    name_images(*task, checked);
    find_gpus(*task, checked);
    return checked;
}

CheckedFile unreadable_file(const std::string& file, const Error& error) {
    CheckedFile checked;
    checked.file = file;
    checked.findings.faults.push_back(error);
    return checked;
}

std::string render_faults(const CheckedFile& file) {
    std::string text;
    const auto& overrides = file.overrides;
    for (const auto& fault : overrides.faults)
        text += at_line(overrides.file.empty() ? file.file : overrides.file,
                        definition::line_of(overrides.lines, tables::path_of(fault))) +
                ": " + fault.what() + '\n';
    for (const auto& fault : file.findings.faults)
        text += place_of(file, tables::path_of(fault)) + ": " + fault.what() + '\n';
    return text;
}

std::string render_notices(const CheckedFile& file) {
    std::string text;
    const auto add = [&](std::string_view field, const std::string& what) {
        text += place_of(file, field) + ": notice: " + what + '\n';
    };
    for (const auto& notice : file.findings.notices)
        add(first_of(notice.paths), to_string(notice));
    if (const auto& fields = file.findings.passed_over; !fields.empty())
        add(first_of(fields), to_string(tables::Notice{"changes nothing here", fields}));
    for (const auto& replacement : file.replaced)
        add(replacement.field, on_a_line(to_string(replacement)));
    for (const auto& [field, name] : file.missing_images)
        add(field, field + ": the image " + name +
                       " is not on this host, it is pulled when the task starts");
    const auto faults = file.faults();
    if (faults == 0)
        text += file.file + ": runs here as the family " + file.family + '\n';
    else
        text += file.file + ": does not run here, " + std::to_string(faults) +
                (faults == 1 ? " fault\n" : " faults\n");
    return text;
}

Json render_json(const CheckedFile& file) {
    Json json{{"file", file.file}, {"runs", file.is_fine()}};
    if (!file.family.empty())
        json["family"] = file.family;
    json["faults"] = faults_json(file);
    json["notices"] = Json::array();
    for (const auto& [what, paths] : file.findings.notices)
        json["notices"].push_back({{"fields", paths},
                                   {"line", optional_line(line_in(file, first_of(paths)))},
                                   {"notice", what}});
    json["replaced"] = Json::array();
    for (const auto& [field, before, now, said_in] : file.replaced)
        json["replaced"].push_back({{"field", field},
                                    {"line", optional_line(line_in(file, field))},
                                    {"before", before},
                                    {"now", now},
                                    {"saidIn", said_in}});
    json["withoutEffect"] = file.findings.passed_over;
    json["images"] = names_of(file.images);
    json["missingImages"] = names_of(file.missing_images);
    return json;
}

} // namespace agent::cli
