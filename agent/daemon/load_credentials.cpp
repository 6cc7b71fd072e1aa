#include "agent/credentials/credentials_file.hpp"
#include "agent/daemon/stages.hpp"

namespace agent::daemon {

using base::Result;

namespace {

credentials::ProviderServices provider_services(App& app) {
    const auto& config = app.loaded.config;
    return {
        app.loop,      app.pools.key_files,  app.pools.home_files,         app.pools.key_programs,
        config.region, config.imds_endpoint, config::process_environment()};
}

} // namespace

base::Async<Result<>> load_credentials(App& app) {
    const auto& config = app.loaded.config;
    if (config.audit_log_disabled)
        app.serving.audit_log = std::make_unique<serving::NoAuditLog>();
    else
        app.serving.audit_log =
            std::make_unique<serving::AuditLogFile>(app.loop, config.audit_log_file, *app.world);
    app.serving.broker.emplace(provider_services(app), app.work, *app.world, *app.serving.callers,
                               config.credentials_source_check);
    auto read = [&loaded = app.loaded] { return credentials::read_credentials_file(loaded); };
    CO_TRY(auto configuration, co_await base::offload(app.pools.key_files, std::move(read)));
    co_return app.serving.broker->configure(std::move(configuration));
}

} // namespace agent::daemon
