#include "handlers/request_budgets.hpp"

#include <array>
#include <charconv>

namespace handlers {

namespace {

constexpr std::string_view too_many = "You have reached maximum request limit.";
/// The contract's other limiter says it without the period.
constexpr std::string_view too_many_faults = "You have reached maximum request limit";

std::string two_decimals(double value) {
    std::array<char, 32> text{};
    char* const begin = text.data();
    const auto written =
        std::to_chars(begin, begin + text.size(), value, std::chars_format::fixed, 2);
    return {begin, written.ptr};
}

http::Response refusal_of(std::string_view text, std::chrono::seconds retry_after) {
    http::Response response(429, http::text_type, std::string(text));
    response.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
    return response;
}

} // namespace

RequestBudgets::Taken RequestBudgets::take(const ResolvedRequest& asked) {
    const auto& request = asked.request;
    switch (asked.subject) {
    case Subject::nothing: break;
    case Subject::caller: return take_from(request, asked.route, {}, limits_.requests, too_many);
    case Subject::container:
    case Subject::docker_container:
    case Subject::fault:
        if (asked.is_known)
            return take_from(request, asked.route, asked.id, limits_.requests, too_many);
        break;
    case Subject::credentials:
        if (asked.is_known)
            return take_from(request, credentials_of_one, asked.id, limits_.credentials, too_many);
        return take_from(request, wrong_credentials, {}, limits_.wrong_credentials, too_many);
    }
    return take_from(request, unknown, {}, limits_.requests, too_many);
}

RequestBudgets::Taken RequestBudgets::take_for_fault(const ResolvedRequest& asked) {
    std::string route_and_id; // all unknown ones have one budget
    if (asked.is_known)
        route_and_id.append(1, static_cast<char>(asked.route)).append(asked.id);
    return take_from(asked.request, faults, route_and_id, limits_.faults, too_many_faults);
}

RequestBudgets::Taken RequestBudgets::take_from(const http::Request& request, std::uint8_t purpose,
                                                std::string_view id, const RateLimit& limit,
                                                std::string_view refusal) {
    const auto decision =
        limiter_.take(request.peer.address, purpose, id, limit, RateLimiter::Clock::now());
    if (decision.allowed)
        return {limit, std::nullopt};
    return {limit, refusal_of(refusal, decision.retry_after)};
}

void RequestBudgets::tell(http::Response& response, const http::Request& request,
                          const RateLimit& limit) {
    response.headers.reserve(response.headers.size() + 4);
    response.headers.emplace_back("X-Rate-Limit-Limit", two_decimals(limit.steady));
    response.headers.emplace_back("X-Rate-Limit-Duration", "1");
    response.headers.emplace_back("X-Rate-Limit-Request-Forwarded-For", request.forwarded_for);
    response.headers.emplace_back("X-Rate-Limit-Request-Remote-Addr",
                                  http::to_string(request.peer));
}

} // namespace handlers
