#include "agent/doors/sockets/stream_linux.hpp"

#include "agent/doors/sockets/unix_address_linux.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace agent::doors::sockets {

namespace {

constexpr auto connect_pause = std::chrono::milliseconds(10);

} // namespace

Stream::Stream(const base::Executor& loop, base::Fd connected) : socket_(loop) {
    boost::system::error_code failure;
    socket_.assign(boost::asio::local::stream_protocol(), connected.get(), failure);
    if (!failure)
        static_cast<void>(connected.release());
}

Stream::Read Stream::read(std::span<char> room) {
    const auto count = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0)
        return {Read::Outcome::some, static_cast<std::size_t>(count)};
    if (count == 0)
        return {Read::Outcome::ended, 0};
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {later ? Read::Outcome::nothing : Read::Outcome::failed, 0};
}

std::optional<std::size_t> Stream::send(std::string_view bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto count = ::send(socket_.native_handle(), bytes.data() + sent, bytes.size() - sent,
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0)
            sent += static_cast<std::size_t>(count);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return sent;
        else if (errno != EINTR)
            return std::nullopt;
    }
    return sent;
}

void Stream::end_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

bool Stream::has_hung_up() {
    pollfd asked{};
    asked.fd = socket_.native_handle();
    return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLHUP | POLLERR)) != 0;
}

void Stream::wake_up() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Stream::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

base::Async<base::Result<base::Fd>> connect_to(std::string path, std::chrono::milliseconds limit) {
    CO_TRY(const auto address, unix_address(path));
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!socket)
            co_return base::from_errno("socket");
        if (::connect(socket.get(), address.get(), address.size()) == 0)
            co_return std::move(socket);
        const int why = errno;
        // A Unix socket connects at once or not at all; EAGAIN says that the queue is full.
        if (why != EAGAIN && why != EINTR) {
            auto failure = base::from_errno("connect to " + path, why);
            if (why == ECONNREFUSED || why == ENOENT)
                failure = base::Error(base::Errc::unavailable, failure.what());
            co_return failure;
        }
        if (std::chrono::steady_clock::now() >= end)
            co_return base::Error(base::Errc::unavailable,
                                  path + " has taken no connection in time");
        const bool rested = co_await base::sleep_for(connect_pause);
        if (!rested)
            co_return base::Error(base::Errc::cancelled, "connect to " + path);
    }
}

} // namespace agent::doors::sockets
