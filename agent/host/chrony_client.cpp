#include "agent/host/chrony_client.hpp"

#include "agent/host/chrony_protocol.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <random>

namespace agent::host {

namespace asio = boost::asio;
using asio::ip::udp;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);

Error explained(const boost::system::error_code& failure, bool too_late) {
    if (too_late)
        return {Errc::timeout, "chronyd does not answer in time"};
    if (failure == asio::error::operation_aborted)
        return {Errc::cancelled, "the question to chronyd was given up"};
    if (failure == asio::error::connection_refused)
        return {Errc::unavailable, "no chronyd answers"};
    return {Errc::io, "ask chronyd: " + failure.message()};
}

/// Connected, so that nobody else's packets are taken for the answer.
void connect_and_send(udp::socket& socket, std::uint16_t port, const TrackingRequest& request,
                      boost::system::error_code& failure) {
    socket.connect(udp::endpoint(asio::ip::address_v4::loopback(), port), failure);
    if (!failure)
        socket.send(asio::buffer(request), 0, failure);
}

} // namespace

Async<Result<model::ClockDrift>> ask_chrony(std::uint16_t port, std::chrono::milliseconds limit) {
    struct Question {
        explicit Question(base::Executor loop) : socket(loop), deadline(loop) {}
        udp::socket socket;
        asio::steady_timer deadline;
        bool too_late = false;
    };
    const auto loop = co_await asio::this_coro::executor;
    // The timer's handler may run after we have gone on.
    const auto question = std::make_shared<Question>(loop);
    const auto sequence = static_cast<std::uint32_t>(std::random_device()());
    boost::system::error_code failure;
    connect_and_send(question->socket, port, tracking_request(sequence), failure);
    if (failure)
        co_return explained(failure, false);
    question->deadline.expires_after(limit);
    question->deadline.async_wait([question](const boost::system::error_code& stopped) {
        if (stopped)
            return;
        question->too_late = true;
        boost::system::error_code ignored;
        question->socket.cancel(ignored);
    });
    std::array<std::uint8_t, 2 * tracking_bytes> answer{};
    const auto into = asio::buffer(answer);
    const auto [received, bytes] = co_await question->socket.async_receive(into, token);
    question->deadline.cancel();
    if (received)
        co_return explained(received, question->too_late);
    co_return read_tracking(std::span(answer).first(bytes), sequence);
}

} // namespace agent::host
