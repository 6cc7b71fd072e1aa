#include "agent/daemon/license_text.hpp"
#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/steps.hpp"
#include "base/log.hpp"

namespace agent::daemon {

namespace log = base::log;
using base::Result;
using handlers::http::Endpoint;
using handlers::http::Server;

namespace {

/// The first answers show readings of the host, unless these take longer.
constexpr auto first_readings = std::chrono::seconds(1);
constexpr auto drain_time = std::chrono::seconds(2);

handlers::http::Limits limits_of(const config::Config& config) {
    handlers::http::Limits limits;
    limits.header_bytes = config.http_max_header.bytes;
    limits.body_bytes = config.http_max_body.bytes;
    limits.request_time = config.http_request_timeout;
    limits.answer_time = config.http_request_timeout;
    limits.idle_time = config.http_idle_timeout;
    limits.connections = config.http_max_connections;
    limits.connections_per_address = config.http_max_connections_per_address;
    return limits;
}

handlers::RequestLimits request_limits_of(const config::Config& config) {
    const auto limit = [](const config::Rate& rate) {
        return handlers::RateLimit{double(rate.steady), double(rate.burst)};
    };
    handlers::RequestLimits limits;
    limits.requests = limit(config.task_metadata_rps_limit);
    limits.credentials = limit(config.credentials_rps_limit);
    return limits;
}

void add_health_checks(App& app) {
    app.health.add("engine", [&app]() -> std::string {
        return app.observer->connected() ? "" : "the docker engine does not answer";
    });
    app.health.add("containers", [&app] { return app.observer->trouble(); });
    app.health.add("bridge", [&app] { return app.guard->bridge_trouble(); });
    app.health.add("table", [&app] { return app.guard->table_trouble(); });
    app.health.add("endpoint", [&app] { return app.endpoint_trouble; });
    app.health.add("state", [&app] { return app.disk.trouble(); });
    app.health.add_pool("state", [&app] { return app.disk.depth(); });
    app.pools.each([&app](std::string_view name, const base::WorkerPool& pool) {
        app.health.add_pool(std::string(name), [at = &pool] { return at->depth(); });
    });
}

/// The loopback must be ours; but a host need not have IPv6.
Result<> listen_on_loopback(Server& server, const std::string& address, std::uint16_t port) {
    const auto bound = server.listen({address, port});
    if (!bound && (address == "127.0.0.1" || bound.error().code() != base::Errc::unavailable))
        return bound.error();
    return {};
}

/// A bridge address that somebody else holds is tried again until it is free; containers on that bridge
/// have no answers meanwhile, which the health tells.
base::Async<void> listen_when_free(App& app, Endpoint endpoint) {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const auto bound = app.endpoint_server->listen(endpoint);
        if (bound && !app.endpoint_trouble.empty())
            log::info("listening on the bridge again", {{"address", endpoint.address}});
        if (!bound && app.endpoint_trouble.empty())
            log::warn("cannot listen on the bridge; trying again every 5 s",
                      {log::why(bound.error())});
        app.endpoint_trouble = bound ? "" : bound.error().what();
        if (bound)
            co_return;
        co_await base::sleep_for(std::chrono::seconds(5));
    }
}

void listen_if_free(Server& server, const std::string& address, std::uint16_t port) {
    const auto bound = server.listen({address, port});
    if (!bound)
        log::warn("cannot listen on an address, ignoring",
                  {{"address", address}, log::why(bound.error())});
}

} // namespace

base::Async<Result<>> start_servers(App& app) {
    const auto& config = app.loaded.config;
    const auto gateway = guard_settings(config).bridge.gateway.to_string();
    add_health_checks(app);
    app.tasks.spawn("clock", app.host_reader->follow_clock());
    app.tasks.spawn("storage", app.host_reader->follow_storage());
    co_await app.host_reader->wait_for_first(first_readings);
    const handlers::TaskApi::Sources sources{*app.callers, *app.observer,
                                             *app.sampler, app.engine->protections(),
                                             *app.broker,  *app.audit_log};
    app.task_api.emplace(*app.world, sources, request_limits_of(config));
    const handlers::introspection::IntrospectionApi::Sources introspected{
        *app.callers, *app.observer, app.health};
    app.introspection_api.emplace(*app.world, introspected, license_text());
    app.endpoint_server.emplace(app.loop, "endpoint", *app.task_api, *app.callers,
                                limits_of(config));
    handlers::http::PeerPolicy& introspection_peers =
        config.introspection_listen.empty() ? static_cast<handlers::http::PeerPolicy&>(*app.callers)
                                            : app.any_peer;
    app.introspection_server.emplace(app.loop, "introspection", *app.introspection_api,
                                     introspection_peers, limits_of(config));

    CO_TRY(listen_on_loopback(*app.endpoint_server, "127.0.0.1", config.endpoint_port));
    Endpoint bridge{gateway, config.endpoint_port};
    app.tasks.spawn("bridge listener", listen_when_free(app, std::move(bridge)));
    auto& introspection = *app.introspection_server;
    CO_TRY(listen_on_loopback(introspection, "127.0.0.1", config.introspection_port));
    CO_TRY(listen_on_loopback(introspection, "::1", config.introspection_port));
    listen_if_free(introspection, gateway, config.introspection_port);
    for (const auto& address : config.introspection_listen)
        listen_if_free(introspection, address, config.introspection_port);
    app.introspection_listeners.emplace(introspection, *app.networks, config.introspection_port);
    app.tasks.spawn("introspection listeners", app.introspection_listeners->run());
    log::info("serving", {{"endpoint", gateway + ':' + std::to_string(config.endpoint_port)},
                          {"introspection_port", config.introspection_port}});
    co_return Result<>();
}

base::Async<void> stop_servers(App& app) {
    for (auto* server : {&app.endpoint_server, &app.introspection_server})
        if (*server)
            co_await (*server)->stop(drain_time);
    if (app.sampler)
        co_await app.sampler->stop();
    app.introspection_listeners.reset();
}

} // namespace agent::daemon
