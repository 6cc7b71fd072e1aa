#include "handlers/http/server.hpp"

#include "base/log.hpp"
#include "handlers/http/connection.hpp"
#include "handlers/http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <list>
#include <map>
#include <unordered_map>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace handlers::http {

namespace {

constexpr auto accept_token = asio::as_tuple(asio::use_awaitable);
constexpr auto accept_pause = std::chrono::milliseconds(100);

SocketAddress to_address(const tcp::endpoint& endpoint) {
    auto address = endpoint.address();
    if (address.is_v6()) {
        auto v6 = address.to_v6();
        v6.scope_id(0);
        address = v6;
    }
    return {address.to_string(), endpoint.port()};
}

base::Error bind_failure(const SocketAddress& endpoint, const boost::system::error_code& failure) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    const auto where = (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" +
                       std::to_string(endpoint.port);
    auto code = base::Errc::io;
    if (failure == asio::error::address_in_use)
        code = base::Errc::conflict;
    else if (failure == boost::system::errc::address_not_available)
        code = base::Errc::unavailable;
    else if (failure == asio::error::access_denied)
        code = base::Errc::permission;
    return {code, "cannot listen on " + where + ": " + failure.message()};
}

} // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    using ConnectionPtr = std::shared_ptr<Connection>;
    using AcceptorPtr = std::shared_ptr<tcp::acceptor>;

    Impl(base::Executor executor, std::string server_name, Application& app, PeerPolicy& policy,
         const Limits& server_limits)
        : loop(executor),
          service(executor, std::move(server_name), app, server_limits),
          peers(policy),
          sessions(executor),
          services(executor),
          arrived(executor) {}

    base::Result<AcceptorPtr> open(const SocketAddress& endpoint);
    /// Takes a client in, or closes it.
    void admit(tcp::socket socket);
    /// Takes a connection from whoever has most of them, if that is more than `wanted` has.
    bool make_room_for(const std::string& wanted);
    void enter(const ConnectionPtr& connection);
    void leave(const ConnectionPtr& connection);

    static base::Async<void> accept(std::shared_ptr<Impl> self, AcceptorPtr acceptor);
    static base::Async<void> attend(std::shared_ptr<Impl> self, ConnectionPtr connection);
    static base::Async<void> sweep(std::shared_ptr<Impl> self);

    base::Executor loop;
    Service service;
    PeerPolicy& peers;
    std::map<SocketAddress, AcceptorPtr> acceptors;
    std::list<ConnectionPtr> connections; ///< oldest first
    std::unordered_map<std::string, std::size_t> per_address;
    bool sweeping = false;
    base::TaskGroup sessions;
    base::TaskGroup services;
    base::Notifier arrived;
};

// ---- listening ----------------------------------------------------------------------------------

base::Result<Server::Impl::AcceptorPtr> Server::Impl::open(const SocketAddress& endpoint) {
    boost::system::error_code failure;
    const auto address = asio::ip::make_address(endpoint.address, failure);
    if (failure)
        return base::Error(base::Errc::invalid_argument,
                           "'" + endpoint.address + "' is no IP address");
    const tcp::endpoint place(address, endpoint.port);
    auto acceptor = std::make_shared<tcp::acceptor>(loop);
    acceptor->open(place.protocol(), failure);
    if (failure)
        return bind_failure(endpoint, failure);
    acceptor->set_option(tcp::acceptor::reuse_address(true), failure);
    if (address.is_v6())
        acceptor->set_option(asio::ip::v6_only(true), failure);
    if (acceptor->bind(place, failure); failure)
        return bind_failure(endpoint, failure);
    if (acceptor->listen(tcp::acceptor::max_listen_connections, failure); failure)
        return bind_failure(endpoint, failure);
    return acceptor;
}

base::Async<void> Server::Impl::accept(std::shared_ptr<Impl> self, AcceptorPtr acceptor) {
    bool failing = false;
    while (acceptor->is_open()) {
        auto accepted = co_await acceptor->async_accept(accept_token);
        const auto failure = std::get<0>(accepted);
        if (!failure) {
            failing = false;
            self->admit(std::move(std::get<1>(accepted)));
        } else if (failure == asio::error::operation_aborted || !acceptor->is_open()) {
            co_return;
        } else if (failure != asio::error::connection_aborted) {
            // Out of descriptors or memory: it would fail again at once.
            if (!failing)
                base::log::warn("cannot accept connections, trying again",
                                {{"server", self->service.name}, {"error", failure.message()}});
            failing = true;
            const bool rested = co_await base::sleep_for(accept_pause);
            if (!rested)
                co_return;
        }
    }
}

