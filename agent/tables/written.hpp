#pragma once
// Values as the canonical form of a document has them. Pure; any thread.

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <type_traits>

namespace agent::tables {

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

inline nlohmann::ordered_json written(const std::map<std::string, std::string>& texts) {
    auto object = nlohmann::ordered_json::object();
    for (const auto& [name, text] : texts)
        object[name] = text;
    return object;
}

} // namespace agent::tables
