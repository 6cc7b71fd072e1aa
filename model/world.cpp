#include "model/world.hpp"

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

} // namespace

World::World(Instance instance) : instance_(std::move(instance)) {}

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
    if (before)
        unindex(*before);
    slot = std::make_shared<const Task>(std::move(task));
    index(slot);
    announce(before, slot);
}

bool World::remove(std::string_view arn) {
    const auto found = tasks_.find(arn);
    if (found == tasks_.end())
        return false;
    const TaskPtr before = found->second;
    unindex(*before);
    tasks_.erase(found);
    announce(before, nullptr);
    return true;
}

void World::announce(TaskPtr before, TaskPtr after) {
    ++generation_;
    for (const auto& observer : observers_)
        observer(before, after);
}

void World::index(const TaskPtr& task) {
    for (std::size_t i = 0; i < task->containers.size(); ++i) {
        const auto& container = task->containers[i];
        if (!container.docker_id.empty())
            arn_by_docker_id_[container.docker_id] = task->arn;
        if (!container.endpoint_id.empty())
            by_endpoint_id_[container.endpoint_id] = {task->arn, i};
        if (container.known == ContainerStatus::stopped)
            continue;
        for (const auto& network : container.networks)
            if (!network.ipv4.empty())
                by_address_[network.ipv4] = {task->arn, container.docker_id};
    }
    if (!task->link_local_ipv4.empty() && task->pause() != nullptr)
        by_address_[task->link_local_ipv4] = {task->arn, task->pause()->docker_id};
}

void World::unindex(const Task& task) {
    // A container or an address may have gone to another task meanwhile: only our own entries are
    // taken out.
    const auto forget_address = [&](const std::string& address) {
        const auto found = by_address_.find(address);
        if (found != by_address_.end() && found->second.first == task.arn)
            by_address_.erase(found);
    };
    for (const auto& container : task.containers) {
        const auto by_id = arn_by_docker_id_.find(container.docker_id);
        if (by_id != arn_by_docker_id_.end() && by_id->second == task.arn)
            arn_by_docker_id_.erase(by_id);
        const auto by_endpoint = by_endpoint_id_.find(container.endpoint_id);
        if (by_endpoint != by_endpoint_id_.end() && by_endpoint->second.first == task.arn)
            by_endpoint_id_.erase(by_endpoint);
        for (const auto& network : container.networks)
            forget_address(network.ipv4);
    }
    forget_address(task.link_local_ipv4);
}

TaskPtr World::find_task(std::string_view arn) const {
    const auto found = tasks_.find(arn);
    return found == tasks_.end() ? nullptr : found->second;
}

ContainerRef World::find_by_endpoint_id(std::string_view id) const {
    const auto found = by_endpoint_id_.find(id);
    if (found == by_endpoint_id_.end())
        return {};
    const auto task = find_task(found->second.first);
    return {task, &task->containers[found->second.second]};
}

ContainerRef World::find_by_docker_id(std::string_view id) const {
    const auto found = arn_by_docker_id_.find(id);
    if (found == arn_by_docker_id_.end())
        return {};
    const auto task = find_task(found->second);
    return {task, task->find_container(id)};
}

std::vector<ContainerRef> World::find_by_docker_id_prefix(std::string_view prefix) const {
    std::vector<ContainerRef> found;
    for (auto entry = arn_by_docker_id_.lower_bound(prefix);
         entry != arn_by_docker_id_.end() && entry->first.starts_with(prefix); ++entry)
        found.push_back(find_by_docker_id(entry->first));
    return found;
}

Caller World::find_by_address(std::string_view ipv4) const {
    const auto found = by_address_.find(ipv4);
    if (found == by_address_.end())
        return {};
    const auto& [arn, owner] = found->second;
    const auto task = find_task(arn);
    return {task, only_member(*task, owner)};
}

} // namespace model
