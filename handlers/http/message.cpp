#include "handlers/http/message.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace handlers::http {

namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

} // namespace

std::string to_string(const SocketAddress& endpoint) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    std::string text = v6 ? "[" + endpoint.address + "]" : endpoint.address;
    return text.append(":").append(std::to_string(endpoint.port));
}

std::string_view Request::capture(std::string_view name) const {
    for (const auto& [key, value] : captures)
        if (key == name)
            return value;
    return {};
}

Response json(SharedBody body) {
    return {200, json_type, std::move(body)};
}

Response json_string(unsigned status, std::string_view text) {
    return {status, json_type, base::to_go_json(nlohmann::ordered_json(std::string(text)))};
}

Response not_found() {
    Response response(404, text_type, std::string("404 page not found\n"));
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    return response;
}

Response method_not_allowed() {
    Response response;
    response.status = 405;
    return response;
}

Response refusal(unsigned status) {
    Response response(status, text_type, std::to_string(status).append(" ").append(reason(status)));
    response.close = true;
    return response;
}

Response moved(std::string location) {
    Response response;
    response.status = 301;
    response.headers.emplace_back("Location", std::move(location));
    return response;
}

std::string_view reason(unsigned status) {
    switch (status) {
    case 200: return "OK";
    case 301: return "Moved Permanently";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 413: return "Request Entity Too Large";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
    }
}

void append_head(std::string& out, const Response& response, const HeadOptions& options) {
    out += options.http_1_1 ? "HTTP/1.1 " : "HTTP/1.0 ";
    append_number(out, response.status);
    out.append(" ").append(reason(response.status)).append("\r\n");
    for (const auto& [name, value] : response.headers)
        out.append(name).append(": ").append(value).append("\r\n");
    if (!response.content_type.empty())
        out.append("Content-Type: ").append(response.content_type).append("\r\n");
    out.append("Date: ").append(options.date).append("\r\nContent-Length: ");
    append_number(out, response.body().size());
    out += "\r\n";
    if (!options.keep_alive)
        out += "Connection: close\r\n";
    else if (!options.http_1_1)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

std::string http_date(std::int64_t unix_seconds) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::sys_seconds moment{std::chrono::seconds(unix_seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(moment - day);
    std::array<char, 64> text{};
    const auto length = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
        days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace handlers::http
