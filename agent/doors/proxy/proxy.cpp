#include "agent/doors/proxy/proxy.hpp"

#include "agent/doors/proxy/session.hpp"
#include "base/log.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <list>
#include <optional>

namespace agent::doors::proxy {

namespace {

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
          acceptor(loop, "the Docker socket"),
          work(loop),
          arrived(loop),
          most(most_connections(service.settings.limits)) {}

    void admit(base::Fd client);
    static base::Async<void> attend(std::shared_ptr<Impl> self, SessionPtr session);
    static base::Async<void> sweep(std::shared_ptr<Impl> self);

    Service service;
    sockets::Acceptor acceptor;
    base::TaskGroup work;
    base::Notifier arrived;
    std::list<SessionPtr> sessions;
    const std::size_t most;
    bool sweeping = false;
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

base::Result<> Proxy::listen(sockets::Listener listener) {
    auto admit = [impl = std::weak_ptr(impl_)](base::Fd client) {
        if (const auto self = impl.lock())
            self->admit(std::move(client));
    };
    TRY(impl_->acceptor.listen(std::move(listener), std::move(admit)));
    impl_->work.spawn("sweep the Docker socket", Impl::sweep(impl_));
    return {};
}

Counters Proxy::counters() const {
    return impl_->service.counters;
}

base::Async<void> Proxy::stop(std::chrono::milliseconds drain) {
    const auto impl = impl_;
    impl->acceptor.stop();
    for (const auto& session : impl->sessions)
        if (session->is_idle())
            session->close();
    co_await impl->service.tasks.wait(drain);
    for (const auto& session : impl->sessions)
        session->close();
    impl->service.completions.cancel();
    co_await impl->service.tasks.wait(std::chrono::seconds(1));
    // What these sessions leave behind is told yet.
    co_await impl->service.completions.stop();
    impl->work.cancel();
    co_await impl->work.wait(std::chrono::seconds(1));
    co_await impl->acceptor.wait();
}

} // namespace agent::doors::proxy
