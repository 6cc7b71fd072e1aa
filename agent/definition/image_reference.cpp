// What an image may be called: Docker's own grammar, so that a misspelt name is found before a
// pull.

#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
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
            return "after '@' a digest such as sha256:<64 hexadecimal digits> is "
                   "needed";
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
            return "not an image reference such as nginx:1.25 or "
                   "registry.example:5000/team/app:1 "
                   "(names are in lower case)";
        if (last)
            return {};
        name.remove_prefix(slash + 1);
    }
}

} // namespace

base::Result<std::string> read_image(const Json& value, const Place& place) {
    TRY(std::string image, read_some_text(value, place));
    if (image.size() > 512)
        return refuse(place, "longer than 512 characters");
    if (const auto fault = image_fault(image); !fault.empty())
        return refuse(place, std::string(fault) + ", got " + in_quotes(image));
    return image;
}

} // namespace agent::definition
