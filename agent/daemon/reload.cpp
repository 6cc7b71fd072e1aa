#include "agent/daemon/reload.hpp"

#include "agent/credentials/credentials_file.hpp"
#include "agent/daemon/app.hpp"
#include "agent/daemon/host_file.hpp"
#include "base/log.hpp"

#include <utility>

namespace agent::daemon {

namespace log = base::log;
using base::Async;

namespace {

Async<void> reload_credentials(App& app) {
    auto read = [loaded = app.loaded] { return credentials::read_credentials_file(loaded); };
    auto configuration = co_await base::offload(app.pools.key_files, std::move(read));
    const auto taken = configuration ? app.serving.broker->configure(std::move(*configuration))
                                     : std::move(configuration).error();
    if (!taken)
        log::error("the credentials file is not reloaded; what it said before stays in force",
                   {log::why(taken.error())});
}

Async<void> reload_host_file(App& app) {
    auto accepted = co_await read_host_file(app);
    if (!accepted || accepted->refusal) {
        log::error("the host file is not reloaded; what it said before stays in force",
                   {log::why(accepted ? *accepted->refusal : accepted.error())});
        co_return;
    }
    if (app.tasks.supervisor)
        set_host_file(app, accepted->says);
    app.doors.registrar->set_rules(std::move(accepted->says));
    app.doors.addresses->reassess();
}

} // namespace

Async<void> reload(App& app, Reload load) {
    const auto loaded = co_await base::offload(app.pools.key_files, std::move(load));
    if (!loaded) {
        log::error("the configuration is not reloaded; the old one stays in force",
                   {log::why(loaded.error())});
        co_return;
    }
    log::set_level(loaded->config.log_level);
    if (app.serving.broker)
        co_await reload_credentials(app);
    if (app.doors.registrar)
        co_await reload_host_file(app);
    if (app.tasks.supervisor)
        app.tasks.supervisor->reload();
    log::info(
        "configuration reloaded: log level, credentials file, host file and tasks; the rest takes "
        "effect at a restart");
}

} // namespace agent::daemon
