#include "agent/cgroup/task_cgroups.hpp"

#include "agent/cgroup/task_id.hpp"

#include <filesystem>
#include <utility>

namespace agent::cgroup {

namespace {

/// A container that has just died is in its cgroup for a moment.
constexpr auto patience = std::chrono::seconds(1);

base::Result<int> version_of(const Settings& settings) {
    if (settings.version == "1")
        return 1;
    if (settings.version == "2")
        return 2;
    if (!settings.version.empty())
        return base::Error(base::Errc::unsupported,
                           "cgroups of version '" + settings.version + "': expected 1 or 2");
    std::error_code ignored;
    return std::filesystem::exists(settings.mount + "/cgroup.controllers", ignored) ? 2 : 1;
}

base::Result<> check_id(const std::string& task_id) {
    if (is_task_id(task_id))
        return {};
    return base::Error(base::Errc::invalid_argument,
                       "'" + task_id.substr(0, 64) +
                           "' is no id of a task: expected 32 hex digits or a UUID");
}

} // namespace

base::Result<TaskCgroups> TaskCgroups::open(const Settings& settings) {
    TRY(const int version, version_of(settings));
    if (settings.driver == "systemd")
        return TaskCgroups(make_systemd(settings.mount, version, settings.cpu_period));
    if (settings.driver != "cgroupfs")
        return base::Error(base::Errc::unsupported, "Docker's cgroup driver '" + settings.driver +
                                                        "': expected cgroupfs or systemd");
    return TaskCgroups(version == 2 ? make_cgroupfs_v2(settings.mount, settings.cpu_period)
                                    : make_cgroupfs_v1(settings.mount, settings.cpu_period));
}

base::Result<std::string> TaskCgroups::ensure(const std::string& task_id,
                                              const TaskLimits& limits) const {
    TRY(check_id(task_id));
    TRY(validate(limits));
    return driver_->ensure(task_id, limits);
}

base::Result<> TaskCgroups::remove(const std::string& task_id) const {
    TRY(check_id(task_id));
    return driver_->remove(task_id, patience);
}

base::Result<Collected> TaskCgroups::collect(const std::set<std::string>& live) const {
    TRY(const auto found, driver_->list());
    Collected collected;
    for (const auto& task_id : found) {
        if (live.contains(task_id))
            continue;
        if (auto removed = driver_->remove(task_id, {}); removed)
            collected.removed.push_back(task_id);
        else
            collected.left.push_back(std::move(removed).error());
    }
    if (live.empty() && collected.left.empty())
        if (auto removed = driver_->remove_common_parent(); !removed)
            collected.left.push_back(std::move(removed).error());
    return collected;
}

} // namespace agent::cgroup
