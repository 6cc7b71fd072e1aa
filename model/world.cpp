#include "model/world.hpp"

#include "base/empty_at_end.hpp"

#include <algorithm>

namespace model {

namespace {

/// The one normal container that lives in the network namespace of `owner`; null if several do.
const Container* only_member(const Task& task, std::string_view owner) {
    const auto joined = "container:" + std::string(owner);
    const Container* only = nullptr;
    for (const auto& container : task.containers) {
        const bool inside = container.docker_id == owner || container.network_mode == joined;
        if (!inside || container.type != ContainerType::normal)
            continue;
        if (only != nullptr)
            return nullptr;
        only = &container;
    }
    return only;
}

/// What is not there is claimed by nobody, and nothing is claimed twice.
void add_claim(std::vector<Claim>& claims, Claim claim) {
    if (!claim.key.empty() && std::find(claims.begin(), claims.end(), claim) == claims.end())
        claims.push_back(std::move(claim));
}

std::vector<Claim> claims_on_docker_ids(const Task& task) {
    std::vector<Claim> claims;
    for (const auto& container : task.containers)
        add_claim(claims, {container.docker_id, task.arn, "", std::nullopt});
    return claims;
}

std::vector<Claim> claims_on_endpoint_ids(const Task& task) {
    std::vector<Claim> claims;
    for (const auto& container : task.containers)
        add_claim(claims, {container.endpoint_id, task.arn, "", std::nullopt});
    return claims;
}

/// Those of the namespaces that the task's containers have, as long as these are taken to run.
std::vector<Claim> claims_on_addresses(const Task& task) {
    std::vector<Claim> claims;
    const auto claim = [&](const std::string& address, const Container& owner) {
        add_claim(claims, {address, task.arn, owner.docker_id, owner.started_at});
    };
    for (const auto& container : task.containers)
        if (container.known != ContainerStatus::stopped) {
            for (const auto& network : container.networks)
                claim(network.ipv4, container);
            claim(container.link_local_ipv4, container);
        }
    if (const auto* pause = task.pause(); pause != nullptr)
        claim(task.link_local_ipv4, *pause);
    return claims;
}

} // namespace

World::World(Instance instance) : instance_(std::move(instance)) {}

World::~World() {
    const auto left =
        std::ranges::count_if(observers_, [](const auto& observer) { return !observer.expired(); });
    base::assert_empty_at_end("observers of the World", static_cast<std::size_t>(left));
}

void World::set_readings(const HostReadings& readings) {
    if (readings == readings_)
        return;
    readings_ = readings;
    ++readings_generation_;
}

void World::put(Task task) {
    auto& slot = tasks_[task.arn];
    if (slot && *slot == task)
        return;
    const TaskPtr before = slot;
    slot = std::make_shared<const Task>(std::move(task));
    index(before.get(), slot.get());
    announce(before, slot);
}

bool World::remove(std::string_view arn) {
    const auto found = tasks_.find(arn);
    if (found == tasks_.end())
        return false;
    const TaskPtr before = found->second;
    tasks_.erase(found);
    index(before.get(), nullptr);
    announce(before, nullptr);
    return true;
}

World::Subscription World::on_change(Observer observer) {
    auto subscription = std::make_shared<const Observer>(std::move(observer));
    observers_.push_back(subscription);
    return subscription;
}

void World::announce(TaskPtr before, TaskPtr after) {
    ++generation_;
    untold_.push_back({std::move(before), std::move(after)});
    // An observer has made this change: whoever tells of the one before goes on with it.
    if (telling_)
        return;
    telling_ = true;
    while (!untold_.empty()) {
        const auto change = std::move(untold_.front());
        untold_.pop_front();
        tell(change);
    }
    telling_ = false;
}

void World::tell(const Change& change) {
    // Observers may come and leave meanwhile: who comes hears of the next change.
    const auto count = observers_.size();
    for (std::size_t i = 0; i < count; ++i)
        if (const auto observer = observers_[i].lock())
            (*observer)(change.before, change.after);
    std::erase_if(observers_, [](const auto& observer) { return observer.expired(); });
}

void World::index(const Task* before, const Task* after) {
    static const Task nobody{};
    const auto& was = before == nullptr ? nobody : *before;
    const auto& is = after == nullptr ? nobody : *after;
    docker_ids_.replace(claims_on_docker_ids(was), claims_on_docker_ids(is));
    endpoint_ids_.replace(claims_on_endpoint_ids(was), claims_on_endpoint_ids(is));
    addresses_.replace(claims_on_addresses(was), claims_on_addresses(is));
}

TaskPtr World::find_task(std::string_view arn) const {
    const auto found = tasks_.find(arn);
    return found == tasks_.end() ? nullptr : found->second;
}

ContainerRef World::find_by_endpoint_id(std::string_view id) const {
    const auto* claim = endpoint_ids_.find(id);
    if (claim == nullptr)
        return {};
    const auto task = find_task(claim->arn);
    const auto container =
        std::find_if(task->containers.begin(), task->containers.end(),
                     [&](const Container& each) { return each.endpoint_id == id; });
    return {task, &*container};
}

ContainerRef World::find_by_docker_id(std::string_view id) const {
    const auto* claim = docker_ids_.find(id);
    if (claim == nullptr)
        return {};
    const auto task = find_task(claim->arn);
    return {task, task->find_container(id)};
}

std::vector<ContainerRef> World::find_by_docker_id_prefix(std::string_view prefix) const {
    std::vector<ContainerRef> found;
    for (const auto id : docker_ids_.keys(prefix))
        found.push_back(find_by_docker_id(id));
    return found;
}

Caller World::find_by_address(std::string_view ipv4) const {
    const auto* claim = addresses_.find(ipv4);
    if (claim == nullptr)
        return {};
    const auto task = find_task(claim->arn);
    return {task, only_member(*task, claim->owner)};
}

} // namespace model
