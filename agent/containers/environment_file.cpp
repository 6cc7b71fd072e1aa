#include "agent/containers/environment_file.hpp"

#include "base/files.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace agent::containers {

using base::Errc;
using base::Error;
using base::Result;
using definition::KeyValue;
using Variables = std::vector<KeyValue>;

namespace {

/// The next line without its end, taken off the text.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == line.npos;
}

bool is_utf8(std::string_view text) {
    try {
        static_cast<void>(nlohmann::json(text).dump());
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

bool is_name(std::string_view name) {
    return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
        return (c >= 0 && c <= ' ') || c == '\x7f';
    });
}

/// What is wrong with a line of a variable; "" when nothing is.
std::string_view fault_of(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == line.npos)
        return "expected NAME=VALUE, there is no '='";
    if (line.find('\0') != line.npos)
        return "a variable cannot hold the character NUL";
    if (!is_name(line.substr(0, equals)))
        return "expected a name without white space and control characters before the '='";
    if (!is_utf8(line))
        return "expected UTF-8";
    return {};
}

} // namespace

Result<Variables> parse_environment_file(const std::string& path, std::string_view content) {
    Variables variables;
    std::map<std::string_view, std::size_t> places;
    const auto fail = [&](Errc code, std::size_t number, std::string_view why) {
        return Error(code, std::string(why)) + (path + ": line " + std::to_string(number));
    };
    for (std::size_t number = 1; !content.empty(); ++number) {
        const auto line = take_line(content);
        if (line.size() > environment_line_limit)
            return fail(Errc::too_large, number,
                        "longer than " + std::to_string(environment_line_limit) + " bytes");
        if (is_blank(line) || line.front() == '#')
            continue;
        if (const auto fault = fault_of(line); !fault.empty())
            return fail(Errc::invalid_argument, number, fault);
        const auto equals = line.find('=');
        const auto [place, is_new] = places.emplace(line.substr(0, equals), variables.size());
        const std::string value(line.substr(equals + 1));
        if (is_new)
            variables.push_back({std::string(place->first), value});
        else
            variables[place->second].value = value;
    }
    return variables;
}

Variables merge_environment_files(std::vector<Variables> files) {
    std::set<std::string> seen;
    Variables merged;
    for (auto& file : files)
        for (auto& variable : file)
            if (seen.insert(variable.key).second)
                merged.push_back(std::move(variable));
    return merged;
}

Result<Variables> read_environment_files(const std::vector<std::string>& paths) {
    std::vector<Variables> files;
    for (const auto& path : paths) {
        // A pipe or a device would keep the reader waiting.
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0)
            return base::from_errno("environment file " + path);
        if (!S_ISREG(status.st_mode))
            return Error(Errc::invalid_argument, "environment file " + path + ": expected a file");
        TRY(const auto content, base::read_file(path, environment_file_limit));
        TRY(auto variables, parse_environment_file(path, content));
        files.push_back(std::move(variables));
    }
    return merge_environment_files(std::move(files));
}

} // namespace agent::containers
