#include "agent/tables/values.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <filesystem>

namespace agent::tables {

using base::Result;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_empty(const Json& value) {
    return value.empty() || value == "" || value == false;
}

bool is_remark(std::string_view name) {
    return name == "$schema" || name.starts_with('_') || name.starts_with("//");
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (text.empty() || text.front() == '-' || stop != end || failure != std::errc{})
        return std::nullopt;
    return number;
}

namespace {

/// "-80" of a text that is a whole number and nothing else.
std::optional<std::int64_t> number_in_text(const Json& value) {
    if (!value.is_string())
        return std::nullopt;
    std::string_view text = value.get_ref<const std::string&>();
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative ? 1 : 0);
    const auto number = whole_number(text);
    return negative && number ? -*number : number;
}

} // namespace

std::string one_of(std::span<const std::string_view> words) {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            list += i + 1 == words.size() ? " or " : ", ";
        list += '"' + std::string(words[i]) + '"';
    }
    return list;
}

Result<std::string> read_text(const Json& value, const Place& place) {
    const bool is_scalar = value.is_number() || value.is_boolean();
    if (is_scalar && place.reading && place.reading->scalars_are_texts)
        return value.dump();
    if (!value.is_string())
        return expected(place, is_scalar ? "a string (quote it)" : "a string", value);
    const auto& text = value.get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos)
        return refuse(place, "must not contain a NUL character");
    return text;
}

Result<std::string> read_some_text(const Json& value, const Place& place) {
    TRY(std::string text, read_text(value, place));
    if (text.empty())
        return refuse(place, "must not be empty");
    return text;
}

Result<std::vector<std::string>> read_texts(const Json& value, const Place& place) {
    return read_each<read_text>(value, place);
}

Result<std::map<std::string, std::string>> read_text_map(const Json& value, const Place& place) {
    if (!value.is_object())
        return expected(place, "an object", value);
    std::map<std::string, std::string> texts;
    for (const auto& [name, text] : value.items()) {
        if (name.empty() || name.find('\0') != std::string::npos)
            return refuse(place, "a name must not be empty or contain a NUL character");
        TRY(texts[name], read_text(text, join(place, name)));
    }
    return texts;
}

Result<std::vector<std::pair<std::string, std::string>>> read_text_pairs(const Json& value,
                                                                         const Place& place) {
    const auto read = [](const Json& member, const Place& where) -> Result<std::string> {
        return member.is_number() ? Result<std::string>(member.dump()) : read_text(member, where);
    };
    std::vector<std::pair<std::string, std::string>> pairs;
    TRY(read_members(value, place, pairs, read));
    for (const auto& [name, text] : pairs)
        if (name.empty() || name.find('\0') != std::string::npos)
            return refuse(place, "a name must not be empty or contain a NUL character");
    return pairs;
}

Result<bool> read_flag(const Json& value, const Place& place) {
    if (is_lenient(place) && (value == "true" || value == "false")) {
        note(place, "true or false written as text");
        return value == "true";
    }
    if (!value.is_boolean())
        return expected(place, "true or false", value);
    return value.get<bool>();
}

Result<std::int64_t> read_integer(const Json& value, const Place& place, std::int64_t least,
                                  std::int64_t greatest) {
    if (const auto number = number_in_text(value); number && is_lenient(place)) {
        TRY(const auto integer, read_integer(Json(*number), place, least, greatest));
        note(place, "a number written as text");
        return integer;
    }
    const auto range =
        "an integer from " + std::to_string(least) + " to " + std::to_string(greatest);
    if (!value.is_number_integer())
        return expected(place, range, value);
    const bool above_signed =
        value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
    if (above_signed || value.get<std::int64_t>() < least || value.get<std::int64_t>() > greatest)
        return expected(place, range, value);
    return value.get<std::int64_t>();
}

Result<std::string> read_name(const Json& value, const Place& place) {
    TRY(std::string name, read_text(value, place));
    if (name.empty() || name.size() > 255 ||
        !std::ranges::all_of(name, [](char c) { return is_word(c) || c == '-'; }))
        return expected(place, "1 to 255 letters, digits, '-' and '_'", value);
    return name;
}

Result<std::string> read_absolute_path(const Json& value, const Place& place) {
    TRY(std::string path, read_text(value, place));
    if (!path.starts_with('/'))
        return expected(place, "an absolute path", value);
    return path;
}

Result<std::vector<std::string>> read_program(const Json& value, const Place& place) {
    TRY(auto words, read_texts(value, place));
    if (words.empty() || !words.front().starts_with('/'))
        return expected(place, "a list: a program's absolute path, then its arguments", value);
    return words;
}

Result<std::string> read_driver_name(const Json& value, const Place& place, std::string_view what) {
    TRY(std::string driver, read_text(value, place));
    const auto allowed = [](char c) {
        return is_word(c) || std::string_view("./:-").find(c) != std::string_view::npos;
    };
    if (driver.empty() || driver.size() > 255 || !std::ranges::all_of(driver, allowed))
        return expected(place, what, value);
    return driver;
}

Result<std::string> read_ip_address(const Json& value, const Place& place) {
    TRY(std::string text, read_text(value, place));
    boost::system::error_code failure;
    boost::asio::ip::make_address(text, failure);
    // One with a zone is of one host only.
    if (failure || text.find('%') != std::string::npos)
        return expected(place, "an IP address", value);
    return text;
}

} // namespace agent::tables
