#include "agent/definition/parse.hpp"

#include "agent/definition/adaptation.hpp"
#include "agent/definition/overrides.hpp"
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

/// Place holders in all texts: what is written for one task comes before what is said of all, and is not
/// replaced in its turn.
void fill_in_place_holders(Json& document, const Surroundings& surroundings,
                           std::vector<Replacement>& replaced) {
    if (const auto* overrides = surroundings.overrides)
        fill_in_values(document, overrides->values, overrides->file, replaced);
    if (const auto* host = surroundings.host)
        fill_in_values(document, host->values, host->file, replaced);
}

/// What the overrides or the host give for "${name}" of a template.
std::optional<std::string> given_value(const Surroundings& surroundings, std::string_view name) {
    const auto holder = "${" + std::string(name) + '}';
    const auto look = [&](const stand_ins::Section<std::string>& values) {
        const auto entry =
            std::ranges::find(values, holder, &stand_ins::Entry<std::string>::pattern);
        return entry == values.end() ? std::nullopt : std::optional(entry->value);
    };
    std::optional<std::string> value;
    if (surroundings.overrides != nullptr)
        value = look(surroundings.overrides->values);
    if (!value && surroundings.host != nullptr)
        value = look(surroundings.host->values);
    return value;
}

/// Puts what this host and the overrides say into the document.
Result<> put_in_place(Json& document, const std::string& file, const Surroundings& surroundings,
                      std::vector<Replacement>& replaced) {
    const bool described = document.is_object() && document.contains("taskDefinition");
    auto& definition = described ? document["taskDefinition"] : document;
    const auto place = described ? join(Place{}, "taskDefinition") : Place{};
    if (surroundings.host != nullptr)
        adapt(definition, *surroundings.host, place, replaced);
    return surroundings.overrides == nullptr
               ? Result<>()
               : merge(*surroundings.overrides, definition, file, place, replaced);
}

Result<Json> read_text_of(std::string_view text, Format format, Lines* lines) {
    if (text.size() > max_definition_bytes)
        return Error(Errc::too_large,
                     "larger than " + std::to_string(max_definition_bytes) + " bytes");
    return format == Format::json ? read_json(text, lines)
                                  : read_yaml(text, PlainScalars::typed, Tags::functions, lines);
}

Result<TaskDefinition> parse(std::string_view text, Format format, const std::string& file,
                             const Host& here, Reading& reading, Lines* lines,
                             const Surroundings& surroundings) {
    auto document = read_text_of(text, format, lines);
    if (!document)
        return std::move(document).error() + file;
    std::vector<Replacement> replaced;
    fill_in_place_holders(*document, surroundings, replaced);
    const auto given = [&](std::string_view name) { return given_value(surroundings, name); };
    document = to_ecs_form(std::move(*document), file, here, given, reading, lines);
    if (!document)
        return std::move(document).error() + file;
    // This error names both files.
    TRY(put_in_place(*document, file, surroundings, replaced));
    if (surroundings.replaced != nullptr)
        *surroundings.replaced = std::move(replaced);
    auto task = read_document(*document, &reading);
    // What of a template cannot be told was found before.
    const auto& faults = reading.findings.faults;
    if (task && faults.empty())
        return task;
    const auto* overrides = surroundings.overrides;
    return Error(faults.empty() ? task.error() : faults.front()) +
           (overrides == nullptr ? file : file + " with " + overrides->file);
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
                                             std::string_view file_name, const Host& here,
                                             Findings* findings, Lines* lines,
                                             const Surroundings& surroundings) {
    Reading reading;
    reading.unsupported = here.unsupported;
    auto task = parse(text, format, std::string(file_name), here, reading, lines, surroundings);
    if (findings)
        *findings = std::move(reading.findings);
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
