#include "agent/definition/overrides.hpp"

#include "agent/definition/tables.hpp"
#include "agent/tables/document.hpp"

#include <algorithm>
#include <array>

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::array<std::string_view, 5> task_fields{"cpu", "memory", "taskRoleArn",
                                                      "executionRoleArn", "ephemeralStorage"};
constexpr std::array<std::string_view, 11> container_fields{"name",
                                                            "image",
                                                            "command",
                                                            "environment",
                                                            "environmentFiles",
                                                            "cpu",
                                                            "memory",
                                                            "memoryReservation",
                                                            "resourceRequirements",
                                                            "portMappings",
                                                            "logConfiguration"};

/// AWS prints it of any task. What it changes, a definition cannot have here.
constexpr std::string_view accelerator_overrides = "inferenceAcceleratorOverrides";
/// Of a place holder and of its value, as in the host file.
constexpr std::size_t longest_filling = 4096;

/// Those rows of a table that may be overridden; none but the name is needed.
template <class T, std::size_t Count>
std::vector<FieldRow<T>> rows_of(const Table<T>& table,
                                 const std::array<std::string_view, Count>& fields) {
    std::vector<FieldRow<T>> rows;
    for (auto row : table.rows)
        if (std::ranges::find(fields, row.name) != fields.end()) {
            if (row.support == Support::required && row.name != "name")
                row.support = Support::honoured;
            rows.push_back(row);
        }
    return rows;
}

Table<ContainerDefinition> container_overrides_table() {
    static const auto rows = rows_of(container_table(), container_fields);
    return {rows};
}

Result<> check_containers_of_overrides(const Json& value, const Place& place,
                                       TaskDefinition& /*into*/) {
    std::vector<ContainerDefinition> containers;
    return read_list(value, place, containers,
                     [&](const Json& element, const Place& where) -> Result<ContainerDefinition> {
                         ContainerDefinition container;
                         TRY(read_object(element, where, container_overrides_table(), container));
                         if (std::ranges::find(containers, container.name,
                                               &ContainerDefinition::name) != containers.end())
                             return refuse(join(where, "name"),
                                           "a second container \"" + container.name + '"');
                         return container;
                     });
}

Result<> check_values(const Json& value, const Place& place, TaskDefinition& /*into*/) {
    TRY(const auto pairs, read_text_pairs(value, place));
    Parts parts(place);
    for (const auto& [holder, text] : pairs)
        if (holder.size() > longest_filling || text.size() > longest_filling)
            if (!parts.add(refuse(join(place, holder),
                                  "at most " + std::to_string(longest_filling) + " bytes")))
                break;
    return parts.result();
}

Table<TaskDefinition> overrides_table() {
    static const auto rows = [] {
        auto some = rows_of(task_table(), task_fields);
        some.push_back({"containerOverrides", Support::honoured, check_containers_of_overrides});
        some.push_back({"values", Support::honoured, check_values});
        some.push_back(passed_over<TaskDefinition>(accelerator_overrides));
        return some;
    }();
    return {rows};
}

/// What somebody wrote for this host says exactly what it is to say: nothing of it is left out.
Result<> check_overrides(const Json& document, Findings& findings) {
    Reading reading;
    reading.is_lenient = false;
    reading.unsupported = {{"*", Unsupported::refuse}};
    Place place;
    place.reading = &reading;
    TaskDefinition checked;
    const auto taken = read_object(document, place, overrides_table(), checked);
    findings.faults = std::move(reading.findings.faults);
    if (!taken)
        findings.note_fault(taken.error());
    return taken;
}

/// The container of this name; null where there is none.
Json* find_container(Json& definition, const Json& name) {
    const auto list = definition.find("containerDefinitions");
    if (list == definition.end() || !list->is_array())
        return nullptr;
    const auto found = std::ranges::find_if(*list, [&](const Json& container) {
        return container.is_object() && container.contains("name") && container["name"] == name;
    });
    return found == list->end() ? nullptr : &*found;
}

