#pragma once
// Role: which budget a request of the task API takes from, and what it is told of it
//   (http-contract 1.3 and 6).
// Threading: the loop thread only.
// A budget belongs to an address, a route and an id that somebody has. Whatever else an address
// asks for shares one budget, so that guessing costs no memory and takes nothing from those who ask
// about themselves. Credentials, and wrong credentials ids, have budgets of their own.

#include "handlers/http/message.hpp"
#include "handlers/rate_limiter.hpp"
#include "handlers/resolved_request.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace handlers {

struct RequestLimits {
    RateLimit requests{40, 60};
    RateLimit credentials{400, 1000};
    RateLimit wrong_credentials{40, 60};
    RateLimit faults{0.2, 1};
};

class RequestBudgets {
public:
    /// A token was taken from a budget of this limit; or there was none, and the request is to be
    /// refused.
    struct Taken {
        const RateLimit& limit;
        std::optional<http::Response> refusal;
    };

    explicit RequestBudgets(const RequestLimits& limits) : limits_(limits) {}

    Taken take(const ResolvedRequest& asked);
    /// The second token that fault injection costs.
    Taken take_for_fault(const ResolvedRequest& asked);

    /// Tells in the answer's headers what the request was counted against.
    static void tell(http::Response& response, const http::Request& request,
                     const RateLimit& limit);

private:
    /// Beside the routes, each with a budget of its own.
    enum Purpose : std::uint8_t { credentials_of_one = 252, wrong_credentials, faults, unknown };

    Taken take_from(const http::Request& request, std::uint8_t purpose, std::string_view id,
                    const RateLimit& limit, std::string_view refusal);

    const RequestLimits limits_;
    RateLimiter limiter_;
};

} // namespace handlers
