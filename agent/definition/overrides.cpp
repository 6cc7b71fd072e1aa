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
    for (const auto& [holder, text] : pairs)
        if (holder.size() > longest_filling || text.size() > longest_filling)
            return refuse(join(place, holder),
                          "at most " + std::to_string(longest_filling) + " bytes");
    return {};
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

void merge_container(Json& container, const Json& overrides) {
    for (const auto& [field, value] : overrides.items()) {
        if (value.is_null())
            continue;
        if (field == "environment")
            merge_environment(container, value);
        else
            container[field] = value;
        // The login is for the registry of what it was.
        if (field == "image")
            container.erase("repositoryCredentials");
    }
}

} // namespace

Result<Overrides> parse_overrides(std::string_view text, Format format, const std::string& file) {
    const auto read = [&]() -> Result<Overrides> {
        if (text.size() > max_definition_bytes)
            return Error(Errc::too_large,
                         "larger than " + std::to_string(max_definition_bytes) + " bytes");
        TRY(auto document,
            format == Format::json ? read_json(text) : read_yaml(text, PlainScalars::typed));
        // A file of comments overrides nothing.
        if (document.is_null())
            document = Json::object();
        TaskDefinition checked;
        TRY(read_object(document, Place{}, overrides_table(), checked));
        Overrides overrides;
        overrides.file = file;
        if (const auto values = document.find("values");
            values != document.end() && !values->is_null()) {
            TRY(auto pairs, read_text_pairs(*values, Place{}));
            for (auto& [holder, value] : pairs)
                overrides.values.push_back({std::move(holder), std::move(value)});
        }
        overrides.document = std::move(document);
        return overrides;
    };
    auto overrides = read();
    if (!overrides)
        return std::move(overrides).error() + file;
    return overrides;
}

Result<> merge(const Overrides& overrides, Json& definition, const std::string& definition_file,
               const Place& place, std::vector<Replacement>& replaced) {
    if (!definition.is_object())
        return {};
    const auto add = [&](const Place& field) {
        replaced.push_back({field.path, "", "", overrides.file});
    };
    for (const auto& [field, value] : overrides.document.items()) {
        const bool is_of_task = std::ranges::find(task_fields, field) != task_fields.end();
        if (is_of_task && !value.is_null()) {
            definition[field] = value;
            add(join(place, field));
        } else if (field == accelerator_overrides && !is_empty(value)) {
            Place said;
            said.path = field;
            said.reading = place.reading;
            note(said, "without effect here, in " + overrides.file +
                           "; this agent hands out no accelerators");
        }
    }
    const auto containers = overrides.document.find("containerOverrides");
    if (containers == overrides.document.end() || containers->is_null())
        return {};
    std::size_t index = 0;
    for (const auto& container : *containers) {
        const auto& name = container["name"];
        auto* found = find_container(definition, name);
        if (found == nullptr)
            return Error(Errc::invalid_argument,
                         overrides.file + ": containerOverrides[" + std::to_string(index) +
                             "].name: no container " + in_quotes(name.get<std::string>()) + " in " +
                             definition_file);
        merge_container(*found, container);
        const auto where =
            join(join(place, "containerDefinitions"),
                 static_cast<std::size_t>(found - &definition["containerDefinitions"].front()));
        for (const auto& [field, value] : container.items())
            if (field != "name" && !value.is_null())
                add(join(where, field));
        ++index;
    }
    return {};
}

} // namespace agent::definition
