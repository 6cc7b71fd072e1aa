#pragma once
// Role: which budget a request of the task API takes from, and what it is told of it
//   (http-contract 1.3 and 6).
// Threading: the loop thread only.
// A budget belongs to an address, a route and an id that somebody has. Whatever else an address
// asks for shares one budget, so that guessing costs no memory and takes nothing from those who ask
// about themselves. Credentials, and wrong credentials ids, have budgets of their own.

#include "handlers/credentials/source.hpp"
#include "handlers/http/message.hpp"
#include "handlers/rate_limiter.hpp"
#include "model/world.hpp"

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

/// What a route's requests are about.
enum class Subject {
    container,        ///< the container whose endpoint id is captured as "id"
    docker_container, ///< the container whose Docker id is captured as "id"
    caller,           ///< whoever asks
    fault,            ///< the same, with take_for_fault() behind it
    credentials,      ///< the credentials whose id is captured, or asked for in the query
};

class RequestBudgets {
public:
    /// A token was taken from a budget of this limit; or there was none, and the request is to be
    /// refused.
    struct Taken {
        const RateLimit& limit;
        std::optional<http::Response> refusal;
    };

    /// The first two must outlive it.
    RequestBudgets(const model::World& world, CredentialsSource& credentials,
                   const RequestLimits& limits)
        : world_(world), credentials_(credentials), limits_(limits) {}

    /// `route` tells the rows of the table apart.
    Taken take(const http::Request& request, Subject subject, std::uint8_t route);
    /// For what is no route.
    Taken take_for_unknown(const http::Request& request);
    /// The second token that fault injection costs.
    Taken take_for_fault(const http::Request& request, std::uint8_t route);

    /// Tells in the answer's headers what the request was counted against.
    static void tell(http::Response& response, const http::Request& request,
                     const RateLimit& limit);

private:
    /// Beside the routes, each with a budget of its own.
    enum Purpose : std::uint8_t { credentials_of_one = 252, wrong_credentials, faults, unknown };

    Taken take_from(const http::Request& request, std::uint8_t purpose, std::string_view id,
                    const RateLimit& limit, std::string_view refusal);

    const model::World& world_;
    CredentialsSource& credentials_;
    const RequestLimits limits_;
    RateLimiter limiter_;
};

} // namespace handlers
