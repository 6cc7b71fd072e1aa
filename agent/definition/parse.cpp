#include "agent/definition/parse.hpp"

#include "agent/definition/adaptation.hpp"
#include "agent/definition/overrides.hpp"
#include "agent/definition/tables.hpp"
#include "agent/definition/written_form.hpp"
#include "agent/stand_ins/secret_reference.hpp"
#include "agent/tables/document.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <map>

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;
/// Place holders, and what was filled in for them that no error and no notice may repeat.
using Unshown = stand_ins::Section<std::string>;

/// Shorter ones would be found in any text.
constexpr std::size_t shortest_unshown = 4;

/// The text with the place holder instead of what was filled in for it, also where that is cut at the end of what
/// errors show of a value.
std::string with_place_holder(std::string_view text, const std::string& holder,
                              std::string_view value) {
    std::string shown;
    while (!text.empty()) {
        const auto differ = std::ranges::mismatch(text, value).in1;
        const auto same = static_cast<std::size_t>(differ - text.begin());
        const bool is_cut = same >= shortest_unshown && text.substr(same).starts_with("...");
        const bool is_found = same == value.size() || is_cut;
        shown += is_found ? std::string_view(holder) : text.substr(0, 1);
        text.remove_prefix(is_found ? same : 1);
    }
    return shown;
}

std::string with_place_holders(std::string text, const Unshown& unshown) {
    for (const auto& entry : unshown) {
        if (entry.value.size() < shortest_unshown)
            continue;
        // As errors show texts.
        const auto quoted = Json(entry.value).dump(-1, ' ', false, Json::error_handler_t::replace);
        text = with_place_holder(text, entry.pattern,
                                 std::string_view(quoted).substr(1, quoted.size() - 2));
    }
    return text;
}

Error conceal(const Error& error, const Unshown& unshown) {
    const auto& what = error.what();
    const std::string field(tables::path_of(error));
    return {error.code(), field + with_place_holders(what.substr(field.size()), unshown)};
}

