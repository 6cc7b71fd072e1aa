#include "agent/cgroup/task_cgroups.hpp"

#include "agent/cgroup/cgroupfs_names.hpp"
#include "agent/cgroup/slice_names.hpp"
#include "agent/cgroup/task_id.hpp"
#include "agent/cgroup/tree.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
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

constexpr std::string_view systemd = "systemd";
constexpr std::string_view cgroupfs = "cgroupfs";

std::unique_ptr<const Driver> make_driver(std::string_view name, const Settings& settings,
                                          int version) {
    if (name == systemd)
        return make_systemd(settings.mount, version, settings.cpu_period);
    return version == 2 ? make_cgroupfs_v2(settings.mount, settings.cpu_period)
                        : make_cgroupfs_v1(settings.mount, settings.cpu_period);
}

/// Whether a cgroup of this name is at the root of any hierarchy.
bool is_there(const std::string& mount, int version, const std::string& name) {
    std::vector<std::string> roots{mount};
    if (version == 1) {
        auto hierarchies = find_hierarchies(mount);
        if (!hierarchies)
            return false;
        roots = std::move(*hierarchies);
    }
    std::error_code ignored;
    return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
        return std::filesystem::is_directory(root + '/' + name, ignored);
    });
}

base::Result<> collect_of(const Driver& driver, const std::set<std::string>& live,
                          Collected& collected) {
    TRY(const auto found, driver.list());
    bool left = false;
    for (const auto& task_id : found) {
        if (live.contains(task_id))
            continue;
        if (auto removed = driver.remove(task_id, {}); removed) {
            collected.removed.push_back(task_id);
        } else {
            collected.left.push_back(std::move(removed).error());
            left = true;
        }
    }
    if (live.empty() && !left)
        if (auto removed = driver.remove_common_parent(); !removed)
            collected.left.push_back(std::move(removed).error());
    return {};
}

} // namespace

base::Result<TaskCgroups> TaskCgroups::open(const Settings& settings) {
    TRY(const int version, version_of(settings));
    if (settings.driver != systemd && settings.driver != cgroupfs)
        return base::Error(base::Errc::unsupported, "Docker's cgroup driver '" + settings.driver +
                                                        "': expected cgroupfs or systemd");
    return TaskCgroups(settings, version);
}

TaskCgroups::TaskCgroups(Settings settings, int version)
    : settings_(std::move(settings)),
      version_(version),
      driver_(make_driver(settings_.driver, settings_, version)) {}

/// The one that Docker had before, if it has left anything; else null. Files tell: a bus need not be
/// there where Docker does without.
std::unique_ptr<const Driver> TaskCgroups::other_driver() const {
    const bool is_systemd = settings_.driver == systemd;
    const std::string parent = is_systemd ? cgroupfs_parent : common_slice;
    if (!is_there(settings_.mount, version_, parent))
        return nullptr;
    return make_driver(is_systemd ? cgroupfs : systemd, settings_, version_);
}

base::Result<std::string> TaskCgroups::ensure(const std::string& task_id,
                                              const TaskLimits& limits) const {
    TRY(check_id(task_id));
    TRY(validate(limits));
    return driver_->ensure(task_id, limits);
}

base::Result<> TaskCgroups::remove(const std::string& task_id) const {
    TRY(check_id(task_id));
    auto removed = driver_->remove(task_id, patience);
    if (const auto other = other_driver())
        if (auto also = other->remove(task_id, patience); removed)
            removed = std::move(also);
    return removed;
}

base::Result<Collected> TaskCgroups::collect(const std::set<std::string>& live) const {
    Collected collected;
    TRY(collect_of(*driver_, live, collected));
    if (const auto other = other_driver())
        if (auto looked = collect_of(*other, live, collected); !looked)
            collected.left.push_back(std::move(looked).error());
    auto& removed = collected.removed;
    std::sort(removed.begin(), removed.end());
    removed.erase(std::unique(removed.begin(), removed.end()), removed.end());
    return collected;
}

} // namespace agent::cgroup