/// Takes out of a list of objects with names those with this one.
void remove_named(Json& object, const char* list, const Json& name) {
    const auto found = object.find(list);
    if (found == object.end() || !found->is_array())
        return;
    auto kept = Json::array();
    for (auto& element : *found)
        if (!element.is_object() || !element.contains("name") || element["name"] != name)
            kept.push_back(std::move(element));
    *found = std::move(kept);
}

/// A variable takes the place of one of the same name, also of one that would be a secret.
void merge_environment(Json& container, const Json& variables) {
    for (const auto& variable : variables) {
        remove_named(container, "environment", variable["name"]);
        remove_named(container, "secrets", variable["name"]);
        auto& environment = container["environment"];
        if (!environment.is_array())
            environment = Json::array();
        environment.push_back(variable);
    }
}

constexpr std::string_view told_as_nothing = "nothing";

/// What is told of a field that is overridden. Both are "" where a secret may be in them.
struct Told {
    std::string before;
    std::string now;
};

/// Numbers and texts of fields in which no secret is.
constexpr std::array<std::string_view, 6> told_fields{
    "image", "cpu", "memory", "memoryReservation", "taskRoleArn", "executionRoleArn"};

/// The member; null where there is none.
const Json* member_of(const Json& object, std::string_view name) {
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

std::string told_value(const Json* value) {
    if (value != nullptr && value->is_number())
        return value->dump();
    const bool is_some_text =
        value != nullptr && value->is_string() && !value->get_ref<const std::string&>().empty();
    return is_some_text ? value->get<std::string>() : std::string(told_as_nothing);
}

std::string told_log_driver(const Json* configuration) {
    if (configuration == nullptr)
        return std::string(told_as_nothing);
    const auto* options = member_of(*configuration, "options");
    const bool has_options = options != nullptr && !is_empty(*options);
    return told_value(member_of(*configuration, "logDriver")) +
           (has_options ? " with options" : "");
}

/// Whether a list of objects with names has one with this name.
bool has_named(const Json& object, std::string_view list, const Json& name) {
    const auto* elements = member_of(object, list);
    if (elements == nullptr || !elements->is_array())
        return false;
    return std::ranges::any_of(*elements, [&](const Json& element) {
        const auto* own = member_of(element, "name");
        return own != nullptr && *own == name;
    });
}

void add_word(std::string& words, const std::string& word) {
    words += (words.empty() ? "" : ", ") + word;
}

/// The names of the variables, and of what they take the place of.
Told told_variables(const Json& container, const Json& variables) {
    Told told;
    for (const auto& variable : variables) {
        const auto& name = variable["name"];
        add_word(told.now, name.get<std::string>());
        if (has_named(container, "environment", name))
            add_word(told.before, name.get<std::string>());
        if (has_named(container, "secrets", name))
            add_word(told.before, "the secret " + name.get<std::string>());
    }
    if (told.before.empty())
        told.before = told_as_nothing;
    return told;
}

Told told_of(const Json& object, const std::string& field, const Json& value) {
    const auto* before = member_of(object, field);
    if (field == "environment")
        return told_variables(object, value);
    if (field == "logConfiguration")
        return {told_log_driver(before), told_log_driver(&value)};
    if (std::ranges::find(told_fields, field) != told_fields.end())
        return {told_value(before), told_value(&value)};
    return {};
}

/// Puts overrides into a definition, and tells what they have changed.
class Merger {
public:
    Merger(const Overrides& overrides, std::vector<Replacement>& replaced)
        : overrides_(overrides), replaced_(replaced) {}

    void merge_field(Json& definition, const std::string& field, const Json& value,
                     const Place& place) {
        tell(join(place, field), join(Place{}, field), told_of(definition, field, value));
        definition[field] = value;
    }

    /// `said` is the place of the overrides, `place` the container's.
    void merge_container(Json& container, const Json& overrides, const Place& place,
                         const Place& said) {
        for (const auto& [field, value] : overrides.items()) {
            if (field == "name" || value.is_null())
                continue;
            const bool is_environment = field == "environment";
            if (is_environment && value.empty())
                continue;
            tell(join(place, field), join(said, field), told_of(container, field, value));
            if (is_environment)
                merge_environment(container, value);
            else
                container[field] = value;
            // The login is for the registry of what it was.
            if (field == "image")
                container.erase("repositoryCredentials");
        }
    }

private:
    void tell(const Place& field, const Place& said, Told told) {
        const auto line = line_of(overrides_.lines, said.path);
        replaced_.push_back(
            {field.path, std::move(told.before), std::move(told.now),
             line == 0 ? overrides_.file : overrides_.file + ':' + std::to_string(line)});
    }

    const Overrides& overrides_;
    std::vector<Replacement>& replaced_;
};

stand_ins::Section<std::string>
values_of(const std::vector<std::pair<std::string, std::string>>& pairs, const Lines& lines) {
    const auto place = join(Place{}, "values");
    stand_ins::Section<std::string> values;
    for (const auto& [holder, value] : pairs)
        values.push_back(
            {holder, value, static_cast<int>(line_of(lines, join(place, holder).path))});
    return values;
}

} // namespace

