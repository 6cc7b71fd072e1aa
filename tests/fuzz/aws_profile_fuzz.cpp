// AWS's shared files and command lines (agent/credentials/aws_profile): written down again they say
// the same, and an error names a line and repeats nothing of it.

#include "agent/credentials/aws_profile.hpp"
#include "tests/fuzz/support.hpp"

#include <vector>

namespace {

using namespace agent::credentials;
using fuzz::require;
using Words = std::vector<std::string>;

bool same(const Profiles& a, const Profiles& b) {
    const auto same_settings = [](const auto& x, const auto& y) {
        return x.first == y.first && x.second.view() == y.second.view();
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
        return x.first == y.first && std::equal(x.second.begin(), x.second.end(), y.second.begin(),
                                                y.second.end(), same_settings);
    });
}

bool is_trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    return text.find('\n') == std::string_view::npos &&
           (text.empty() || (blanks.find(text.front()) == std::string_view::npos &&
                             blanks.find(text.back()) == std::string_view::npos));
}

void check_profiles(const Profiles& profiles, SharedFile file) {
    std::string written;
    for (const auto& [name, profile] : profiles) {
        require(!name.empty() && name.find('\n') == std::string::npos, "no name of a profile");
        require(file == SharedFile::config || is_trimmed(name), "a name with blanks around it");
        written += file == SharedFile::config ? "[profile \"" + name + "\"]\n" : "[" + name + "]\n";
        for (const auto& [key, value] : profile) {
            require(!key.empty() && is_trimmed(key) && key.find('=') == std::string::npos,
                    "no name of a setting");
            require(is_trimmed(value.view()), "a value with blanks around it");
            require(setting(profile, key) == value.view(), "another setting");
            // A comment would begin behind a blank.
            written.append(key).append("=").append(value.view()).append("\r\n");
        }
    }
    Profiles again;
    const auto read = read_profiles(written, file, again);
    require(read.has_value(), "written down again it is refused: " + written);
    require(same(again, profiles), "written down again it says something else: " + written);
    // What is there already stays.
    const auto more = read_profiles("[profile \"new\"]\nx = y\n[default]\nx = y\n", file, again);
    require(more.has_value(), "a plain file is refused");
    for (const auto& [name, profile] : profiles)
        for (const auto& [key, value] : profile)
            require(setting(again.at(name), key) == value.view(), "another file comes first");
}

void check_error(const base::Error& error) {
    auto what = std::string_view(error.what());
    require(error.code() == base::Errc::invalid_argument, "another error");
    require(what.starts_with("line "), "the place is not named: " + error.what());
    what.remove_prefix(5);
    what.remove_prefix(std::min(what.find_first_not_of("0123456789"), what.size()));
    require(what == ": expected [profile]" || what == ": expected name = value" ||
                what == ": expected the name of a profile",
            "an error shows the file: " + error.what());
}

/// In quotes for a shell.
std::string as_written(std::string_view word) {
    std::string text = "\"";
    for (const char c : word) {
        if (c == '"' || c == '\\')
            text += '\\';
        text += c;
    }
    return text + '"';
}

void check_command(std::string_view command) {
    const auto words = split_command(command);
    if (!words) {
        require(words.error().what() == "a quote is not closed", "an error shows the command");
        require(command.find_first_of("\"'") != std::string_view::npos, "there is no quote");
        return;
    }
    std::string written;
    std::size_t letters = 0;
    for (const auto& word : *words) {
        written += as_written(word) + " \t";
        letters += word.size();
    }
    require(letters <= command.size(), "words out of nowhere");
    const auto again = split_command(written);
    require(again.has_value() && *again == *words, "other words: " + written);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    for (const auto file : {SharedFile::credentials, SharedFile::config}) {
        Profiles profiles;
        if (const auto read = read_profiles(text, file, profiles); !read)
            check_error(read.error());
        else
            check_profiles(profiles, file);
    }
    check_command(text);
    return 0;
}
