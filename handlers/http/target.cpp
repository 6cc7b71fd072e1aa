#include "handlers/http/target.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/url_view.hpp>

namespace urls = boost::urls;

namespace handlers::http {

namespace {

boost::core::string_view to_boost(std::string_view text) {
    return {text.data(), text.size()};
}

/// `segment` is known to be well-formed.
std::string decoded(std::string_view segment) {
    if (segment.find('%') == std::string_view::npos)
        return std::string(segment);
    return urls::pct_string_view(to_boost(segment)).decode();
}

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    segments.reserve(4);
    path.remove_prefix(1);
    for (;;) {
        const auto slash = path.find('/');
        segments.push_back(decoded(path.substr(0, slash)));
        if (slash == std::string_view::npos)
            return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_dots(std::string_view segment) {
    return segment == "." || segment == "..";
}

} // namespace

bool Target::is_clean() const {
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const bool last = i + 1 == segments.size();
        if (is_dots(segments[i]) || (segments[i].empty() && !last))
            return false;
    }
    return true;
}

base::Result<Target> parse_target(std::string_view text) {
    const auto parsed = text.starts_with('/') ? urls::parse_origin_form(to_boost(text))
                                              : urls::parse_absolute_uri(to_boost(text));
    if (!parsed)
        return base::Error(base::Errc::invalid_argument, "the request target is malformed");
    Target target;
    if (!text.starts_with('/')) {
        const auto scheme = parsed->scheme_id();
        if ((scheme != urls::scheme::http && scheme != urls::scheme::https) ||
            !parsed->has_authority())
            return base::Error(base::Errc::invalid_argument, "the request target is no http URL");
        // By hand: the library takes the "1.2.3.4" of "http://1.2.3.45x/" for the whole authority.
        const auto authority = parsed->scheme().size() + std::string_view("://").size();
        target.origin = text.substr(0, text.find_first_of("/?", authority));
    }
    // Split by hand: it is only slashes, and the library counts segments otherwise than we do.
    const auto rest = text.substr(target.origin.size());
    const auto question = rest.find('?');
    target.path = rest.substr(0, question);
    if (target.path.empty())
        target.path = "/";
    target.has_query = question != std::string_view::npos;
    if (target.has_query)
        target.query = rest.substr(question + 1);
    target.segments = split(target.path);
    return target;
}

std::string clean_location(const Target& target) {
    std::vector<std::string_view> kept;
    for (const auto& segment : target.segments) {
        if (segment == ".." && !kept.empty())
            kept.pop_back();
        else if (!segment.empty() && !is_dots(segment))
            kept.push_back(segment);
    }
    std::string location = target.origin;
    for (const auto segment : kept)
        location += '/' + urls::encode(to_boost(segment), urls::pchars);
    if (kept.empty() || target.segments.back().empty())
        location += '/';
    if (target.has_query)
        location += '?' + target.query;
    return location;
}

std::optional<std::string> query_value(const Target& target, std::string_view key) {
    const auto parsed = urls::parse_query(to_boost(target.query));
    if (!parsed || !target.has_query)
        return std::nullopt;
    urls::encoding_opts options;
    options.space_as_plus = true;
    for (const auto& parameter : *parsed)
        if (parameter.key.decode(options) == key)
            return parameter.value.decode(options);
    return std::nullopt;
}

} // namespace handlers::http
