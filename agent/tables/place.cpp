#include "agent/tables/place.hpp"

#include "agent/tables/document_builder.hpp"
#include "agent/tables/unsupported_fields.hpp"

namespace agent::tables {

using base::Errc;
using base::Error;

namespace {

std::string shown(const Json& value) {
    switch (value.type()) {
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "a list";
    case Json::value_t::null: return "null";
    default: return shorten(value.dump(-1, ' ', false, Json::error_handler_t::replace), 80);
    }
}

/// "taskDefinition.containerDefinitions[3].image" as "containerDefinitions[].image".
std::string field_of(std::string_view path) {
    constexpr std::string_view wrapper = "taskDefinition.";
    if (path.starts_with(wrapper))
        path.remove_prefix(wrapper.size());
    std::string field;
    for (bool in_number = false; const char letter : path) {
        in_number = in_number && letter != ']';
        if (!in_number)
            field += letter;
        in_number = in_number || letter == '[';
    }
    return field;
}

Unsupported decided(const Place& place, Unsupported usual) {
    const auto field = field_of(place.path);
    for (const auto& [pattern, unsupported] : place.reading->unsupported)
        if (describes(pattern, field))
            return unsupported;
    return usual;
}

} // namespace

Place join(const Place& place, std::string_view field) {
    Place inner = place;
    inner.path += (place.path.empty() ? "" : ".") + shorten(field, 64);
    return inner;
}

Place join(const Place& place, std::size_t index) {
    Place inner = place;
    inner.path += '[' + std::to_string(index) + ']';
    return inner;
}

bool is_lenient(const Place& place) {
    return place.reading != nullptr && place.reading->is_lenient;
}

Error refuse(const Place& place, std::string_view reason) {
    const auto prefix = place.path.empty() ? std::string() : place.path + ": ";
    return {Errc::invalid_argument, prefix + std::string(reason)};
}

Error expected(const Place& place, std::string_view what, const Json& got) {
    const bool hidden = place.secret && got.is_primitive() && !got.is_null();
    const auto seen = hidden ? std::string("a ") + got.type_name() : shown(got);
    return refuse(place, "expected " + std::string(what) + ", got " + seen);
}

Error unsupported(const Place& place, std::string_view instead) {
    return {Errc::unsupported, place.path + ": not supported; " + std::string(instead)};
}

base::Result<> leave_out(const Place& place, Unsupported usual, std::string_view instead) {
    if (!place.reading || decided(place, usual) == Unsupported::refuse)
        return unsupported(place, instead);
    note(place, "not supported here and left out; " + std::string(instead));
    return {};
}

void note(const Place& place, std::string_view what) {
    if (place.reading)
        place.reading->findings.note(what, place.path);
}

std::string in_quotes(std::string_view text) {
    return shown(Json(std::string(text)));
}

} // namespace agent::tables
