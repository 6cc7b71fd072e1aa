#pragma once
// A request and a response as the handlers see them: nothing of Beast. Values; owned by whoever
// holds them, a request lives as long as its handler runs.

#include "handlers/http/target.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handlers::http {

/// A place to listen on or to be reached from: an IPv4 or IPv6 address without brackets, a port.
struct SocketAddress {
    std::string address;
    std::uint16_t port = 0;

    auto operator<=>(const SocketAddress&) const = default;
};

/// "10.0.0.2:80", "[fe80::1]:80"
std::string to_string(const SocketAddress& endpoint);

struct Request {
    std::string method;
    Target target;
    bool http_1_1 = true;
    bool keep_alive = true; ///< by version, Connection header and line ends
    std::string user_agent;
    std::string authorization; ///< a secret
    std::string forwarded_for; ///< X-Forwarded-For: repeated in answers, never believed
    std::string body;
    SocketAddress peer;
    SocketAddress local;
    /// What the route's {names} stand for; filled in by the router.
    std::vector<std::pair<std::string_view, std::string>> captures;

    /// The captured value, or "" when the route has no such name.
    std::string_view capture(std::string_view name) const;
};

using SharedBody = std::shared_ptr<const std::string>;

class Response {
public:
    Response() = default;
    Response(unsigned status_code, std::string_view type, std::string text)
        : status(status_code), content_type(type), own_(std::move(text)) {}
    Response(unsigned status_code, std::string_view type, SharedBody shared)
        : status(status_code), content_type(type), shared_(std::move(shared)) {}

    std::string_view body() const { return shared_ ? std::string_view(*shared_) : own_; }

    unsigned status = 200;
    std::string_view content_type; ///< a literal; "" sends no Content-Type
    std::vector<std::pair<std::string_view, std::string>> headers;
    bool close = false; ///< end the connection after this answer

private:
    std::string own_;
    SharedBody shared_;
};

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view text_type = "text/plain; charset=utf-8";

/// 200 with a rendered JSON document.
Response json(SharedBody body);
/// The contract's form of an error: a bare JSON string.
Response json_string(unsigned status, std::string_view text);
/// 404 as Go's router says it.
Response not_found();
/// 405 without a body: the path is there, the method is not.
Response method_not_allowed();
/// A request that was not understood: status and reason as text, then the connection ends.
Response refusal(unsigned status);
/// 301 without a body.
Response moved(std::string location);

/// "OK" for 200, …; "Unknown" for what we never send.
std::string_view reason(unsigned status);

/// How the head of an answer depends on the exchange.
struct HeadOptions {
    std::string_view date; ///< IMF-fixdate
    bool http_1_1 = true;
    bool keep_alive = true;
};

/// Appends status line and headers with the empty line: the version as asked in, Date and
/// Content-Length always, Connection where it is not the version's default.
void append_head(std::string& out, const Response& response, const HeadOptions& options);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t unix_seconds);

} // namespace handlers::http
