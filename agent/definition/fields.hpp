#pragma once
// How fields of a task definition are read: a table per ECS object says which fields are honoured,
// known but not honoured yet, or only printed by ECS. Every refusal begins with the field's path.
// Private to agent/definition. Pure; any thread.

#include "agent/definition/task_definition.hpp"
#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::definition {

using Json = nlohmann::ordered_json;

base::Error refuse(const std::string& path, std::string_view reason);
/// "<path>: expected <what>, got <value, shortened>".
base::Error expected(const std::string& path, std::string_view what, const Json& got);
/// "<path>: not supported yet".
base::Error not_yet(const std::string& path);
/// "a.b", or "b" at the top.
std::string join(const std::string& path, std::string_view field);
std::string join(const std::string& path, std::size_t index);

/// A string without NUL.
base::Result<std::string> read_text(const Json& value, const std::string& path);
base::Result<bool> read_flag(const Json& value, const std::string& path);
base::Result<std::int64_t> read_integer(const Json& value, const std::string& path,
                                        std::int64_t least, std::int64_t greatest);
/// 1 to 255 letters, digits, '-' and '_'.
base::Result<std::string> read_name(const Json& value, const std::string& path);
/// A path that Docker can bind: absolute, without ':', not "/" when `root_allowed` is false.
base::Result<std::string> read_bind_path(const Json& value, const std::string& path,
                                         bool root_allowed);
/// A reference as Docker takes it: [registry[:port]/]name[:tag][@digest].
base::Result<std::string> read_image(const Json& value, const std::string& path);

/// How ECS prints a field that was not set: null, "", [], {} or false.
bool is_empty(const Json& value);

enum class Support { required, optional, not_yet, printed_only };

template <class T>
struct FieldRow {
    std::string_view name;
    Support support = Support::not_yet;
    base::Result<> (*read)(const Json& value, const std::string& path, T& into) = nullptr;
};

/// Reads an object by its table, in document order, then asks for the required fields.
template <class T>
base::Result<> read_object(const Json& value, const std::string& path,
                           std::span<const FieldRow<T>> rows, T& into) {
    if (!value.is_object())
        return expected(path, "an object", value);
    for (const auto& [name, field] : value.items()) {
        const auto row = std::ranges::find(rows, name, &FieldRow<T>::name);
        const auto field_path = join(path, name);
        if (row == rows.end())
            return refuse(field_path, "unknown field");
        if (row->support == Support::not_yet && !is_empty(field))
            return not_yet(field_path);
        if (row->read && !field.is_null())
            TRY(row->read(field, field_path, into));
    }
    for (const auto& row : rows)
        if (row.support == Support::required &&
            (!value.contains(row.name) || value[std::string(row.name)].is_null()))
            return refuse(join(path, row.name), "required");
    return {};
}

/// Reads each element of a list with `read(element, path) -> Result<Element>`.
template <class Element, class Read>
base::Result<> read_list(const Json& value, const std::string& path, std::vector<Element>& into,
                         Read read) {
    if (!value.is_array())
        return expected(path, "a list", value);
    for (const auto& element : value) {
        TRY(Element item, read(element, join(path, into.size())));
        into.push_back(std::move(item));
    }
    return {};
}

/// Fills a definition from the document by the tables; `path` is the object's own ("" or
/// "taskDefinition").
base::Result<> read_task_definition(const Json& value, const std::string& path,
                                    TaskDefinition& into);
base::Result<> read_tags(const Json& value, const std::string& path, TaskDefinition& into);

/// The rules between fields; also sets host ports that follow from the network mode.
base::Result<> apply_rules(TaskDefinition& task, const std::string& path);

} // namespace agent::definition
