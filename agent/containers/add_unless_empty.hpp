#pragma once
// For the bodies that are sent to Docker: what is not said is not sent.

namespace agent::containers {

/// Sets a field of a JSON object, unless the text, list or map is empty.
template <class Json, class Value>
void add_unless_empty(Json& object, const char* key, const Value& value) {
    if (!value.empty())
        object[key] = value;
}

} // namespace agent::containers
