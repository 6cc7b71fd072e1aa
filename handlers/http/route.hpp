#pragma once
// Route tables: constexpr arrays of {pattern, handler}, matched segment by segment in order.
// Patterns: "{name}" stands for one segment, which may be empty; a last "{name+}" for one or more
// segments that are not empty as a whole. A trailing slash makes another path.

#include "base/async.hpp"
#include "handlers/http/message.hpp"

#include <string_view>

namespace handlers::http {

/// Whether the path's segments fit the pattern; then the request's captures are filled in.
bool match(std::string_view pattern, Request& request);

/// A row: the handler answers at once, or awaits something first.
template <class Context>
struct Route {
    using Now = Response (*)(const Request&, Context&);
    using Later = base::Async<Response> (*)(const Request&, Context&);

    constexpr Route(std::string_view path, Now handler) : pattern(path), now(handler) {}
    constexpr Route(std::string_view path, Later handler) : pattern(path), later(handler) {}

    std::string_view pattern;
    Now now = nullptr;
    Later later = nullptr;
};

/// The first row that fits, or nullptr.
template <class Table>
const typename Table::value_type* find_route(const Table& table, Request& request) {
    for (const auto& route : table)
        if (match(route.pattern, request))
            return &route;
    return nullptr;
}

} // namespace handlers::http
