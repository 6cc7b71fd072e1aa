// The volumes of fakes::FakeDocker: named ones only.

#include "fakes/fake_docker.hpp"

#include <algorithm>

namespace fakes {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

void FakeDocker::add_volume(docker::Volume volume) {
    const auto name = volume.name;
    volumes_[name] = std::move(volume);
}

Async<Result<std::string>> FakeDocker::create_volume(docker::VolumeSpec spec) {
    CO_TRY(co_await enter("create_volume", spec.name));
    docker::Volume volume;
    volume.name = spec.name;
    volume.driver = spec.driver.empty() ? "local" : spec.driver;
    volume.labels = spec.labels;
    volume.options = spec.driver_options;
    const auto existing = volumes_.find(spec.name);
    if (existing == volumes_.end())
        add_volume(std::move(volume));
    else if (existing->second.driver != volume.driver)
        co_return Error(Errc::conflict, "409 Conflict: volume " + spec.name + " exists");
    if (auto lost = lost_answer("create_volume"))
        co_return *lost;
    co_return spec.name;
}

Async<Result<std::optional<docker::Volume>>> FakeDocker::inspect_volume(std::string name) {
    CO_TRY(co_await enter("inspect_volume", name));
    const auto found = volumes_.find(name);
    if (found == volumes_.end())
        co_return std::optional<docker::Volume>();
    co_return std::optional(found->second);
}

Async<Result<std::vector<docker::Volume>>>
FakeDocker::list_volumes(std::vector<std::string> labels) {
    const auto filter = labels.empty() ? std::string() : labels.front();
    CO_TRY(co_await enter("list_volumes", filter));
    std::vector<docker::Volume> list;
    for (const auto& [name, volume] : volumes_)
        if (has_labels(volume.labels, labels))
            list.push_back(volume);
    co_return list;
}

Async<Result<bool>> FakeDocker::remove_volume(std::string name) {
    CO_TRY(co_await enter("remove_volume", name));
    for (const auto& each : containers_)
        for (const auto& mount : each.inspect.mounts)
            if (mount.name == name)
                co_return Error(Errc::conflict, "409 Conflict: volume " + name + " is in use");
    const bool removed = volumes_.erase(name) > 0;
    if (auto lost = lost_answer("remove_volume"))
        co_return *lost;
    co_return removed;
}

} // namespace fakes
