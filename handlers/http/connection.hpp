#pragma once
// Role: one client's connection: its socket, what was read of it, and until when it must have
//   moved on. The server serves it and closes it when its time is over.
// Threading: the loop thread. Failure: every failure ends the connection.

#include "base/async.hpp"
#include "handlers/http/request_parser.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <string>

namespace handlers::http {

class Connection {
public:
    using Clock = std::chrono::steady_clock;

    Connection(boost::asio::ip::tcp::socket socket, SocketAddress peer, SocketAddress local,
               std::size_t header_bytes, std::size_t body_bytes);

    /// To be awaited: failure and count of the bytes that were read into the parser's room and are
    /// to be committed. No coroutine of its own, which would cost every request a frame.
    auto receive() {
        const auto room = parser.prepare();
        return socket_.async_read_some(boost::asio::buffer(room.data(), room.size()),
                                       boost::asio::as_tuple(boost::asio::deferred));
    }
    /// Writes head and body in one go, as far as the kernel takes them at once: nearly always all
    /// of them, and true. Else write_rest() is due, and the body stays where it is until then.
    bool write_at_once(std::string_view head, std::string_view body);
    /// False on failure.
    base::Async<bool> write_rest();
    /// Tells the client that nothing more comes, and takes what it still sends, at most `limit`
    /// bytes.
    base::Async<void> finish(std::size_t limit);
    /// Lets the others have a turn.
    base::Async<void> yield();
    /// Whatever is being awaited ends.
    void close();

    void set_deadline(Clock::time_point end) { deadline_ = end; }
    bool is_late(Clock::time_point now) const { return now >= deadline_; }

    RequestParser parser;
    const SocketAddress peer;
    const SocketAddress local;
    /// Between requests: may be closed without anybody missing an answer.
    bool idle = true;

private:
    boost::asio::ip::tcp::socket socket_;
    std::string rest_of_head_;
    std::array<boost::asio::const_buffer, 2> unwritten_;
    bool failed_ = false; ///< to write
    Clock::time_point deadline_ = Clock::time_point::max();
};

} // namespace handlers::http
