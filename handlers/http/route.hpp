#pragma once
// Route tables: constexpr arrays of {method, pattern, handler}, matched segment by segment in order.
// Patterns: "{name}" stands for one segment, which may be empty; a last "{name+}" for one or more
// segments that are not empty as a whole, "{name*}" for the same that may be. A trailing slash makes
// another path. A row without a method takes any.

#include "base/async.hpp"
#include "handlers/http/message.hpp"

#include <algorithm>
#include <string_view>

namespace handlers::http {

/// Whether the path's segments fit the pattern; then the request's captures are filled in.
bool match(std::string_view pattern, Request& request);

/// A row: the handler answers at once, or awaits something first. It is given what is asked, the request or
/// more than that.
template <class Context, class Asked = Request>
struct Route {
    using Now = Response (*)(const Asked&, Context&);
    using Later = base::Async<Response> (*)(const Asked&, Context&);

    constexpr Route(std::string_view path, Now handler) : Route("", path, handler) {}
    constexpr Route(std::string_view path, Later handler) : Route("", path, handler) {}
    constexpr Route(std::string_view only, std::string_view path, Now handler)
        : method(only), pattern(path), now(handler), segments(count(path)), first(begin(path)) {}
    constexpr Route(std::string_view only, std::string_view path, Later handler)
        : method(only), pattern(path), later(handler), segments(count(path)), first(begin(path)) {}

    /// Spares most rows the comparison of texts.
    bool may_match(const Request& request) const {
        const auto& given = request.target.segments;
        return (given.size() == segments || (given.size() > segments && pattern.back() == '}')) &&
               (first.starts_with('{') || given.front() == first);
    }

    std::string_view method; ///< "" is any
    std::string_view pattern;
    Now now = nullptr;
    Later later = nullptr;

private:
    static constexpr std::size_t count(std::string_view path) {
        return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
    }
    static constexpr std::string_view begin(std::string_view path) {
        return path.substr(1, path.find('/', 1) - 1);
    }

    std::size_t segments;
    std::string_view first;
};

/// Where a request goes: `route` is null when no path fits, or none with its method.
template <class Row>
struct Found {
    const Row* route = nullptr;
    bool other_method = false; ///< the path is there, for other methods
};

/// The first row that fits.
template <class Table>
Found<typename Table::value_type> find_route(const Table& table, Request& request) {
    Found<typename Table::value_type> found;
    for (const auto& route : table) {
        if (!route.may_match(request) || !match(route.pattern, request))
            continue;
        if (route.method.empty() || route.method == request.method) {
            found.route = &route;
            return found;
        }
        found.other_method = true;
    }
    return found;
}

} // namespace handlers::http
