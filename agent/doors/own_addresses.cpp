#include "agent/doors/own_addresses.hpp"

#include "base/log.hpp"
#include "model/edit_task.hpp"

#include <utility>

namespace agent::doors {

namespace log = base::log;
using base::Async;

namespace {

constexpr auto between_attempts = std::chrono::seconds(5);

/// Of its own: the host's and another container's are not given an interface.
bool has_namespace(const model::Container& container) {
    return model::is_running(container) && container.network_mode != "host" &&
           !container.sandbox_key.empty();
}

/// Nothing has changed that an address depends on.
bool is_same_place(const model::Container& one, const model::Container& other) {
    return one.sandbox_key == other.sandbox_key && one.known == other.known &&
           one.link_local_ipv4 == other.link_local_ipv4;
}

} // namespace

OwnAddresses::OwnAddresses(base::Executor loop, model::World& world,
                           addresses::LinkLocal& link_local,
                           std::function<bool(const model::Container&)> is_wanted,
                           std::set<std::string> earlier)
    : world_(world),
      link_local_(link_local),
      is_wanted_(std::move(is_wanted)),
      may_be_leased_(std::move(earlier)),
      work_(std::move(loop)),
      changes_(world.on_change([this](const model::TaskPtr& before, const model::TaskPtr& after) {
          follow(before, after);
      })) {}

void OwnAddresses::follow(const model::TaskPtr& before, const model::TaskPtr& after) {
    const auto find_in = [](const model::TaskPtr& task, const model::Container& container) {
        return task ? task->find_container(container.docker_id) : nullptr;
    };
    if (after)
        for (const auto& container : after->containers) {
            const auto* was = find_in(before, container);
            if (was == nullptr || !is_same_place(*was, container))
                consider(container.docker_id);
        }
    if (before)
        for (const auto& container : before->containers)
            if (find_in(after, container) == nullptr)
                consider(container.docker_id);
}

void OwnAddresses::reassess() {
    const auto tasks = world_.tasks();
    for (const auto& [arn, task] : tasks)
        for (const auto& container : task->containers)
            consider(container.docker_id);
}

void OwnAddresses::forget(const std::string& docker_id) {
    consider(docker_id);
}

/// "" for one that is to have no address.
std::string OwnAddresses::wanted_namespace(const std::string& docker_id) const {
    const auto found = world_.find_by_docker_id(docker_id);
    const bool is_wanted = found && !found.container->declared && has_namespace(*found.container) &&
                           is_wanted_(*found.container);
    return is_wanted ? found.container->sandbox_key : std::string();
}

void OwnAddresses::consider(const std::string& docker_id) {
    auto wanted = wanted_namespace(docker_id);
    const bool may_have_one = members_.contains(docker_id) || may_be_leased_.contains(docker_id);
    if (wanted.empty() && !may_have_one)
        return;
    auto& member = members_[docker_id];
    member.wanted = std::move(wanted);
    if (member.is_settling)
        return;
    if (is_due(docker_id)) {
        member.is_settling = true;
        work_.spawn("address of a container", settle(docker_id));
    } else {
        // A look that takes a container anew shows none.
        show(docker_id, member.address);
    }
}

bool OwnAddresses::is_due(const std::string& docker_id) {
    const auto& member = members_[docker_id];
    return member.wanted != member.connected || may_be_leased_.contains(docker_id);
}

void OwnAddresses::show(const std::string& docker_id, const std::string& address) {
    const auto found = world_.find_by_docker_id(docker_id);
    if (!found || found.container->declared || found.container->link_local_ipv4 == address)
        return;
    model::edit_task(world_, found.task->arn, [&](model::Task& changed) {
        for (auto& container : changed.containers)
            if (container.docker_id == docker_id)
                container.link_local_ipv4 = address;
    });
}

/// Until what is connected is what is wanted.
Async<void> OwnAddresses::settle(std::string docker_id) {
    const auto stop = co_await base::stop_token();
    while (!stop.requested() && is_due(docker_id)) {
        bool done = false;
        if (members_[docker_id].wanted.empty())
            done = co_await release(docker_id);
        else
            done = co_await connect(docker_id);
        if (done)
            may_be_leased_.erase(docker_id);
        else if (!stop.requested())
            co_await base::sleep_for(between_attempts);
    }
    auto& member = members_[docker_id];
    member.is_settling = false;
    if (member.wanted.empty() && member.connected.empty())
        members_.erase(docker_id);
}

Async<bool> OwnAddresses::connect(std::string docker_id) {
    const auto wanted = members_[docker_id].wanted;
    // Also where it fails half-way.
    may_be_leased_.insert(docker_id);
    const auto address =
        co_await link_local_.connect(docker_id, wanted, addresses::InstanceMetadata::reachable);
    auto& member = members_[docker_id];
    if (!address) {
        // It may have ended meanwhile; then Docker tells.
        if (member.wanted == wanted)
            log::warn("a container is not given its address yet; trying again",
                      {{"container", docker_id}, log::why(address.error())});
        co_return false;
    }
    member.connected = wanted;
    member.address = *address;
    if (member.wanted == wanted) {
        log::info("a container has an address of its own",
                  {{"container", docker_id}, {"address", *address}});
        show(docker_id, *address);
    }
    co_return true;
}

Async<bool> OwnAddresses::release(std::string docker_id) {
    show(docker_id, "");
    const auto released = co_await link_local_.release(docker_id);
    if (!released) {
        log::warn("a container's address is not free yet; trying again",
                  {{"container", docker_id}, log::why(released.error())});
        co_return false;
    }
    auto& member = members_[docker_id];
    member.connected.clear();
    member.address.clear();
    co_return true;
}

Async<void> OwnAddresses::stop() {
    work_.cancel();
    co_await work_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors
