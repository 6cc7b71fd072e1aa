#include "agent/daemon/stages.hpp"
#include "metadatafile/paths.hpp"

namespace agent::daemon {

using base::Result;

namespace {

containers::Host host_of(const App& app) {
    const auto& config = app.loaded.config;
    containers::Host host;
    host.scope = app.world->instance().scope;
    host.metadata_files = config.enable_container_metadata;
    host.task_roles = config.enable_task_iam_role;
    host.task_roles_on_host = config.enable_task_iam_role_network_host;
    host.metadata_root = metadatafile::root_directory(config.data_dir);
    return host;
}

} // namespace

Result<rules::HostFile> read_host_file(const config::Loaded& loaded) {
    return rules::load_host_file(loaded.config.host_file, config::is_set(loaded, "host_file"));
}

/// What this host says of containers that no task definition declares, and who acts on it.
base::Async<Result<>> load_rules(App& app) {
    auto read = [&loaded = app.loaded] { return read_host_file(loaded); };
    CO_TRY(auto rules, co_await base::offload(app.pools.key_files, std::move(read)));
    auto& registrar = app.doors.registrar.emplace(app.loop, *app.world, *app.tasks.metadata_files,
                                                  host_of(app));
    registrar.set_rules(std::move(rules));
    co_return Result<>();
}

} // namespace agent::daemon
