#include "agent/definition/parse.hpp"

#include "agent/definition/tables.hpp"
#include "agent/tables/document.hpp"
#include "base/json.hpp"

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;

Result<TaskDefinition> read_document(const Json& document, std::vector<std::string>* passed_over) {
    Place place;
    place.passed_over = passed_over;
    if (!document.is_object())
        return expected(place, "a task definition (an object)", document);
    const bool described = document.contains("taskDefinition");
    TaskDefinition task;
    TRY(read_object(document, place, described ? described_table() : task_table(), task));
    TRY(apply_rules(task, described ? join(place, "taskDefinition") : place));
    return task;
}

Result<TaskDefinition> parse(std::string_view text, Format format,
                             std::vector<std::string>* passed_over) {
    if (text.size() > max_definition_bytes)
        return Error(Errc::too_large,
                     "larger than " + std::to_string(max_definition_bytes) + " bytes");
    TRY(const auto document,
        format == Format::json ? read_json(text) : read_yaml(text, PlainScalars::typed));
    return read_document(document, passed_over);
}

} // namespace

std::optional<Format> format_of(std::string_view path) {
    if (path.ends_with(".json"))
        return Format::json;
    if (path.ends_with(".yaml") || path.ends_with(".yml"))
        return Format::yaml;
    return std::nullopt;
}

Result<TaskDefinition> parse_task_definition(std::string_view text, Format format,
                                             std::string_view file_name,
                                             std::vector<std::string>* passed_over) {
    auto task = parse(text, format, passed_over);
    if (!task)
        return std::move(task).error() + file_name;
    return task;
}

std::string canonical_form(const TaskDefinition& definition) {
    return base::to_go_json(write_object(task_table(), definition));
}

Result<TaskDefinition> from_canonical(std::string_view text) {
    // No limit on the bytes: escapes may make the form longer than the file that it came from.
    const auto document = read_json(text);
    if (!document)
        return Error(Errc::corrupt, document.error().what());
    auto task = read_document(*document, nullptr);
    if (!task)
        return Error(Errc::corrupt, task.error().what());
    return task;
}

} // namespace agent::definition
