#include "agent/doors/volumes/server.hpp"

#include "base/log.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <utility>

namespace asio = boost::asio;

namespace agent::doors::volumes {

using base::Async;
using Acceptor = asio::local::stream_protocol::acceptor;

namespace {

constexpr auto accept_pause = std::chrono::milliseconds(100);

} // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    using SessionPtr = std::shared_ptr<Session>;

    Impl(base::Executor executor, std::string socket_path, Plugin& its_plugin,
         const ServerLimits& its_limits)
        : loop(executor),
          path(std::move(socket_path)),
          plugin(its_plugin),
          limits(its_limits),
          acceptor(executor),
          work(executor),
          tasks(executor),
          arrived(executor) {}

    void admit(base::Fd client);
    /// The connection that has been idle for longest ends; false where none is.
    bool make_room();
    static Async<void> accept(std::shared_ptr<Impl> self);
    static Async<void> attend(std::shared_ptr<Impl> self, SessionPtr session);
    static Async<void> sweep(std::shared_ptr<Impl> self);

    base::Executor loop;
    const std::string path;
    Plugin& plugin;
    const ServerLimits limits;
    proxy::Listener listener; ///< without its socket, which the acceptor has
    Acceptor acceptor;
    base::TaskGroup work;
    base::TaskGroup tasks; ///< of the sessions
    base::Notifier arrived;
    std::list<SessionPtr> sessions;
    bool stopping = false;
};

void Server::Impl::admit(base::Fd client) {
    if (sessions.size() >= limits.connections && !make_room())
        return;
    const auto session = std::make_shared<Session>(loop, std::move(client), limits);
    sessions.push_back(session);
    arrived.notify_all();
    tasks.spawn("client of the volume plugin", attend(shared_from_this(), session));
}

bool Server::Impl::make_room() {
    const auto rather = [](const SessionPtr& a, const SessionPtr& b) {
        return std::pair(!a->is_idle(), a->idle_since()) <
               std::pair(!b->is_idle(), b->idle_since());
    };
    const auto first = std::ranges::min_element(sessions, rather);
    if (first == sessions.end() || !(*first)->is_idle())
        return false;
    (*first)->close();
    sessions.erase(first);
    return true;
}

Async<void> Server::Impl::accept(std::shared_ptr<Impl> self) {
    bool failing = false;
    while (!self->stopping) {
        const auto [ended] =
            co_await self->acceptor.async_wait(Acceptor::wait_read, asio::as_tuple(asio::deferred));
        if (ended || self->stopping)
            co_return;
        base::Fd client(::accept4(self->acceptor.native_handle(), nullptr, nullptr,
                                  SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client) {
            failing = false;
            self->admit(std::move(client));
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR)
            continue;
        // Out of descriptors or memory: it would fail again at once.
        if (!failing)
            base::log::warn("cannot accept the engine at the volume plugin, trying again",
                            {base::log::why(base::from_errno("accept"))});
        failing = true;
        const bool rested = co_await base::sleep_for(accept_pause);
        if (!rested)
            co_return;
    }
}

Async<void> Server::Impl::attend(std::shared_ptr<Impl> self, SessionPtr session) {
    co_await Session::serve(session, self->plugin);
    self->sessions.remove(session);
}

/// Closes those that are late. One timer for all, and none while there is no connection.
Async<void> Server::Impl::sweep(std::shared_ptr<Impl> self) {
    const auto pause = std::clamp(std::min(self->limits.request_time, self->limits.send_time) / 2,
                                  std::chrono::milliseconds(5), std::chrono::milliseconds(1000));
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        if (self->sessions.empty()) {
            co_await self->arrived.wait_for(std::chrono::hours(1));
            continue;
        }
        co_await base::sleep_for(pause);
        const auto now = Session::Clock::now();
        for (const auto& session : self->sessions)
            if (session->is_late(now))
                session->close();
    }
}

Server::Server(base::Executor loop, std::string path, Plugin& plugin, const ServerLimits& limits)
    : impl_(std::make_shared<Impl>(loop, std::move(path), plugin, limits)) {}

Server::~Server() = default;

base::Result<> Server::listen(proxy::Listener listener) {
    boost::system::error_code failure;
    impl_->acceptor.assign(asio::local::stream_protocol(), listener.socket.get(), failure);
    if (failure)
        return base::Error(base::Errc::io, "listen at " + impl_->path + ": " + failure.message());
    static_cast<void>(listener.socket.release());
    impl_->listener = std::move(listener);
    impl_->work.spawn("accept at the volume plugin", Impl::accept(impl_));
    impl_->work.spawn("sweep the volume plugin", Impl::sweep(impl_));
    return {};
}

std::size_t Server::connections() const {
    return impl_->sessions.size();
}

Async<void> Server::stop(std::chrono::milliseconds drain) {
    const auto impl = impl_;
    impl->stopping = true;
    proxy::remove_path(impl->listener, impl->path);
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    for (const auto& session : impl->sessions)
        if (session->is_idle())
            session->close();
        else
            session->end_soon();
    co_await impl->tasks.wait(drain);
    for (const auto& session : impl->sessions)
        session->close();
    impl->tasks.cancel();
    co_await impl->tasks.wait(std::chrono::seconds(1));
    impl->work.cancel();
    co_await impl->work.wait(std::chrono::seconds(1));
}

} // namespace agent::doors::volumes
