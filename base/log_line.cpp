#include "base/log_line.hpp"

#include "base/text.hpp"

namespace base::log {

namespace {

constexpr std::size_t longest_value = 2048;

bool needs_quotes(std::string_view value) {
    if (value.empty())
        return true;
    while (!value.empty()) {
        const char first = value.front();
        const auto length = printable_length(value);
        if (length == 0 || first == ' ' || first == '"' || first == '=' || first == '\\')
            return true;
        value.remove_prefix(length);
    }
    return false;
}

/// Within quotes, those in it and backslashes have a backslash before them.
void append_printable(std::string& line, std::string_view text, bool in_quotes) {
    while (!text.empty()) {
        const char first = text.front();
        const auto length = printable_length(text);
        if (length == 0) {
            line += first == '\n' ? "\\n" : "?";
            text.remove_prefix(1);
            continue;
        }
        if (in_quotes && (first == '"' || first == '\\'))
            line += '\\';
        line += text.substr(0, length);
        text.remove_prefix(length);
    }
}

void append_value(std::string& line, std::string_view whole) {
    const auto value = cut(whole);
    if (!needs_quotes(value)) {
        line += value;
    } else {
        line += '"';
        append_printable(line, value, true);
        line += '"';
    }
    if (value.size() < whole.size())
        line += "…";
}

} // namespace

std::string_view cut(std::string_view value) {
    if (value.size() <= longest_value)
        return value;
    auto end = longest_value;
    // A character has at most three bytes that go on.
    while (end > longest_value - 3 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80)
        --end;
    return value.substr(0, end);
}

void append_line(std::string& line, std::string_view text, Fields fields) {
    append_printable(line, text, false);
    for (const auto& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        append_value(line, field.value);
    }
}

} // namespace base::log
