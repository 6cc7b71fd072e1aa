#include "agent/credentials/aws_profile.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace agent::credentials {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view blanks = " \t\r";

/// A comment begins a line, or stands behind a blank.
std::string_view without_comment(std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at)
        if ((line[at] == '#' || line[at] == ';') &&
            (at == 0 || blanks.find(line[at - 1]) != std::string_view::npos))
            return line.substr(0, at);
    return line;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// The profile that a section is for; nothing where it is for something else.
std::optional<std::string_view> profile_of(std::string_view section, SharedFile file) {
    section = base::trim(section);
    if (file == SharedFile::credentials || section == "default")
        return section;
    constexpr std::string_view word = "profile";
    if (!section.starts_with(word) || section.size() == word.size() ||
        blanks.find(section[word.size()]) == std::string_view::npos)
        return std::nullopt;
    auto name = base::trim(section.substr(word.size()));
    if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
        name.back() == name.front())
        name = name.substr(1, name.size() - 2);
    return name;
}

Error at_line(std::size_t number, std::string_view expected) {
    return {Errc::invalid_argument,
            "line " + std::to_string(number) + ": expected " + std::string(expected)};
}

} // namespace

Result<> read_profiles(std::string_view text, SharedFile file, Profiles& into) {
    Profiles found;
    Profile* profile = nullptr;
    bool in_section = false;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const bool indented = !line.empty() && blanks.find(line.front()) != std::string_view::npos;
        const auto content = base::trim(without_comment(line));
        if (content.empty())
            continue;
        if (content.front() == '[' && !indented) {
            const auto end_of_name = content.find(']');
            const auto rest = end_of_name == std::string_view::npos
                                  ? content
                                  : base::trim(content.substr(end_of_name + 1));
            if (!rest.empty() && rest.front() != '#' && rest.front() != ';')
                return at_line(number, "[profile]");
            const auto name = profile_of(content.substr(1, end_of_name - 1), file);
            if (name && name->empty())
                return at_line(number, "the name of a profile");
            in_section = true;
            profile = name ? &found[std::string(*name)] : nullptr;
            continue;
        }
        if (!in_section)
            return at_line(number, "[profile]");
        // Below a setting without a value stand those of a service, which are not for us.
        if (profile == nullptr || indented)
            continue;
        const auto equals = content.find('=');
        if (equals == std::string_view::npos || base::trim(content.substr(0, equals)).empty())
            return at_line(number, "name = value");
        (*profile)[lower(base::trim(content.substr(0, equals)))] =
            base::Secret(base::trim(content.substr(equals + 1)));
    }
    for (auto& [name, settings] : found)
        into[name].merge(settings);
    return {};
}

std::string_view setting(const Profile& profile, std::string_view name) {
    const auto found = profile.find(name);
    return found == profile.end() ? std::string_view() : found->second.view();
}

Result<std::vector<std::string>> split_command(std::string_view command) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t at = 0; at < command.size(); ++at) {
        const char c = command[at];
        const bool escapes = c == '\\' && quote != '\'' && at + 1 < command.size() &&
                             (quote == '\0' || command[at + 1] == '"' || command[at + 1] == '\\');
        if (escapes) {
            word += command[++at];
            in_word = true;
        } else if (quote != '\0' && c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
            in_word = true;
        } else if (quote == '\0' && blanks.find(c) != std::string_view::npos) {
            if (in_word)
                words.push_back(std::move(word));
            word.clear();
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (quote != '\0')
        return Error(Errc::invalid_argument, "a quote is not closed");
    if (in_word)
        words.push_back(std::move(word));
    return words;
}

} // namespace agent::credentials
