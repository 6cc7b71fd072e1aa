#include "agent/definition/fields.hpp"

#include "agent/definition/document_builder.hpp"

#include <algorithm>
#include <filesystem>

namespace agent::definition {

using base::Errc;
using base::Error;

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_word(char c) {
    return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

std::string quoted(const Json& value) {
    switch (value.type()) {
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "a list";
    case Json::value_t::null: return "null";
    default: return shorten(value.dump(-1, ' ', false, Json::error_handler_t::replace), 80);
    }
}

/// "[a-z0-9]+" joined by '.', '_' or '-': one part of an image's name.
bool is_name_part(std::string_view part) {
    const auto alphanumeric = [](char c) { return is_lower(c) || is_digit(c); };
    return !part.empty() && alphanumeric(part.front()) && alphanumeric(part.back()) &&
           std::ranges::all_of(
               part, [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

/// The first part of a name is a registry when it looks like a host: a dot, a port, or localhost.
bool is_registry(std::string_view part) {
    if (part != "localhost" && part.find_first_of(".:") == std::string_view::npos)
        return false;
    const auto colon = part.rfind(':');
    const auto host = part.substr(0, colon);
    const auto port = colon == std::string_view::npos ? "0" : part.substr(colon + 1);
    return !host.empty() && !port.empty() && std::ranges::all_of(port, is_digit) &&
           std::ranges::all_of(
               host, [](char c) { return (is_word(c) && c != '_') || c == '.' || c == '-'; });
}

/// What is wrong with an image reference, or nothing.
std::string_view image_fault(std::string_view name) {
    if (const auto at = name.find('@'); at != std::string_view::npos) {
        const auto digest = name.substr(at + 1);
        const auto colon = digest.find(':');
        const auto hex = colon == std::string_view::npos ? "" : digest.substr(colon + 1);
        if (colon == 0 || hex.size() < 32 ||
            !std::ranges::all_of(hex, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }))
            return "after '@' a digest such as sha256:<64 hexadecimal digits> is needed";
        name = name.substr(0, at);
    }
    const auto colon = name.rfind(':');
    if (const auto slash = name.rfind('/');
        colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
        const auto tag = name.substr(colon + 1);
        if (tag.empty() || tag.size() > 128 || !is_word(tag.front()) ||
            !std::ranges::all_of(tag, [](char c) { return is_word(c) || c == '.' || c == '-'; }))
            return "after ':' a tag of letters, digits, '_', '.' and '-' is needed";
        name = name.substr(0, colon);
    }
    for (bool first = true;; first = false) {
        const auto slash = name.find('/');
        const auto part = name.substr(0, slash);
        const bool last = slash == std::string_view::npos;
        if (!is_name_part(part) && !(first && !last && is_registry(part)))
            return "not an image reference such as nginx:1.25 or registry.example:5000/team/app:1 "
                   "(names are in lower case)";
        if (last)
            return {};
        name.remove_prefix(slash + 1);
    }
}

} // namespace

Error refuse(const std::string& path, std::string_view reason) {
    return {Errc::invalid_argument, path + ": " + std::string(reason)};
}

Error expected(const std::string& path, std::string_view what, const Json& got) {
    // Values of the environment may be secrets, and the reason is logged.
    const bool may_be_secret = path.find("environment") != std::string::npos;
    const bool hidden = may_be_secret && got.is_primitive() && !got.is_null();
    const auto seen = hidden ? std::string("a ") + got.type_name() : quoted(got);
    const auto reason = "expected " + std::string(what) + ", got " + seen;
    return path.empty() ? Error(Errc::invalid_argument, reason) : refuse(path, reason);
}

Error not_yet(const std::string& path) {
    return {Errc::unsupported, path + ": not supported yet"};
}

std::string join(const std::string& path, std::string_view field) {
    return path + (path.empty() ? "" : ".") + shorten(field, 64);
}

std::string join(const std::string& path, std::size_t index) {
    return path + '[' + std::to_string(index) + ']';
}

base::Result<std::string> read_text(const Json& value, const std::string& path) {
    if (!value.is_string())
        return expected(
            path, value.is_number() || value.is_boolean() ? "a string (quote it)" : "a string",
            value);
    const auto& text = value.get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos)
        return refuse(path, "must not contain a NUL character");
    return text;
}

base::Result<bool> read_flag(const Json& value, const std::string& path) {
    if (!value.is_boolean())
        return expected(path, "true or false", value);
    return value.get<bool>();
}

base::Result<std::int64_t> read_integer(const Json& value, const std::string& path,
                                        std::int64_t least, std::int64_t greatest) {
    const auto range =
        "an integer from " + std::to_string(least) + " to " + std::to_string(greatest);
    if (!value.is_number_integer())
        return expected(path, range, value);
    const bool above_signed =
        value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
    if (above_signed || value.get<std::int64_t>() < least || value.get<std::int64_t>() > greatest)
        return expected(path, range, value);
    return value.get<std::int64_t>();
}

base::Result<std::string> read_name(const Json& value, const std::string& path) {
    TRY(std::string name, read_text(value, path));
    if (name.empty() || name.size() > 255 ||
        !std::ranges::all_of(name, [](char c) { return is_word(c) || c == '-'; }))
        return expected(path, "1 to 255 letters, digits, '-' and '_'", value);
    return name;
}

base::Result<std::string> read_bind_path(const Json& value, const std::string& path,
                                         bool root_allowed) {
    TRY(std::string place, read_text(value, path));
    if (!place.starts_with('/'))
        return expected(path, "an absolute path", value);
    if (place.find(':') != std::string::npos)
        return refuse(path, "must not contain ':', which Docker's bind syntax separates by");
    if (!root_allowed && std::filesystem::path(place).lexically_normal() == "/")
        return refuse(path, "must not be the container's root");
    return place;
}

base::Result<std::string> read_image(const Json& value, const std::string& path) {
    TRY(std::string image, read_text(value, path));
    if (image.empty())
        return refuse(path, "must not be empty");
    if (image.size() > 512)
        return refuse(path, "longer than 512 characters");
    if (const auto fault = image_fault(image); !fault.empty())
        return refuse(path, std::string(fault) + ", got " + quoted(value));
    return image;
}

bool is_empty(const Json& value) {
    return value.empty() || value == "" || value == false;
}

} // namespace agent::definition