void Server::Impl::admit(tcp::socket socket) {
    const auto& limits = service.limits;
    boost::system::error_code failure;
    const auto remote = socket.remote_endpoint(failure);
    if (failure)
        return;
    const auto own = socket.local_endpoint(failure);
    auto peer = to_address(remote);
    if (failure || service.stopping || !peers.may_connect(peer.address))
        return;
    const auto held = per_address.find(peer.address);
    if (held != per_address.end() && held->second >= limits.connections_per_address)
        return;
    if (connections.size() >= limits.connections && !make_room_for(peer.address))
        return;
    auto connection =
        std::make_shared<Connection>(std::move(socket), std::move(peer), to_address(own),
                                     limits.header_bytes, limits.body_bytes);
    enter(connection);
    sessions.spawn(service.name, attend(shared_from_this(), std::move(connection)));
}

bool Server::Impl::make_room_for(const std::string& wanted) {
    const auto greediest =
        std::max_element(per_address.begin(), per_address.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto held = per_address.find(wanted);
    if (greediest == per_address.end() ||
        greediest->second <= (held == per_address.end() ? 1 : held->second + 1))
        return false;
    const auto oldest =
        std::find_if(connections.begin(), connections.end(), [&](const ConnectionPtr& each) {
            return each->peer.address == greediest->first;
        });
    const ConnectionPtr victim = *oldest;
    victim->close();
    leave(victim);
    return true;
}

void Server::Impl::enter(const ConnectionPtr& connection) {
    connections.push_back(connection);
    ++per_address[connection->peer.address];
    if (!sweeping)
        arrived.notify_all();
}

void Server::Impl::leave(const ConnectionPtr& connection) {
    if (connections.remove(connection) == 0)
        return;
    const auto held = per_address.find(connection->peer.address);
    if (--held->second == 0)
        per_address.erase(held);
}

/// Closes connections that are past their deadline. One timer for all of them costs a request
/// nothing, and none runs while there is no connection.
base::Async<void> Server::Impl::sweep(std::shared_ptr<Impl> self) {
    const auto& limits = self->service.limits;
    const auto shortest = std::min({limits.request_time, limits.idle_time, limits.answer_time});
    const auto pause =
        std::clamp(shortest / 10, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
    while (!self->service.stopping || !self->connections.empty()) {
        self->sweeping = !self->connections.empty();
        if (!self->sweeping) {
            co_await self->arrived.wait_for(std::chrono::hours(1));
            continue;
        }
        const bool rested = co_await base::sleep_for(pause);
        if (!rested)
            co_return;
        const auto now = Connection::Clock::now();
        for (const auto& connection : self->connections)
            if (connection->is_late(now))
                connection->close();
    }
}

base::Async<void> Server::Impl::attend(std::shared_ptr<Impl> self, ConnectionPtr connection) {
    co_await serve(self->service, *connection);
    connection->close();
    self->leave(connection);
}

// ---- the server ---------------------------------------------------------------------------------

Server::Server(base::Executor loop, std::string name, Application& application, PeerPolicy& peers,
               const Limits& limits)
    : impl_(std::make_shared<Impl>(std::move(loop), std::move(name), application, peers, limits)) {
    impl_->services.spawn("sweep", Impl::sweep(impl_));
}

Server::~Server() = default;

base::Result<SocketAddress> Server::listen(const SocketAddress& endpoint) {
    TRY(const auto acceptor, impl_->open(endpoint));
    const auto bound = to_address(acceptor->local_endpoint());
    impl_->acceptors.emplace(bound, acceptor);
    impl_->services.spawn("accept", Impl::accept(impl_, acceptor));
    return bound;
}

bool Server::stop_listening(const SocketAddress& endpoint) {
    const auto found = impl_->acceptors.find(endpoint);
    if (found == impl_->acceptors.end())
        return false;
    boost::system::error_code ignored;
    found->second->close(ignored);
    impl_->acceptors.erase(found);
    return true;
}

std::vector<SocketAddress> Server::addresses() const {
    std::vector<SocketAddress> places;
    for (const auto& [place, acceptor] : impl_->acceptors)
        places.push_back(place);
    return places;
}

std::size_t Server::connections() const {
    return impl_->connections.size();
}

base::Async<bool> Server::stop(std::chrono::milliseconds drain) {
    const auto impl = impl_;
    impl->service.stopping = true;
    for (const auto& place : addresses())
        stop_listening(place);
    for (const auto& connection : impl->connections)
        if (connection->idle)
            connection->close();
    const bool drained = co_await impl->sessions.wait(drain);
    if (!drained) {
        for (const auto& connection : impl->connections)
            connection->close();
        impl->sessions.cancel();
        co_await impl->sessions.wait(std::chrono::seconds(1));
    }
    impl->services.cancel();
    impl->arrived.notify_all();
    co_await impl->services.wait(std::chrono::seconds(1));
    co_return drained;
}

} // namespace handlers::http
