#pragma once
// The request target, taken apart once: pure functions over untrusted text.

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handlers::http {

/// A target in origin form ("/v4/x?y") or absolute form ("http://host/v4/x?y").
struct Target {
    std::string origin; ///< "http://host" of an absolute form, else ""
    std::string path;   ///< as sent, still encoded
    std::string query;  ///< as sent, without the question mark
    bool has_query = false;
    /// Between the slashes, decoded one by one: an encoded slash does not make another segment.
    /// "/" is {""}, "/a/" is {"a", ""}.
    std::vector<std::string> segments;

    /// Without empty (but for the last), "." and ".." segments.
    bool is_clean() const;
};

/// invalid_argument for all that is no origin or absolute form (RFC 9112, 3.2), "*" included.
base::Result<Target> parse_target(std::string_view text);

/// The canonical form of an un-clean target's path as a Location: encoded, the query kept.
std::string clean_location(const Target& target);

/// First value of a query key, decoded; "" for a key without a value, nothing for an absent one.
std::optional<std::string> query_value(const Target& target, std::string_view key);

} // namespace handlers::http
