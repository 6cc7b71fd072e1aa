#include "handlers/task_api.hpp"

#include "handlers/http/route.hpp"
#include "handlers/v2/metadata.hpp"
#include "handlers/v3/metadata.hpp"
#include "handlers/v4/metadata.hpp"

#include <array>

namespace handlers {

namespace {

using Row = http::Route<metadata::Context>;

// The first that fits wins. A path that is not here is 404, whatever the method.
constexpr std::array table{
    Row{"/v2/metadata", v2::task},
    Row{"/v2/metadata/", v2::task},
    Row{"/v2/metadataWithTags", v2::task_with_tags},
    Row{"/v2/metadataWithTags/", v2::task_with_tags},
    Row{"/v2/metadata/taskWithTags", v2::task_with_tags},
    Row{"/v2/metadata/{id+}", v2::container},
    Row{"/v3", v3::own_container},
    Row{"/v3/task", v3::own_task},
    Row{"/v3/taskWithTags", v3::own_task_with_tags},
    Row{"/v3/{id}", v3::container},
    Row{"/v3/{id}/task", v3::task},
    Row{"/v3/{id}/taskWithTags", v3::task_with_tags},
    Row{"/v4", v4::own_container},
    Row{"/v4/task", v4::own_task},
    Row{"/v4/taskWithTags", v4::own_task_with_tags},
    Row{"/v4/{id}", v4::container},
    Row{"/v4/{id}/task", v4::task},
    Row{"/v4/{id}/taskWithTags", v4::task_with_tags},
};

/// Knowing so much of an id helps to read a log and not to use the id.
constexpr std::size_t shown_of_an_id = 8;
/// Longer segments may be ids wherever they are.
constexpr std::size_t longest_word = 24;

bool names_an_id(std::string_view first) {
    return first == "v3" || first == "v4" || first == "api";
}

} // namespace

TaskApi::TaskApi(model::World& world, CallerFinder& callers)
    : bodies_(world), context_{world, callers, bodies_} {}

base::Async<http::Response> TaskApi::answer(http::Request& request) {
    if (!request.target.is_clean())
        co_return http::moved(http::clean_location(request.target));
    const auto* route = http::find_route(table, request);
    if (route == nullptr)
        co_return http::not_found();
    if (route->now != nullptr)
        co_return route->now(request, context_);
    co_return co_await route->later(request, context_);
}

http::Response TaskApi::failure() const {
    return http::json_string(500, "internal error");
}

std::string TaskApi::loggable_path(const http::Target& target) const {
    std::string path;
    std::string_view first;
    std::size_t index = 0;
    for (const auto& segment : target.segments) {
        path += '/';
        // An un-clean path is counted as it will be after the redirect, so that "//v4/<id>" does
        // not show what "/v4/<id>" hides.
        if (segment.empty() || segment == "." || segment == "..") {
            path += segment;
            continue;
        }
        ++index;
        const bool is_id = index == 2 && names_an_id(first);
        const auto shown = is_id ? shown_of_an_id : longest_word;
        if (segment.size() <= shown || (is_id && segment == "taskWithTags"))
            path += segment;
        else
            path.append(segment, 0, shown_of_an_id).append("…");
        if (index == 1)
            first = segment;
        if (segment == "credentials")
            return path;
    }
    return path;
}

std::vector<std::string_view> TaskApi::routes() {
    std::vector<std::string_view> patterns;
    for (const auto& route : table)
        patterns.push_back(route.pattern);
    return patterns;
}

} // namespace handlers
