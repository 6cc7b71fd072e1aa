#pragma once
// Numbers, lines and "name value" pairs in the kernel's files. Pure.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace agent::stats {

/// The first word, and the rest after the blanks behind it. Both empty at the end.
inline std::string_view next_word(std::string_view& text) {
    const auto begin = text.find_first_not_of(" \t\n");
    text.remove_prefix(begin == std::string_view::npos ? text.size() : begin);
    const auto word = text.substr(0, text.find_first_of(" \t\n"));
    text.remove_prefix(word.size());
    return word;
}

/// A whole number up to 2^64, exactly; nothing for all else.
inline std::optional<std::uint64_t> to_number(std::string_view word) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failure != std::errc() || end != word.data() + word.size())
        return std::nullopt;
    return number;
}

/// The first word as a number; zero when it is none.
inline std::uint64_t number_in(std::string_view text) {
    return to_number(next_word(text)).value_or(0);
}

/// The same where "max" stands for no limit.
inline std::uint64_t limit_in(std::string_view text) {
    const auto word = next_word(text);
    return word == "max" ? std::numeric_limits<std::uint64_t>::max() : to_number(word).value_or(0);
}

/// visit(line) for each line that is not empty.
template <class Visit>
void each_line(std::string_view text, Visit visit) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty())
            visit(line);
    }
}

/// visit(name, value) for each line "name value".
template <class Visit>
void each_pair(std::string_view text, Visit visit) {
    each_line(text, [&](std::string_view line) {
        const auto name = next_word(line);
        if (const auto value = to_number(next_word(line)))
            visit(name, *value);
    });
}

} // namespace agent::stats
