#include "agent/doors/sockets/acceptor_linux.hpp"

#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace agent::doors::sockets {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::acceptor;

namespace {

constexpr auto accept_pause = std::chrono::milliseconds(100);
/// Then others have a turn.
constexpr int accepted_at_once = 16;

} // namespace

struct Acceptor::Impl {
    Impl(const base::Executor& loop, std::string its_whose)
        : whose(std::move(its_whose)), socket(loop), work(loop) {}

    /// Takes clients until none is there. errno of what failed, 0 else.
    int accept_some();
    static base::Async<void> accept(std::shared_ptr<Impl> self);

    const std::string whose;
    Listener listener; ///< without its socket, which `socket` has
    Socket socket;
    std::function<void(base::Fd)> admit;
    base::TaskGroup work;
    bool stopping = false;
};

int Acceptor::Impl::accept_some() {
    for (int count = 0; count < accepted_at_once; ++count) {
        base::Fd client(
            ::accept4(socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client)
            admit(std::move(client));
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
        else if (errno != ECONNABORTED && errno != EINTR)
            return errno;
    }
    return 0;
}

base::Async<void> Acceptor::Impl::accept(std::shared_ptr<Impl> self) {
    bool failing = false;
    while (!self->stopping) {
        const auto [ended] =
            co_await self->socket.async_wait(Socket::wait_read, asio::as_tuple(asio::deferred));
        if (ended || self->stopping)
            co_return;
        const int failure = self->accept_some();
        if (failure != 0) {
            // It would fail again at once.
            if (!failing)
                base::log::warn(
                    "cannot accept clients, trying again",
                    {{"of", self->whose}, base::log::why(base::from_errno("accept", failure))});
            const bool rested = co_await base::sleep_for(accept_pause);
            if (!rested)
                co_return;
        }
        failing = failure != 0;
    }
}

Acceptor::Acceptor(base::Executor loop, std::string whose)
    : impl_(std::make_shared<Impl>(loop, std::move(whose))) {}

Acceptor::~Acceptor() {
    stop();
}

base::Result<> Acceptor::listen(Listener listener, std::function<void(base::Fd)> admit) {
    boost::system::error_code failure;
    impl_->socket.assign(asio::local::stream_protocol(), listener.socket.get(), failure);
    if (failure)
        return base::Error(base::Errc::io, "listen at " + listener.path + ": " + failure.message());
    static_cast<void>(listener.socket.release());
    impl_->listener = std::move(listener);
    impl_->admit = std::move(admit);
    impl_->work.spawn("accept clients of " + impl_->whose, Impl::accept(impl_));
    return {};
}

void Acceptor::stop() {
    if (std::exchange(impl_->stopping, true))
        return;
    remove_path(impl_->listener);
    boost::system::error_code ignored;
    impl_->socket.close(ignored);
}

base::Async<void> Acceptor::wait() {
    impl_->work.cancel();
    co_await impl_->work.wait(std::chrono::seconds(1));
}

} // namespace agent::doors::sockets
