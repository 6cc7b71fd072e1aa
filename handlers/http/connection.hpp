#pragma once
// Role: one client's connection: its socket, what was read of it, and until when it must have
//   moved on. The server serves it and closes it when its time is over.
// Threading: the loop thread. Failure: every failure ends the connection.

#include "base/async.hpp"
#include "handlers/http/request_parser.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string>

namespace handlers::http {

class Connection {
public:
    using Clock = std::chrono::steady_clock;

    Connection(boost::asio::ip::tcp::socket socket, Endpoint peer, Endpoint local,
               std::size_t header_bytes, std::size_t body_bytes);

    /// Reads what has come into the parser; false at the end of the stream or on failure.
    base::Async<bool> read();
    /// Writes head and body in one go; false on failure.
    base::Async<bool> write(std::string_view head, std::string_view body);
    /// Tells the client that nothing more comes, and takes what it still sends, at most `limit`
    /// bytes.
    base::Async<void> finish(std::size_t limit);
    /// Lets the others have a turn.
    base::Async<void> yield();
    /// Whatever is being awaited ends.
    void close();

    void set_deadline(std::chrono::milliseconds from_now) { deadline_ = Clock::now() + from_now; }
    bool is_late(Clock::time_point now) const { return now >= deadline_; }

    RequestParser parser;
    const Endpoint peer;
    const Endpoint local;
    /// Between requests: may be closed without anybody missing an answer.
    bool idle = true;
    std::string head; ///< of the answer; kept for its memory

private:
    boost::asio::ip::tcp::socket socket_;
    Clock::time_point deadline_ = Clock::time_point::max();
};

} // namespace handlers::http
