#include "agent/daemon/license_text.hpp"
#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/stages.hpp"
#include "base/log.hpp"

namespace agent::daemon {

namespace log = base::log;
using base::Result;

namespace {

/// The first answers show readings of the host, unless these take longer.
constexpr auto first_readings = std::chrono::seconds(1);

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
    app.serving.health.add("engine", [&app]() -> std::string {
        return app.docker.observer->connected() ? "" : "the docker engine does not answer";
    });
    app.serving.health.add("containers", [&app] { return app.docker.observer->trouble(); });
    app.serving.health.add("bridge", [&app] { return app.host.guard->bridge_trouble(); });
    app.serving.health.add("table", [&app] { return app.host.guard->table_trouble(); });
    app.serving.health.add("endpoint", [&app] { return app.serving.servers->trouble(); });
    app.serving.health.add("state", [&app] { return app.state.disk.trouble(); });
    app.serving.health.add_pool("state", [&app] { return app.state.disk.depth(); });
    app.pools.each([&app](std::string_view name, const base::WorkerPool& pool) {
        app.serving.health.add_pool(std::string(name), [at = &pool] { return at->depth(); });
    });
}

serving::ServerSettings settings_of(const config::Config& config) {
    serving::ServerSettings settings;
    settings.gateway = guard_settings(config).bridge.gateway.to_string();
    settings.endpoint_port = config.endpoint_port;
    settings.introspection_port = config.introspection_port;
    settings.introspection_addresses = config.introspection_listen;
    settings.limits = limits_of(config);
    settings.request_limits = request_limits_of(config);
    if (config.local_endpoints)
        settings.local_endpoints = handlers::LocalEndpoints::on;
    settings.license = license_text();
    return settings;
}

} // namespace

base::Async<Result<>> start_servers(App& app) {
    add_health_checks(app);
    app.work.spawn("clock", app.host.reader->follow_clock());
    app.work.spawn("storage", app.host.reader->follow_storage());
    co_await app.host.reader->wait_for_first(first_readings);
    const serving::Sources sources{*app.serving.callers,
                                   *app.docker.observer,
                                   *app.doors.registrar,
                                   *app.host.sampler,
                                   app.tasks.supervisor->protections(),
                                   *app.serving.broker,
                                   *app.serving.audit_log,
                                   app.serving.health};
    auto settings = settings_of(app.loaded.config);
    log::info("serving",
              {{"endpoint", settings.gateway + ':' + std::to_string(settings.endpoint_port)},
               {"introspection_port", settings.introspection_port}});
    auto& servers = app.serving.servers.emplace(app.loop, *app.world, *app.docker.networks, sources,
                                                std::move(settings));
    CO_TRY(servers.listen());
    co_return Result<>();
}

base::Async<void> stop_servers(App& app) {
    if (app.serving.servers)
        co_await app.serving.servers->stop();
    if (app.host.sampler)
        co_await app.host.sampler->stop();
}

} // namespace agent::daemon
