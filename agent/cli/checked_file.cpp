#include "agent/cli/checked_file.hpp"

#include "agent/cli/mapping.hpp"
#include "agent/containers/environment_file.hpp"
#include "agent/containers/secret_values.hpp"
#include "agent/definition/tasks_folder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::cli {

namespace {

using base::Error;
using definition::TaskDefinition;
using Json = nlohmann::ordered_json;

/// The line of a field, or of the innermost object around it that has one; 0 for none.
std::size_t line_of(const CheckedFile& file, std::string_view field) {
    while (!field.empty()) {
        if (const auto line = file.lines.find(std::string(field)); line != file.lines.end())
            return line->second;
        const auto end = field.find_last_of(".[");
        field = field.substr(0, end == std::string_view::npos ? 0 : end);
    }
    return 0;
}

/// "web.json:12", or "web.json" where no line is known.
std::string place_of(const CheckedFile& file, std::string_view field) {
    const auto line = line_of(file, field);
    return line == 0 ? file.file : file.file + ':' + std::to_string(line);
}

std::string_view first_of(const std::vector<std::string>& fields) {
    return fields.empty() ? std::string_view() : std::string_view(fields.front());
}

/// The field of a container; `wrapper` is "taskDefinition." in what ECS answers.
std::string field_of(const std::string& wrapper, std::size_t container, const std::string& field) {
    return wrapper + "containerDefinitions[" + std::to_string(container) + "]." + field;
}

std::string wrapper_of(const CheckedFile& file) {
    const std::string wrapper = "taskDefinition";
    return file.lines.contains(wrapper) ? wrapper + '.' : "";
}

void look_into_environment_files(const TaskDefinition& task, CheckedFile& file) {
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        const auto& paths = task.containers[i].environment_files;
        for (std::size_t j = 0; j < paths.size(); ++j) {
            const auto variables = containers::read_environment_files({paths[j]});
            const auto field =
                field_of(wrapper_of(file), i, "environmentFiles[" + std::to_string(j) + "].value");
            if (!variables)
                file.findings.note_fault(Error(variables.error()) + field);
        }
    }
}

void name_images(const TaskDefinition& task, CheckedFile& file) {
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        const auto& image = task.containers[i].image;
        if (std::ranges::find(file.images, image, &NamedImage::name) == file.images.end())
            file.images.push_back({field_of(wrapper_of(file), i, "image"), image});
    }
}

void find_gpus(const TaskDefinition& task, CheckedFile& file) {
    for (std::size_t i = 0; i < task.containers.size(); ++i)
        if (task.containers[i].gpus > 0)
            file.gpu_fields.push_back(field_of(wrapper_of(file), i, "resourceRequirements"));
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

base::Result<TaskDefinition> parse(CheckedFile& checked, std::string_view text,
                                   const HostWords& host) {
    TRY(const auto overrides, definition::overrides_beside(checked.file));
    const definition::Surroundings surroundings{&host.stand_ins, overrides.get(),
                                                &checked.replaced};
    return definition::parse_task_definition(text, format_of(checked.file, text), checked.file,
                                             host.here, &checked.findings, &checked.lines,
                                             surroundings);
}

/// Without the file's name, which stands before each line that is printed.
Error without_file(const Error& error, const std::string& file) {
    const auto& text = error.what();
    return {error.code(), text.starts_with(file + ": ") ? text.substr(file.size() + 2) : text};
}

} // namespace

CheckedFile check_file(const std::string& file, std::string_view text, const HostWords& host) {
    CheckedFile checked;
    checked.file = file;
    const auto task = parse(checked, text, host);
    if (!task && checked.findings.faults.empty())
        checked.findings.faults.push_back(without_file(task.error(), file));
    if (!task)
        return checked;
    for (const auto& fault : containers::unknown_secrets(*task, host.stand_ins))
        checked.findings.note_fault(Error(base::Errc::not_found, wrapper_of(checked) + fault));
    checked.family = task->family;
    look_into_environment_files(*task, checked);
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
    const auto faults = file.findings.faults.size();
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
    json["faults"] = Json::array();
    for (const auto& fault : file.findings.faults) {
        const auto field = tables::path_of(fault);
        const auto& text = fault.what();
        json["faults"].push_back(
            {{"field", field},
             {"line", optional_line(line_of(file, field))},
             {"reason", field.empty() ? text : text.substr(field.size() + 2)}});
    }
    json["notices"] = Json::array();
    for (const auto& [what, paths] : file.findings.notices)
        json["notices"].push_back({{"fields", paths},
                                   {"line", optional_line(line_of(file, first_of(paths)))},
                                   {"notice", what}});
    json["replaced"] = Json::array();
    for (const auto& [field, before, now, said_in] : file.replaced)
        json["replaced"].push_back({{"field", field},
                                    {"line", optional_line(line_of(file, field))},
                                    {"before", before},
                                    {"now", now},
                                    {"saidIn", said_in}});
    json["withoutEffect"] = file.findings.passed_over;
    json["images"] = names_of(file.images);
    json["missingImages"] = names_of(file.missing_images);
    return json;
}

} // namespace agent::cli
