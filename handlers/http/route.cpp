#include "handlers/http/route.hpp"

namespace handlers::http {

namespace {

/// Takes the first segment off a path that begins with a slash.
std::string_view next_segment(std::string_view& path) {
    const auto slash = path.find('/', 1);
    const auto segment = path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    return segment;
}

std::string join_from(const std::vector<std::string>& segments, std::size_t first) {
    std::string joined = segments[first];
    for (std::size_t i = first + 1; i < segments.size(); ++i)
        joined.append("/").append(segments[i]);
    return joined;
}

} // namespace

bool match(std::string_view pattern, Request& request) {
    const auto& segments = request.target.segments;
    request.captures.clear();
    std::size_t at = 0;
    for (; !pattern.empty(); ++at) {
        if (at == segments.size())
            return false;
        const auto expected = next_segment(pattern);
        if (expected.ends_with("+}") || expected.ends_with("*}")) {
            auto rest = join_from(segments, at);
            if (rest.empty() && expected.ends_with("+}"))
                return false;
            request.captures.emplace_back(expected.substr(1, expected.size() - 3), std::move(rest));
            return true;
        }
        if (expected.starts_with('{'))
            request.captures.emplace_back(expected.substr(1, expected.size() - 2), segments[at]);
        else if (expected != segments[at])
            return false;
    }
    return at == segments.size();
}

} // namespace handlers::http