/// `from` is the first fault that it is done to.
void conceal(Findings& findings, const Unshown& unshown, std::size_t from) {
    for (auto i = from; i < findings.faults.size(); ++i)
        findings.faults[i] = conceal(findings.faults[i], unshown);
    for (auto& notice : findings.notices)
        notice.what = with_place_holders(notice.what, unshown);
}

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
Result<> fill_in_place_holders(Json& document, const Surroundings& surroundings,
                               std::vector<Replacement>& replaced, Unshown& unshown) {
    auto left = stand_ins::max_values_put_in;
    if (const auto* overrides = surroundings.overrides)
        TRY(fill_in_values(document, overrides->values, overrides->file, replaced, unshown, left));
    if (const auto* host = surroundings.host)
        TRY(fill_in_values(document, host->values, host->file, replaced, unshown, left));
    return {};
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

/// to_ecs_form(), by which the fields of what was replaced move as lines do.
Result<Json> bring_to_ecs_form(Json document, const std::string& file, const Host& here,
                               const GivenValue& given, Reading& reading, Lines* lines,
                               std::vector<Replacement>& replaced) {
    if (replaced.empty())
        return to_ecs_form(std::move(document), file, here, given, reading, lines);
    // A path takes its number along: here one that says which path it was.
    Lines paths;
    std::vector<std::size_t> path_lines;
    std::multimap<std::size_t, Replacement*> replaced_there;
    if (lines != nullptr)
        for (const auto& [path, line] : *lines) {
            paths.emplace(path, path_lines.size());
            path_lines.push_back(line);
        }
    for (auto& each : replaced) {
        const auto [entry, is_new] = paths.emplace(each.field, path_lines.size());
        if (is_new)
            path_lines.push_back(0);
        replaced_there.emplace(entry->second, &each);
    }
    auto definition = to_ecs_form(std::move(document), file, here, given, reading, &paths);
    if (lines != nullptr)
        lines->clear();
    for (const auto& [path, number] : paths) {
        if (lines != nullptr && path_lines[number] > 0)
            lines->emplace(path, path_lines[number]);
        const auto [begin, end] = replaced_there.equal_range(number);
        for (auto moved = begin; moved != end; ++moved)
            moved->second->field = path;
    }
    return definition;
}

/// What a container says of the login for its registry; "" where it says nothing.
std::string credentials_parameter(const Json& container) {
    if (!container.is_object())
        return {};
    const auto credentials = container.find("repositoryCredentials");
    if (credentials == container.end() || !credentials->is_object())
        return {};
    const auto parameter = credentials->find("credentialsParameter");
    const bool is_said = parameter != credentials->end() && parameter->is_string();
    return is_said ? parameter->get<std::string>() : std::string();
}

/// Logins that this host does not have. The fields stay: it may have them at the next start.
void note_unknown_logins(const Json& definition, const stand_ins::StandIns& host,
                         const Place& place, Reading& reading) {
    const auto containers = definition.find("containerDefinitions");
    if (containers == definition.end() || !containers->is_array())
        return;
    for (std::size_t i = 0; i < containers->size(); ++i) {
        const auto parameter = credentials_parameter((*containers)[i]);
        const auto names = stand_ins::read_secret_reference(parameter).names;
        if (parameter.empty() || stand_ins::find_secret(host.secrets, names) != nullptr)
            continue;
        const auto field =
            join(join(join(place, "containerDefinitions"), i), "repositoryCredentials");
        const auto left = leave_out(field, Unsupported::notice,
                                    "the host file's secrets do not say where it is, so that the "
                                    "host's own logins serve");
        if (!left)
            reading.findings.note_fault(left.error());
    }
}

/// Puts what this host and the overrides say into the document; what of the latter cannot be put there is returned.
std::vector<Error> put_in_place(Json& document, const std::string& file,
                                const Surroundings& surroundings, Reading& reading,
                                std::vector<Replacement>& replaced) {
    const bool described = document.is_object() && document.contains("taskDefinition");
    auto& definition = described ? document["taskDefinition"] : document;
    Place root;
    root.reading = &reading;
    const auto place = described ? join(root, "taskDefinition") : root;
    if (surroundings.host != nullptr)
        adapt(definition, *surroundings.host, place, replaced);
    std::vector<Error> unfitting;
    if (surroundings.overrides != nullptr)
        unfitting = merge(*surroundings.overrides, definition, file, place, replaced);
    if (surroundings.host != nullptr)
        note_unknown_logins(definition, *surroundings.host, place, reading);
    return unfitting;
}

/// Hands them to who asks for them, else to the findings with the file that has them.
void note_unfitting(std::vector<Error> unfitting, const Surroundings& surroundings,
                    Findings& findings) {
    if (surroundings.unfitting == nullptr)
        for (const auto& fault : unfitting)
            findings.note_fault(Error(fault) + surroundings.overrides->file);
    else
        *surroundings.unfitting = std::move(unfitting);
}

/// The first fault with the file that has it, or with both where what does not fit together is theirs. Nothing
/// where there is none.
std::optional<Error> first_fault(const std::optional<Error>& unfitting, const Findings& findings,
                                 const std::string& file, const Surroundings& surroundings) {
    if (findings.faults.empty())
        return unfitting;
    const auto& first = findings.faults.front();
    if (unfitting && first.what() == unfitting->what())
        return first;
    const auto* overrides = surroundings.overrides;
    return Error(first) + (overrides == nullptr ? file : file + " with " + overrides->file);
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
    Unshown unshown;
    if (auto filled = fill_in_place_holders(*document, surroundings, replaced, unshown); !filled)
        return std::move(filled).error() + file;
    const auto given = [&](std::string_view name) { return given_value(surroundings, name); };
    auto& findings = reading.findings;
    document = bring_to_ecs_form(std::move(*document), file, here, given, reading, lines, replaced);
    conceal(findings, unshown, 0);
    if (!document)
        return conceal(document.error(), unshown) + file;
    auto unfitting = put_in_place(*document, file, surroundings, reading, replaced);
    const auto first_unfitting =
        unfitting.empty() ? std::nullopt
                          : std::optional(unfitting.front() + surroundings.overrides->file);
    note_unfitting(std::move(unfitting), surroundings, findings);
    if (surroundings.replaced != nullptr)
        *surroundings.replaced = std::move(replaced);
    const auto found_before = findings.faults.size();
    auto task = read_document(*document, &reading);
    if (!task)
        findings.note_fault(task.error());
    conceal(findings, unshown, found_before);
    if (auto fault = first_fault(first_unfitting, findings, file, surroundings))
        return std::move(*fault);
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

std::size_t line_of(const Lines& lines, std::string_view field) {
    while (!field.empty()) {
        if (const auto line = lines.find(std::string(field)); line != lines.end())
            return line->second;
        const auto end = field.find_last_of(".[");
        field = field.substr(0, end == std::string_view::npos ? 0 : end);
    }
    return 0;
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
