#include "agent/tables/findings.hpp"

#include <algorithm>

namespace agent::tables {

std::string to_string(const Notice& notice) {
    std::string text;
    for (const auto& path : notice.paths)
        text += (text.empty() ? "" : ", ") + path;
    return text.empty() ? notice.what : text + ": " + notice.what;
}

void Findings::note(std::string_view what, const std::string& path) {
    if (std::ranges::find(notices, what, &Notice::what) == notices.end())
        notices.push_back({std::string(what), {}});
    auto& paths = std::ranges::find(notices, what, &Notice::what)->paths;
    const bool known = std::ranges::find(paths, path) != paths.end();
    if (!known && paths.size() < max_paths)
        paths.push_back(path);
}

void Findings::note_fault(const base::Error& fault) {
    const auto is_known = [&](const base::Error& other) {
        const auto path = path_of(other);
        return path.empty() ? other.what() == fault.what() : path == path_of(fault);
    };
    if (faults.size() < max_faults && std::ranges::none_of(faults, is_known))
        faults.push_back(fault);
}

std::string_view path_of(const base::Error& fault) {
    const std::string_view text = fault.what();
    const auto end = text.find(": ");
    const auto path = text.substr(0, end == std::string_view::npos ? 0 : end);
    return path.find(' ') == std::string_view::npos ? path : std::string_view();
}

std::size_t line_of(const base::Error& fault, const Lines& lines) {
    const std::string_view text = fault.what();
    std::size_t line = 0;
    std::size_t longest = 0;
    // By each path and not by path_of(): names may have blanks and dots.
    for (const auto& [path, at] : lines) {
        const auto rest = text.starts_with(path) ? text.substr(path.size()) : std::string_view();
        const bool is_around = path.empty() || rest.starts_with(": ") || rest.starts_with('.') ||
                               rest.starts_with('[');
        if (is_around && path.size() >= longest) {
            longest = path.size();
            line = at;
        }
    }
    return line;
}

std::string_view to_string(Unsupported unsupported) {
    return unsupported == Unsupported::notice ? "notice" : "refuse";
}

} // namespace agent::tables
