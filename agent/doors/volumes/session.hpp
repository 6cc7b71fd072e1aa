#pragma once
// One connection of the engine's: a request is read, answered and the next one read. Between requests it has
// no deadline: the engine keeps connections, and one that is closed under its next request costs that a
// second or, with its older releases, its body. Owned by its coroutine and the server's list; loop thread.
// Every failure ends the connection.

#include "agent/doors/sockets/stream_linux.hpp"
#include "agent/doors/volumes/plugin.hpp"
#include "handlers/http/request_parser.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace agent::doors::volumes {

/// Fixed when the server is made.
struct ServerLimits {
    std::size_t header_bytes = 16 * 1024;         ///< more is 431
    std::size_t body_bytes = 64 * 1024;           ///< more is 413
    std::size_t connections = 64;                 ///< of more, the one that has long been idle ends
    std::chrono::milliseconds request_time{5000}; ///< from a request's first byte to its last
    std::chrono::milliseconds send_time{5000};    ///< for the engine to take an answer
};

class Session {
public:
    using Clock = std::chrono::steady_clock;

    Session(const base::Executor& loop, base::Fd client, const ServerLimits& limits);

    /// Until the connection has ended; then it is closed. `plugin` outlives the coroutine.
    static base::Async<void> serve(std::shared_ptr<Session> self, Plugin& plugin);
    void close();
    /// The request that is being answered is the last one.
    void end_soon() { ending_ = true; }

    /// Between requests: nobody would miss an answer.
    bool is_idle() const { return idle_; }
    Clock::time_point idle_since() const { return idle_since_; }
    bool is_late(Clock::time_point now) const { return now >= deadline_; }

private:
    /// False: there is no further request.
    base::Async<bool> receive();
    base::Async<bool> send(std::string text);
    bool begin();
    void read(std::size_t bytes);

    const ServerLimits limits_;
    sockets::Stream stream_;
    handlers::http::RequestParser parser_;
    handlers::http::RequestParser::Progress step_ =
        handlers::http::RequestParser::Progress::read_more;
    bool idle_ = true;
    bool ending_ = false;
    bool closed_ = false;
    Clock::time_point idle_since_ = Clock::now();
    Clock::time_point deadline_ = Clock::time_point::max();
};

} // namespace agent::doors::volumes
