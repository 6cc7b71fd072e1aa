#pragma once
// Small questions of texts that several readers of files ask. Pure.

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

} // namespace base