Result<Overrides> parse_overrides(std::string_view text, Format format, const std::string& file,
                                  Findings* findings, Lines* lines) {
    Overrides overrides;
    overrides.file = file;
    Findings found;
    const auto read = [&]() -> Result<> {
        if (text.size() > max_definition_bytes)
            return Error(Errc::too_large,
                         "larger than " + std::to_string(max_definition_bytes) + " bytes");
        auto& document = overrides.document;
        TRY(document, format == Format::json
                          ? read_json(text, &overrides.lines)
                          : read_yaml(text, PlainScalars::typed, Tags::refused, &overrides.lines));
        // A file of comments overrides nothing.
        if (document.is_null())
            document = Json::object();
        TRY(check_overrides(document, found));
        if (const auto* values = member_of(document, "values");
            values != nullptr && !values->is_null()) {
            TRY(const auto pairs, read_text_pairs(*values, Place{}));
            overrides.values = values_of(pairs, overrides.lines);
        }
        return {};
    };
    const auto done = read();
    if (!done && found.faults.empty())
        found.note_fault(done.error());
    if (findings != nullptr)
        *findings = std::move(found);
    if (lines != nullptr)
        *lines = overrides.lines;
    if (done)
        return overrides;
    return Error(done.error()) + file;
}

std::vector<Error> merge(const Overrides& overrides, Json& definition,
                         const std::string& definition_file, const Place& place,
                         std::vector<Replacement>& replaced) {
    std::vector<Error> faults;
    if (!definition.is_object())
        return faults;
    Merger merger(overrides, replaced);
    for (const auto& [field, value] : overrides.document.items()) {
        const bool is_of_task = std::ranges::find(task_fields, field) != task_fields.end();
        if (is_of_task && !value.is_null()) {
            merger.merge_field(definition, field, value, place);
        } else if (field == accelerator_overrides && !is_empty(value)) {
            Place said;
            said.path = field;
            said.reading = place.reading;
            note(said, "without effect here, in " + overrides.file +
                           "; this agent hands out no accelerators");
        }
    }
    const auto* containers = member_of(overrides.document, "containerOverrides");
    if (containers == nullptr || containers->is_null())
        return faults;
    for (std::size_t i = 0; i < containers->size(); ++i) {
        const auto& container = (*containers)[i];
        const auto said = join(join(Place{}, "containerOverrides"), i);
        const auto& name = container["name"];
        auto* found = find_container(definition, name);
        if (found == nullptr) {
            faults.push_back(refuse(join(said, "name"), "no container " +
                                                            in_quotes(name.get<std::string>()) +
                                                            " in " + definition_file));
            continue;
        }
        const auto index =
            static_cast<std::size_t>(found - &definition["containerDefinitions"].front());
        merger.merge_container(*found, container, join(join(place, "containerDefinitions"), index),
                               said);
    }
    return faults;
}

} // namespace agent::definition
