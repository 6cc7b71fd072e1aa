// Request targets (handlers/http/target): what is taken apart is what was sent; the place that an
// un-clean one is sent to is clean, on the same server, and stays where it is.

#include "handlers/http/target.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using fuzz::require;
using fuzz::require_same;
using handlers::http::Target;

void check_parts(const Target& target, std::string_view text) {
    auto together = target.origin + target.path;
    if (target.has_query)
        together += '?' + target.query;
    const bool without_path = target.path == "/" && together.size() == text.size() + 1;
    require(without_path || together == text, "the parts are not the whole");
    require(target.path.starts_with('/'), "a path does not begin with a slash");
    const auto slashes = std::count(target.path.begin(), target.path.end(), '/');
    require(target.segments.size() == static_cast<std::size_t>(slashes),
            "an encoded slash makes a segment, or a slash makes none");
}

void check_location(const Target& target) {
    const auto location = handlers::http::clean_location(target);
    require(target.origin.empty() ? !location.starts_with("//")
                                  : location.starts_with(target.origin),
            "the way leads to another server: " + location);
    const auto there = handlers::http::parse_target(location);
    require(there.has_value(), "the place is no target: " + location);
    require(there->is_clean(), "the place is not clean: " + location);
    require(there->query == target.query && there->has_query == target.has_query,
            "the query is lost: " + location);
    require_same(handlers::http::clean_location(*there), location, "the place moves on");
    if (target.is_clean())
        require(there->segments == target.segments, "a clean path is changed: " + location);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto target = handlers::http::parse_target(text);
    if (!target) {
        require(target.error().code() == base::Errc::invalid_argument, "another error");
        return 0;
    }
    check_parts(*target, text);
    check_location(*target);
    for (const auto* key : {"dockerid", "taskarn", "id"})
        if (const auto value = handlers::http::query_value(*target, key))
            require(target->has_query && value->size() <= target->query.size(),
                    "a value that nobody sent");
    return 0;
}
