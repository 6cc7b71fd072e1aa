#include "agent/doors/proxy/proxy.hpp"

#include "agent/doors/proxy/session.hpp"
#include "base/log.hpp"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <optional>

namespace asio = boost::asio;

namespace agent::doors::proxy {

using Acceptor = asio::local::stream_protocol::acceptor;

namespace {

constexpr auto accept_pause = std::chrono::milliseconds(100);
/// Then others have a turn.
constexpr int accepted_at_once = 16;
/// So many more than may be are let in to be told that there are too many.
constexpr std::size_t most_crowded = 64;

/// Each connection has two open files, and the daemon needs others: at most half of what may be open.
std::size_t most_connections(const Limits& limits) {
    rlimit open_files{};
    if (::getrlimit(RLIMIT_NOFILE, &open_files) != 0)
        return limits.connections;
    return std::min<std::size_t>(limits.connections, open_files.rlim_cur / 4);
}

} // namespace

struct Proxy::Impl : std::enable_shared_from_this<Proxy::Impl> {
    using SessionPtr = std::shared_ptr<Session>;

    Impl(base::Executor loop, Settings settings, Completer& completer)
        : service(loop, std::move(settings), completer),
          acceptor(loop),
          work(loop),
          arrived(loop),
          most(most_connections(service.settings.limits)) {}

    void admit(base::Fd client);
    /// Takes clients until none is there. errno of what failed, 0 else.
    int accept_some();
    static base::Async<void> accept(std::shared_ptr<Impl> self);
    static base::Async<void> attend(std::shared_ptr<Impl> self, SessionPtr session);
    static base::Async<void> sweep(std::shared_ptr<Impl> self);

    Service service;
    Listener listener; ///< without its socket, which the acceptor has
    Acceptor acceptor;
    base::TaskGroup work;
    base::Notifier arrived;
    std::list<SessionPtr> sessions;
    const std::size_t most;
    bool sweeping = false;
    bool stopping = false;
};

void Proxy::Impl::admit(base::Fd client) {
    ++service.counters.accepted;
    const bool crowded = sessions.size() >= most;
    service.counters.crowded += crowded ? 1 : 0;
    if (sessions.size() >= most + most_crowded)
        return;
    const auto session = std::make_shared<Session>(service, std::move(client), crowded);
    sessions.push_back(session);
    service.counters.connections = sessions.size();
    if (!sweeping)
        arrived.notify_all();
    service.tasks.spawn("client of the Docker socket", attend(shared_from_this(), session));
}

int Proxy::Impl::accept_some() {
    for (int count = 0; count < accepted_at_once; ++count) {
        base::Fd client(
            ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client)
            admit(std::move(client));
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
        else if (errno != ECONNABORTED && errno != EINTR)
            return errno;
    }
    return 0;
}

base::Async<void> Proxy::Impl::accept(std::shared_ptr<Impl> self) {
    bool failing = false;
    while (!self->stopping) {
        const auto [ended] =
            co_await self->acceptor.async_wait(Acceptor::wait_read, asio::as_tuple(asio::deferred));
        if (ended || self->stopping)
            co_return;
        const int failure = self->accept_some();
        if (failure != 0) {
            // Out of descriptors or memory: it would fail again at once.
            if (!failing)
                base::log::warn("cannot accept clients of the Docker socket, trying again",
                                {base::log::why(base::from_errno("accept", failure))});
            const bool rested = co_await base::sleep_for(accept_pause);
            if (!rested)
                co_return;
        }
        failing = failure != 0;
    }
}

base::Async<void> Proxy::Impl::attend(std::shared_ptr<Impl> self, SessionPtr session) {
    co_await Session::serve(session);
    self->sessions.remove(session);
    self->service.counters.connections = self->sessions.size();
}

/// Closes what is over. One timer for all, and none while there is no connection.
base::Async<void> Proxy::Impl::sweep(std::shared_ptr<Impl> self) {
    const auto& limits = self->service.settings.limits;
    const auto pause = std::clamp(std::min(limits.linger_time, limits.refusal_time) / 2,
                                  std::chrono::milliseconds(5), std::chrono::milliseconds(1000));
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        self->sweeping = !self->sessions.empty();
        if (!self->sweeping) {
            co_await self->arrived.wait_for(std::chrono::hours(1));
            continue;
        }
        co_await base::sleep_for(pause);
        const auto now = Session::Clock::now();
        for (const auto& session : self->sessions)
            if (session->is_over(now))
                session->close();
    }
}

Proxy::Proxy(base::Executor loop, Settings settings, Completer& completer)
    : impl_(std::make_shared<Impl>(loop, std::move(settings), completer)) {}

Proxy::~Proxy() = default;

base::Result<> Proxy::listen(Listener listener) {
    boost::system::error_code failure;
    impl_->acceptor.assign(asio::local::stream_protocol(), listener.socket.get(), failure);
    if (failure)
        return base::Error(base::Errc::io, "listen at " + impl_->service.settings.socket_path +
                                               ": " + failure.message());
    static_cast<void>(listener.socket.release());
    impl_->listener = std::move(listener);
    impl_->work.spawn("accept clients of the Docker socket", Impl::accept(impl_));
    impl_->work.spawn("sweep the Docker socket", Impl::sweep(impl_));
    return {};
}

Counters Proxy::counters() const {
    return impl_->service.counters;
}

base::Async<void> Proxy::stop(std::chrono::milliseconds drain) {
    const auto impl = impl_;
    impl->stopping = true;
    remove_path(impl->listener, impl->service.settings.socket_path);
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    for (const auto& session : impl->sessions)
        if (session->is_idle())
            session->close();
    co_await impl->service.tasks.wait(drain);
    for (const auto& session : impl->sessions)
        session->close();
    co_await impl->service.completions.stop();
    co_await impl->service.tasks.wait(std::chrono::seconds(1));
    impl->work.cancel();
    co_await impl->work.wait(std::chrono::seconds(1));
}

} // namespace agent::doors::proxy
