#include "agent/definition/parse.hpp"

#include "agent/definition/tables.hpp"
#include "agent/definition/written_form.hpp"
#include "agent/tables/document.hpp"
#include "base/json.hpp"

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;

/// `reading`: see Place.
Result<TaskDefinition> read_document(const Json& document, Reading* reading) {
    Place place;
    place.reading = reading;
    if (!document.is_object())
        return expected(place, "a task definition (an object)", document);
    const bool described = document.contains("taskDefinition");
    TaskDefinition task;
    Parts parts(place);
    if (!parts.add(
            read_object(document, place, described ? described_table() : task_table(), task)))
        return parts.result().error();
    parts.add(apply_rules(task, described ? join(place, "taskDefinition") : place));
    TRY(parts.result());
    return task;
}

Result<TaskDefinition> read_form(Json document, std::string_view file_name, const Host& host,
                                 Reading& reading, Lines* lines) {
    TRY(document, to_ecs_form(std::move(document), file_name, host, reading, lines));
    auto task = read_document(document, &reading);
    // What of a template cannot be told was found before.
    if (!reading.findings.faults.empty())
        return reading.findings.faults.front();
    return task;
}

Result<TaskDefinition> parse(std::string_view text, Format format, std::string_view file_name,
                             const Host& host, Findings* findings, Lines* lines) {
    if (text.size() > max_definition_bytes)
        return Error(Errc::too_large,
                     "larger than " + std::to_string(max_definition_bytes) + " bytes");
    TRY(auto document, format == Format::json
                           ? read_json(text, lines)
                           : read_yaml(text, PlainScalars::typed, Tags::functions, lines));
    Reading reading;
    reading.unsupported = host.unsupported;
    auto task = read_form(std::move(document), file_name, host, reading, lines);
    if (findings)
        *findings = std::move(reading.findings);
    return task;
}

} // namespace

std::optional<Format> format_of(std::string_view path) {
    if (path.ends_with(".json"))
        return Format::json;
    if (path.ends_with(".yaml") || path.ends_with(".yml"))
        return Format::yaml;
    return std::nullopt;
}

Format format_of_text(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    const char first = begin == std::string_view::npos ? '\0' : text[begin];
    return first == '{' || first == '[' ? Format::json : Format::yaml;
}

Result<TaskDefinition> parse_task_definition(std::string_view text, Format format,
                                             std::string_view file_name, const Host& host,
                                             Findings* findings, Lines* lines) {
    auto task = parse(text, format, file_name, host, findings, lines);
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
