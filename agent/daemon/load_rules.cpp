#include "agent/daemon/host_file.hpp"
#include "agent/daemon/stages.hpp"
#include "agent/doors/host.hpp"
#include "base/log.hpp"

#include <utility>

namespace agent::daemon {

/// What this host says, of task definitions and of containers that none declares, and who acts on it.
base::Async<base::Result<>> load_rules(App& app) {
    CO_TRY(auto accepted, co_await read_host_file(app));
    // A host that is booted with a wrong file would have no agent otherwise, and a socket at which all
    // clients wait.
    if (accepted.refusal)
        base::log::error("the host file is wrong; what it said before stays in force",
                         {base::log::why(*accepted.refusal)});
    set_host_file(app, accepted.says);
    auto read_key = [&loaded = app.loaded] { return doors::read_cluster_key(loaded); };
    CO_TRY(app.doors.key, co_await base::offload(app.pools.key_files, std::move(read_key)));
    auto host = doors::host_of(app.loaded.config, std::move(accepted.says));
    app.doors.registrar.emplace(app.loop, *app.docker.client, *app.world, *app.tasks.metadata_files,
                                std::move(host), app.docker.observer->given(), app.doors.key);
    app.doors.registrar->on_learned(
        [&app](const std::string& docker_id, const observer::Given& given) {
            app.docker.observer->keep_given(docker_id, given);
        });
    const auto is_wanted = [&app](const model::Container& container) {
        return app.doors.registrar->wants_address(container);
    };
    std::set<std::string> earlier;
    for (const auto& [docker_id, given] : app.docker.observer->given())
        earlier.insert(docker_id);
    app.doors.addresses.emplace(app.loop, *app.world, *app.host.link_local, is_wanted,
                                std::move(earlier));
    co_return base::Result<>();
}

} // namespace agent::daemon
