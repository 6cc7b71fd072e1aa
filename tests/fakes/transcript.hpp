#pragma once
// A conversation in two columns of text: on the left of " | " what one side says, on the right what the
// other answers. A line with nothing on the left goes on with the answer before it.

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace fakes {

struct Turn {
    std::string said;
    std::vector<std::string> answered; ///< a line each
};

inline std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(" \n");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/// A part of a URL or a form, as it is written in a transcript.
inline std::string without_escapes(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const std::string code(text.substr(i + 1, 2));
            plain += static_cast<char>(std::strtol(code.c_str(), nullptr, 16));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

inline std::vector<Turn> read_transcript(std::string_view text) {
    std::vector<Turn> turns;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto bar = line.find(" | ");
        if (bar == std::string_view::npos)
            continue;
        const auto said = without_blanks(line.substr(0, bar));
        if (!said.empty())
            turns.push_back({std::string(said), {}});
        if (!turns.empty())
            turns.back().answered.emplace_back(without_blanks(line.substr(bar + 3)));
    }
    return turns;
}

} // namespace fakes
