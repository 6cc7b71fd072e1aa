#pragma once
// One connection's life: requests are read, answered and logged, one after the other.

#include "handlers/http/application.hpp"
#include "handlers/http/connection.hpp"
#include "handlers/http/limits.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace handlers::http {

/// What the sessions of one server have in common.
struct Service {
    Service(base::Executor executor, std::string server_name, Application& app,
            const Limits& server_limits)
        : loop(std::move(executor)),
          name(std::move(server_name)),
          application(app),
          limits(server_limits) {}

    /// The value of a Date header now.
    std::string_view date();

    base::Executor loop;
    std::string name; ///< for the log
    Application& application;
    Limits limits;
    bool stopping = false; ///< the answer that is due now is a connection's last
    std::string head;      ///< of the answer that is being sent; kept for its memory

private:
    std::time_t date_second_ = 0;
    std::string date_;
};

/// Until the client leaves, breaks the protocol or is too slow. Both must outlive it.
base::Async<void> serve(Service& service, Connection& connection);

} // namespace handlers::http
