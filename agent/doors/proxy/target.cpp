#include "agent/doors/proxy/target.hpp"

#include <algorithm>
#include <optional>

namespace agent::doors::proxy {

namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view digits = "0123456789";

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Nothing where a "%" has no two digits behind it.
std::optional<std::string> unescaped(std::string_view text, bool plus_is_blank) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_blank) {
            plain += ' ';
            continue;
        }
        if (text[at] != '%') {
            plain += text[at];
            continue;
        }
        const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
        if (low < 0)
            return std::nullopt;
        plain += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return plain;
}

/// Path and query: the target itself, or what is behind "scheme://host" of an absolute form. "//x/y" has
/// no host here, as for the engine.
std::string_view path_and_query(std::string_view target) {
    if (target.starts_with('/'))
        return target;
    const auto colon = target.find(':');
    if (colon == target.npos || colon == 0 || letters.find(target[0]) == letters.npos)
        return {};
    for (const char c : target.substr(0, colon))
        if (letters.find(c) == letters.npos && digits.find(c) == digits.npos && c != '+' &&
            c != '-' && c != '.')
            return {};
    auto rest = target.substr(colon + 1);
    if (rest.starts_with("//")) {
        const auto end = rest.find_first_of("/?", 2);
        rest = end == rest.npos ? std::string_view() : rest.substr(end);
    }
    return rest.starts_with('/') ? rest : std::string_view();
}

/// The engine answers any other path with a redirection to its clean form.
bool is_clean(std::string_view path) {
    if (!path.starts_with('/'))
        return false;
    for (std::size_t begin = 1; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto segment = path.substr(begin, end - begin);
        if (segment.empty() || segment == "." || segment == "..")
            return false;
        begin = end + 1;
    }
    return true;
}

/// Takes "/v1.44" off the path, and returns the "1.44". Podman's may go on with letters ("v5.0.0-rc1").
std::string_view take_version(std::string_view& path) {
    constexpr std::string_view others = ".-";
    const auto end = path.find('/', 1);
    if (end == path.npos || end < 3 || path[1] != 'v' || digits.find(path[2]) == digits.npos)
        return {};
    const auto version = path.substr(2, end - 2);
    for (const char c : version)
        if (digits.find(c) == digits.npos && letters.find(c) == letters.npos &&
            others.find(c) == others.npos)
            return {};
    path.remove_prefix(end);
    return version;
}

/// What stands in the path between the two; "" where it is another path, or nothing stands there.
std::string_view between(std::string_view path, std::string_view begin, std::string_view end) {
    if (path.size() <= begin.size() + end.size() || !path.starts_with(begin) ||
        !path.ends_with(end))
        return {};
    return path.substr(begin.size(), path.size() - begin.size() - end.size());
}

bool is_attach(std::string_view path) {
    constexpr std::string_view libpod = "/libpod";
    if (path.starts_with("/libpod/"))
        path.remove_prefix(libpod.size());
    return !between(path, "/containers/", "/attach").empty() ||
           !between(path, "/exec/", "/start").empty();
}

std::string query_name(std::string_view query) {
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        const auto equals = std::min(pair.find('='), pair.size());
        const auto key = unescaped(pair.substr(0, equals), true);
        if (key == "name" && equals < pair.size())
            return unescaped(pair.substr(equals + 1), true).value_or("");
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return {};
}

} // namespace

Target read_target(std::string_view method, std::string_view target) {
    Target found;
    if (method != "POST")
        return found;
    const auto whole = path_and_query(target);
    const auto question = std::min(whole.find('?'), whole.size());
    const auto plain = unescaped(whole.substr(0, question), false);
    if (!plain || !is_clean(*plain))
        return found;
    std::string_view path = *plain;
    found.version = take_version(path);
    if (path == "/containers/create") {
        found.call = Call::create_container;
        found.name = query_name(whole.substr(std::min(question + 1, whole.size())));
    } else if (path == "/services/create") {
        found.call = Call::create_service;
    } else if (const auto id = between(path, "/services/", "/update"); !id.empty()) {
        found.call = Call::update_service;
        found.name = id;
    } else if (is_attach(path)) {
        found.call = Call::attach;
    }
    return found;
}

std::string_view loggable_path(std::string_view target) {
    const auto whole = path_and_query(target);
    return whole.substr(0, whole.find('?'));
}

} // namespace agent::doors::proxy
