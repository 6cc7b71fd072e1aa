#include "agent/containers/go_struct.hpp"

#include <algorithm>

namespace agent::containers {

using base::Errc;
using base::Error;
using base::Result;

namespace {

using ValueKind = WrittenValue::Kind;

char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

Error wrong_kind(std::string_view field, std::string_view expected) {
    return {Errc::invalid_argument, std::string(field) + ": expected " + std::string(expected)};
}

} // namespace

bool is_go_key(std::string_view key, std::string_view field) {
    constexpr std::string_view long_s = "\xC5\xBF";
    constexpr std::string_view kelvin = "\xE2\x84\xAA";
    for (const char wanted : field) {
        const char letter = lower_case(wanted);
        if (letter == 's' && key.starts_with(long_s))
            key.remove_prefix(long_s.size());
        else if (letter == 'k' && key.starts_with(kelvin))
            key.remove_prefix(kelvin.size());
        else if (!key.empty() && lower_case(key.front()) == letter)
            key.remove_prefix(1);
        else
            return false;
    }
    return key.empty();
}

std::vector<std::string> GoStruct::keys() const {
    std::vector<std::string> all;
    for (const auto* object : objects_)
        for (const auto& member : object->members)
            all.push_back(member.key);
    return all;
}

GoStruct::Values GoStruct::values(std::string_view field) const {
    Values found;
    for (const auto* object : objects_)
        for (const auto& member : object->members)
            if (is_go_key(member.key, field))
                found.push_back(&member.value);
    return found;
}

const WrittenValue* GoStruct::last(std::string_view field) const {
    const auto found = values(field);
    return found.empty() ? nullptr : found.back();
}

Result<std::string> GoStruct::text(std::string_view field) const {
    std::string text;
    for (const auto* value : values(field)) {
        if (value->kind == ValueKind::null)
            continue;
        if (value->kind != ValueKind::string)
            return wrong_kind(field, "a string");
        text = text_of(json_, *value);
    }
    return text;
}

Result<const WrittenValue*> GoStruct::list(std::string_view field) const {
    const WrittenValue* list = nullptr;
    for (const auto* value : values(field)) {
        if (value->kind != ValueKind::null && value->kind != ValueKind::array)
            return wrong_kind(field, "a list");
        list = value->kind == ValueKind::null ? nullptr : value;
    }
    return list;
}

Result<std::vector<std::string>> GoStruct::texts(std::string_view field) const {
    TRY(const auto* list, this->list(field));
    std::vector<std::string> texts;
    if (list == nullptr)
        return texts;
    for (const auto& member : list->members) {
        if (member.value.kind != ValueKind::string)
            return wrong_kind(field, "a list of strings");
        texts.push_back(text_of(json_, member.value));
    }
    return texts;
}

Result<std::vector<GoStruct>> GoStruct::structs(std::string_view field) const {
    const auto all = values(field);
    TRY(const auto* list, this->list(field));
    const auto lists = std::ranges::count_if(
        all, [](const auto* value) { return value->kind == ValueKind::array; });
    if (lists > 1)
        return Error(Errc::invalid_argument, std::string(field) + ": is there twice");
    std::vector<GoStruct> structs;
    if (list == nullptr)
        return structs;
    for (const auto& member : list->members) {
        if (member.value.kind != ValueKind::object)
            return wrong_kind(field, "a list of objects");
        structs.emplace_back(json_, Values{&member.value});
    }
    return structs;
}

Result<GoStruct> GoStruct::pointer(std::string_view field) const {
    Values objects;
    for (const auto* value : values(field)) {
        if (value->kind != ValueKind::null && value->kind != ValueKind::object)
            return wrong_kind(field, "an object");
        if (value->kind == ValueKind::null)
            objects.clear();
        else
            objects.push_back(value);
    }
    return GoStruct(json_, std::move(objects));
}

Result<GoStruct> GoStruct::part(std::string_view field) const {
    Values objects;
    for (const auto* value : values(field)) {
        if (value->kind != ValueKind::null && value->kind != ValueKind::object)
            return wrong_kind(field, "an object");
        if (value->kind == ValueKind::object)
            objects.push_back(value);
    }
    return GoStruct(json_, std::move(objects));
}

Result<std::map<std::string, std::string>> GoStruct::text_map(std::string_view field) const {
    TRY(const auto map, pointer(field));
    std::map<std::string, std::string> texts;
    for (const auto* object : map.objects_)
        for (const auto& [key, value] : object->members) {
            // A null is the empty string here, as Go makes each value of a map anew.
            if (value.kind != ValueKind::string && value.kind != ValueKind::null)
                return wrong_kind(field, "an object of strings");
            texts[key] = value.kind == ValueKind::null ? "" : text_of(json_, value);
        }
    return texts;
}

const WrittenValue* GoStruct::entry(std::string_view key) const {
    const WrittenValue* found = nullptr;
    for (const auto* object : objects_)
        for (const auto& member : object->members)
            if (member.key == key)
                found = &member.value;
    return found;
}

} // namespace agent::containers
