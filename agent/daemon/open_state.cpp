#include "agent/daemon/stages.hpp"
#include "base/files.hpp"
#include "base/log.hpp"

namespace agent::daemon {

namespace log = base::log;
using base::Errc;
using base::Result;

namespace {

ipam::Subnet pool_of(const config::Config& config) {
    return {ipam::Address(config.link_local_pool.address),
            static_cast<unsigned short>(config.link_local_pool.prefix_length)};
}

struct State {
    state::Store store;
    ipam::LeaseTable leases;
};

Result<State> open_both(const std::string& path, const ipam::Subnet& pool) {
    TRY(auto store, state::Store::open(path));
    if (const auto before = store.migrated_from())
        log::info("the state file of an earlier version has this one's tables now; as it was it is "
                  "kept until the tasks are found again",
                  {{"version", *before}, {"kept_as", state::kept_copy(path, *before)}});
    TRY(auto leases, ipam::LeaseTable::open(path, pool));
    return State{std::move(store), std::move(leases)};
}

/// A damaged file is set aside rather than fatal: what it held is found again in Docker and the
/// kernel. One of a newer version is fatal: what only it holds (which jobs have run) must not be lost.
Result<State> open_or_replace(const std::string& data_directory, const ipam::Subnet& pool) {
    TRY(base::make_directories(data_directory, 0755));
    const auto path = data_directory + '/' + std::string(state::file_name);
    auto state = open_both(path, pool);
    if (state || state.error().code() != Errc::corrupt)
        return state;
    TRY(const auto aside, base::set_database_aside(path));
    log::error("the state file is damaged; set aside, starting with a new one",
               {{"kept_as", aside}, log::why(state.error())});
    return open_both(path, pool);
}

} // namespace

base::Async<Result<>> open_state(App& app) {
    const auto& config = app.loaded.config;
    auto open = [directory = config.data_dir, pool = pool_of(config)] {
        return open_or_replace(directory, pool);
    };
    CO_TRY(auto opened, co_await app.state.disk.run(std::move(open)));
    app.state.store.emplace(std::move(opened.store));
    app.state.leases.emplace(std::move(opened.leases));
    for (const auto& lease : app.state.leases->outside())
        log::warn("a lease of an earlier pool is kept apart",
                  {{"owner", lease.owner}, {"address", lease.address.to_string()}});
    co_return Result<>();
}

} // namespace agent::daemon
