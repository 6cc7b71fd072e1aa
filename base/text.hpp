#pragma once
// Small questions of texts that several ask. Pure.

#include <cstddef>
#include <string_view>

namespace base {

/// Without the blanks at both ends, a part of `text`; what ends a line is one.
inline std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Length of the valid UTF-8 sequence at the front, 0 if there is none (Go's utf8 rules: no
/// surrogates, no overlong forms, at most U+10FFFF). The text is not empty.
std::size_t utf8_length(std::string_view text);

/// Length of the character at the front that can be shown; 0 for one that controls (C0, DEL, C1),
/// which a terminal would obey, and for what is no UTF-8. The text is not empty.
std::size_t printable_length(std::string_view text);

/// Whether a text is what a pattern describes: '*' is any text, '?' any character, all else itself.
bool matches(std::string_view pattern, std::string_view text);

} // namespace base
