#include "agent/tasks/link_places.hpp"

#include <deque>
#include <filesystem>

namespace agent::tasks {

namespace fs = std::filesystem;

namespace {

/// As the kernel follows.
constexpr int most_links = 40;

} // namespace

std::vector<LinkPlace> link_places(const std::string& link) {
    std::vector<LinkPlace> places;
    std::error_code failure;
    const auto absolute = fs::absolute(link, failure);
    std::deque<fs::path> left;
    for (const auto& part : absolute.relative_path())
        left.push_back(part);
    fs::path reached = "/";
    for (int links = 0; !left.empty() && links <= most_links;) {
        const auto name = left.front();
        left.pop_front();
        if (name.empty() || name == ".")
            continue;
        if (name == "..") {
            reached = reached.parent_path();
            continue;
        }
        const auto next = reached / name;
        if (!fs::is_symlink(fs::symlink_status(next, failure))) {
            reached = next;
            continue;
        }
        ++links;
        places.push_back({reached.string(), name.string()});
        const auto target = fs::read_symlink(next, failure);
        if (target.is_absolute())
            reached = "/";
        const auto relative = target.relative_path();
        left.insert(left.begin(), relative.begin(), relative.end());
    }
    if (reached.has_filename())
        places.push_back({reached.parent_path().string(), reached.filename().string()});
    return places;
}

} // namespace agent::tasks
