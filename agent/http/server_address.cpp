#include "agent/http/server_address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <cstdint>

namespace agent::http {

namespace {

bool is_port(std::string_view text) {
    std::uint16_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc() && rest == end && number != 0;
}

} // namespace

std::string ServerAddress::to_string() const {
    if (authority.empty())
        return "unix://" + socket_path;
    return (tls ? "https://" : "http://") + authority;
}

base::Result<ServerAddress> parse_url(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    const bool known = parsed && (parsed->scheme() == "http" || parsed->scheme() == "https");
    const bool plain = known && !parsed->has_userinfo() && !parsed->has_query() &&
                       !parsed->has_fragment() && !parsed->encoded_host().empty() &&
                       (parsed->encoded_path().empty() || parsed->encoded_path() == "/") &&
                       parsed->encoded_host().find('%') == std::string_view::npos &&
                       (!parsed->has_port() || is_port(parsed->port()));
    if (!plain)
        return base::Error(base::Errc::invalid_argument,
                           "expected http://host[:port] or https://host[:port], got '" +
                               std::string(url.substr(0, 256)) + "'");
    ServerAddress endpoint;
    endpoint.tls = parsed->scheme() == "https";
    endpoint.authority = std::string(parsed->encoded_host());
    if (parsed->has_port())
        endpoint.authority += ':' + std::string(parsed->port());
    return endpoint;
}

} // namespace agent::http
