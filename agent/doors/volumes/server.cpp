#include "agent/doors/volumes/server.hpp"

#include <algorithm>
#include <list>
#include <utility>

namespace agent::doors::volumes {

using base::Async;

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    using SessionPtr = std::shared_ptr<Session>;

    Impl(base::Executor executor, Plugin& its_plugin, const ServerLimits& its_limits)
        : loop(executor),
          plugin(its_plugin),
          limits(its_limits),
          acceptor(executor, "the volume plugin"),
          work(executor),
          tasks(executor),
          arrived(executor) {}

    void admit(base::Fd client);
    /// The connection that has been idle for longest ends; false where none is.
    bool make_room();
    static Async<void> attend(std::shared_ptr<Impl> self, SessionPtr session);
    static Async<void> sweep(std::shared_ptr<Impl> self);

    base::Executor loop;
    Plugin& plugin;
    const ServerLimits limits;
    sockets::Acceptor acceptor;
    base::TaskGroup work;
    base::TaskGroup tasks; ///< of the sessions
    base::Notifier arrived;
    std::list<SessionPtr> sessions;
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

Server::Server(base::Executor loop, Plugin& plugin, const ServerLimits& limits)
    : impl_(std::make_shared<Impl>(loop, plugin, limits)) {}

Server::~Server() = default;

base::Result<> Server::listen(sockets::Listener listener) {
    auto admit = [impl = std::weak_ptr(impl_)](base::Fd client) {
        if (const auto self = impl.lock())
            self->admit(std::move(client));
    };
    TRY(impl_->acceptor.listen(std::move(listener), std::move(admit)));
    impl_->work.spawn("sweep the volume plugin", Impl::sweep(impl_));
    return {};
}

std::size_t Server::connections() const {
    return impl_->sessions.size();
}

Async<void> Server::stop(std::chrono::milliseconds drain) {
    const auto impl = impl_;
    impl->acceptor.stop();
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
    co_await impl->acceptor.wait();
}

} // namespace agent::doors::volumes
