#include "agent/cloud/imds.hpp"
#include "agent/daemon/stages.hpp"
#include "base/log.hpp"
#include "version.hpp"

namespace agent::daemon {

namespace log = base::log;
using base::Result;

namespace {

constexpr auto imds_limit = std::chrono::milliseconds(1000);

/// The layer between the defaults and the files, for what no file says.
Result<> apply(config::Loaded& loaded, const cloud::InstanceFacts& facts) {
    const std::pair<std::string_view, const std::string&> values[] = {
        {"region", facts.region},
        {"account_id", facts.account_id},
        {"availability_zone", facts.availability_zone},
        {"availability_zone_id", facts.availability_zone_id},
    };
    for (const auto& [key, value] : values) {
        if (value.empty())
            continue;
        TRY(config::set(loaded, key, value, {config::Layer::imds, "instance metadata"}));
    }
    return config::validate(loaded.config);
}

base::Async<cloud::InstanceFacts> ask_cloud(App& app) {
    const auto& config = app.loaded.config;
    if (config.disable_imds)
        co_return cloud::InstanceFacts();
    if (!config::is_set(app.loaded, "imds_endpoint")) {
        auto look = [] { return cloud::is_ec2("/sys/class/dmi/id"); };
        const bool here = co_await base::offload(app.pools.kernel, std::move(look));
        if (!here)
            co_return cloud::InstanceFacts();
    }
    const auto facts = co_await cloud::ask_imds(app.loop, config.imds_endpoint, imds_limit);
    if (!facts) {
        log::warn("the instance metadata service does not answer; using the configuration alone",
                  {log::why(facts.error())});
        co_return cloud::InstanceFacts();
    }
    co_return *facts;
}

} // namespace

base::Async<Result<>> identify_host(App& app) {
    const auto facts = co_await ask_cloud(app);
    CO_TRY(apply(app.loaded, facts));
    const auto& config = app.loaded.config;
    auto id = config.container_instance_id;
    if (id.empty()) {
        auto stored = [&store = *app.state.store] { return store.container_instance_id(); };
        CO_TRY(id, co_await app.state.disk.run(std::move(stored)));
    }
    model::Instance instance;
    instance.scope = {config.region, config.account_id, config.cluster};
    instance.container_instance_arn = instance.scope.container_instance_arn(id);
    instance.availability_zone = config::effective_availability_zone(config);
    instance.availability_zone_id = config.availability_zone_id;
    instance.vpc_id = facts.vpc_id;
    instance.host_private_ipv4 = facts.private_ipv4;
    instance.host_public_ipv4 = facts.public_ipv4;
    instance.agent_version = "Amazon ECS Agent - v1.105.1 (" + std::string(build_id) + ")";
    instance.tags = config.container_instance_tags;
    log::info("this host", {{"cluster", config.cluster},
                            {"region", config.region},
                            {"container_instance", instance.container_instance_arn}});
    app.world.emplace(std::move(instance));
    co_return Result<>();
}

} // namespace agent::daemon
