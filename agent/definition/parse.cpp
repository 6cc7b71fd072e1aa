#include "agent/definition/parse.hpp"

#include "agent/definition/adaptation.hpp"
#include "agent/definition/overrides.hpp"
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

/// Puts what this host and the overrides say into the document. What is written for one task comes before
/// what is said of all, and is not replaced in its turn.
Result<> put_in_place(Json& document, const std::string& file, const Surroundings& surroundings) {
    std::vector<Replacement> replaced;
    const auto& [host, overrides, told] = surroundings;
    if (overrides != nullptr)
        fill_in_values(document, overrides->values, overrides->file, replaced);
    if (host != nullptr)
        fill_in_values(document, host->values, host->file, replaced);
    const bool described = document.is_object() && document.contains("taskDefinition");
    auto& definition = described ? document["taskDefinition"] : document;
    const auto place = described ? join(Place{}, "taskDefinition") : Place{};
    if (host != nullptr)
        adapt(definition, *host, place, replaced);
    if (overrides != nullptr)
        TRY(merge(*overrides, definition, file, place, replaced));
    if (told != nullptr)
        *told = std::move(replaced);
    return {};
}

Result<TaskDefinition> parse(std::string_view text, Format format, const std::string& file,
                             std::vector<std::string>* passed_over,
                             const Surroundings& surroundings) {
    const auto read = [&]() -> Result<Json> {
        if (text.size() > max_definition_bytes)
            return Error(Errc::too_large,
                         "larger than " + std::to_string(max_definition_bytes) + " bytes");
        return format == Format::json ? read_json(text) : read_yaml(text, PlainScalars::typed);
    };
    auto document = read();
    if (!document)
        return std::move(document).error() + file;
    // This error names both files.
    TRY(put_in_place(*document, file, surroundings));
    auto task = read_document(*document, passed_over);
    if (task)
        return task;
    const auto* overrides = surroundings.overrides;
    return std::move(task).error() +
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

Result<TaskDefinition> parse_task_definition(std::string_view text, Format format,
                                             std::string_view file_name,
                                             std::vector<std::string>* passed_over,
                                             const Surroundings& surroundings) {
    return parse(text, format, std::string(file_name), passed_over, surroundings);
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
