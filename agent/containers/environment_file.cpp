#include "agent/containers/environment_file.hpp"

#include "base/files.hpp"
#include "base/secret.hpp"

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

/// What is wrong with a line of a variable; "" when nothing is.
std::string_view fault_of(std::string_view line) {
    if (line.find('\0') != line.npos)
        return "a variable cannot hold the character NUL";
    if (!is_utf8(line))
        return "expected UTF-8";
    return {};
}

/// Adds to `file` what the lines say, up to the first that is wrong.
Result<> parse_lines(const std::string& path, std::string_view content, EnvironmentFile& file) {
    std::map<std::string_view, std::size_t> places;
    const auto place_of = [&](std::size_t number) {
        return path + ": line " + std::to_string(number);
    };
    for (std::size_t number = 1; !content.empty(); ++number) {
        const auto line = take_line(content);
        if (line.size() > environment_line_limit)
            return Error(Errc::too_large,
                         "longer than " + std::to_string(environment_line_limit) + " bytes") +
                   place_of(number);
        if (is_blank(line) || line.front() == '#')
            continue;
        const auto equals = line.find('=');
        if (equals == line.npos || equals == 0) {
            if (file.passed_over.empty())
                file.passed_over.push_back({place_of(number), 0});
            ++file.passed_over.back().lines;
            continue;
        }
        if (const auto fault = fault_of(line); !fault.empty())
            return Error(Errc::invalid_argument, std::string(fault)) + place_of(number);
        const auto [place, is_new] = places.emplace(line.substr(0, equals), file.variables.size());
        if (is_new)
            file.variables.push_back({std::string(place->first), {}});
        auto& value = file.variables[place->second].value;
        base::wipe(value);
        value = line.substr(equals + 1);
    }
    return {};
}

} // namespace

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (text.starts_with(mark))
        text.remove_prefix(mark.size());
    return text;
}

Result<EnvironmentFile> parse_environment_file(const std::string& path, std::string_view content) {
    EnvironmentFile file;
    const auto parsed = parse_lines(path, without_byte_order_mark(content), file);
    if (parsed)
        return file;
    for (auto& variable : file.variables)
        base::wipe(variable.value);
    return parsed.error();
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

Result<EnvironmentFile> read_environment_files(const std::vector<std::string>& paths) {
    std::vector<Variables> files;
    EnvironmentFile all;
    for (const auto& path : paths) {
        // A pipe or a device would keep the reader waiting.
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0)
            return base::from_errno("environment file " + path);
        if (!S_ISREG(status.st_mode))
            return Error(Errc::invalid_argument, "environment file " + path + ": expected a file");
        TRY(const auto content, base::read_file(path, environment_file_limit));
        TRY(auto file, parse_environment_file(path, content));
        files.push_back(std::move(file.variables));
        all.passed_over.insert(all.passed_over.end(), file.passed_over.begin(),
                               file.passed_over.end());
    }
    all.variables = merge_environment_files(std::move(files));
    return all;
}

} // namespace agent::containers
