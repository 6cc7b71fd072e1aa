#pragma once
// Values of a task definition as the canonical form has them. Private to agent/definition.

#include "agent/definition/task_definition.hpp"

#include <nlohmann/json.hpp>

#include <type_traits>

namespace agent::definition {

inline nlohmann::ordered_json written(std::chrono::seconds duration) {
    return duration.count();
}

template <class Value>
nlohmann::ordered_json written(const Value& value) {
    if constexpr (std::is_enum_v<Value>)
        return to_string(value);
    else
        return value;
}

template <class Value>
nlohmann::ordered_json written(const std::optional<Value>& value) {
    return value ? written(*value) : nlohmann::ordered_json();
}

inline nlohmann::ordered_json written(const StringMap& texts) {
    auto object = nlohmann::ordered_json::object();
    for (const auto& [name, text] : texts)
        object[name] = text;
    return object;
}

} // namespace agent::definition
