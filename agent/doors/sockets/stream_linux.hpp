#pragma once
// One end of a Unix socket's connection: what can be done with it at once, and waits for when more can.
// Loop thread. Linux tells a peer that sends no more (half a close) from one that is gone.

#include "base/async.hpp"
#include "base/error.hpp"
#include "base/fd_linux.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace agent::doors::sockets {

class Stream {
public:
    using Wait = boost::asio::local::stream_protocol::socket::wait_type;

    /// Not connected.
    explicit Stream(const base::Executor& loop) : socket_(loop) {}
    /// `connected` does not block.
    Stream(const base::Executor& loop, base::Fd connected);

    bool is_open() const { return socket_.is_open(); }

    /// What reading at once found.
    struct Read {
        enum class Outcome { some, nothing, ended, failed };
        Outcome outcome = Outcome::nothing;
        std::size_t size = 0;
    };
    Read read(std::span<char> room);
    /// How many of the bytes were taken at once; nothing where the peer takes no more.
    std::optional<std::size_t> send(std::string_view bytes);
    /// The peer is told that nothing more comes.
    void end_sending();
    /// Nobody is there any more; or both sides have ended sending.
    bool has_hung_up();

    /// To be awaited: a tuple of the failure. wait_error is for one that hangs up; reading and writing
    /// wait for that too. No coroutine of its own, which would cost each idle stream a frame.
    auto wait(Wait what) {
        return socket_.async_wait(what, boost::asio::as_tuple(boost::asio::deferred));
    }
    /// Whatever is being awaited ends as failed.
    void wake_up();
    void close();

private:
    boost::asio::local::stream_protocol::socket socket_;
};

/// Connects to the engine. An engine that has not taken its last connections yet is waited for.
/// unavailable: nobody listens there, or it did not take us within `limit`. permission. io.
base::Async<base::Result<base::Fd>> connect_to(std::string path, std::chrono::milliseconds limit);

} // namespace agent::doors::sockets
