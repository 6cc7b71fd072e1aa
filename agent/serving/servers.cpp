#include "agent/serving/servers.hpp"

#include "base/log.hpp"

namespace agent::serving {

namespace log = base::log;
using base::Async;
using base::Result;
using handlers::http::Server;

namespace {

constexpr auto drain_time = std::chrono::seconds(2);
constexpr auto between_attempts = std::chrono::seconds(5);

/// The loopback must be ours; but a host need not have IPv6.
Result<> listen_on_loopback(Server& server, const std::string& address, std::uint16_t port) {
    const auto bound = server.listen({address, port});
    if (!bound && (address == "127.0.0.1" || bound.error().code() != base::Errc::unavailable))
        return bound.error();
    return {};
}

void listen_if_free(Server& server, const std::string& address, std::uint16_t port) {
    const auto bound = server.listen({address, port});
    if (!bound)
        log::warn("cannot listen on an address, ignoring",
                  {{"address", address}, log::why(bound.error())});
}

} // namespace

Servers::Servers(base::Executor loop, model::World& world, observer::ContainerNetworks& networks,
                 const Sources& sources, ServerSettings settings)
    : settings_(std::move(settings)),
      networks_(networks),
      task_api_(world,
                {sources.callers, sources.pending, sources.newcomers, sources.stats,
                 sources.protection, sources.credentials, sources.audit},
                settings_.request_limits, settings_.local_endpoints),
      introspection_api_(world, {sources.callers, sources.pending, sources.health},
                         settings_.license),
      endpoint_(loop, "endpoint", task_api_, sources.callers, settings_.limits),
      introspection_(loop, "introspection", introspection_api_,
                     settings_.introspection_addresses.empty()
                         ? static_cast<handlers::http::PeerPolicy&>(sources.callers)
                         : any_peer_,
                     settings_.limits),
      work_(loop) {}

Result<> Servers::listen() {
    TRY(listen_on_loopback(endpoint_, "127.0.0.1", settings_.endpoint_port));
    TRY(listen_on_loopback(introspection_, "127.0.0.1", settings_.introspection_port));
    TRY(listen_on_loopback(introspection_, "::1", settings_.introspection_port));
    listen_if_free(introspection_, settings_.gateway, settings_.introspection_port);
    for (const auto& address : settings_.introspection_addresses)
        listen_if_free(introspection_, address, settings_.introspection_port);
    listeners_.emplace(introspection_, networks_, settings_.introspection_port);
    work_.spawn("bridge listener", listen_on_bridge());
    work_.spawn("introspection listeners", listeners_->run());
    return {};
}

/// Containers have no answers meanwhile.
Async<void> Servers::listen_on_bridge() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const auto bound = endpoint_.listen({settings_.gateway, settings_.endpoint_port});
        if (bound && !trouble_.empty())
            log::info("listening on the bridge again", {{"address", settings_.gateway}});
        if (!bound && trouble_.empty())
            log::warn("cannot listen on the bridge; trying again every 5 s",
                      {log::why(bound.error())});
        trouble_ = bound ? "" : bound.error().what();
        if (bound)
            co_return;
        co_await base::sleep_for(between_attempts);
    }
}

Async<void> Servers::stop() {
    work_.cancel();
    const bool ended = co_await work_.wait(drain_time);
    co_await endpoint_.stop(drain_time);
    co_await introspection_.stop(drain_time);
    if (ended)
        listeners_.reset();
}

} // namespace agent::serving
