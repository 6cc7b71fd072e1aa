#pragma once
// The parent cgroup of each task: it holds the task's cpu and memory limits, and Docker makes the
// containers' own cgroups in it (HostConfig.CgroupParent). Owned by the daemon, after Docker has
// said how it keeps cgroups. All calls block: offload them. They may run on several threads at
// once, for different tasks.

#include "agent/cgroup/driver.hpp"
#include "agent/cgroup/limits.hpp"
#include "base/error.hpp"

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace agent::cgroup {

struct Settings {
    std::string mount = "/sys/fs/cgroup"; ///< ECS_CGROUP_PATH: the mount that Docker uses as well
    std::string driver;                   ///< Docker's info: "cgroupfs" or "systemd"
    std::string version;                  ///< Docker's info: "1", "2"; "" where it does not say
    std::chrono::microseconds cpu_period = std::chrono::milliseconds(100);
    bool operator==(const Settings&) const = default;
};

struct Collected {
    std::vector<std::string> removed; ///< ids of tasks, sorted
    std::vector<base::Error> left;    ///< one for each that could not be removed
};

class TaskCgroups {
public:
    /// Touches nothing. unsupported, naming what is wrong: another driver or version than those.
    static base::Result<TaskCgroups> open(const Settings& settings);

    /// Whether limits can be set on this host: the controllers are there and may be written, or
    /// systemd answers. May make the folder that all tasks are in.
    base::Result<> check() const { return driver_->check(); }

    /// Makes (or finds) the task's cgroup and writes its limits: the value for
    /// HostConfig.CgroupParent, "/ecs/<task id>" or "ecstasks-<task id>.slice". On failure nothing
    /// new is left. invalid_argument: the id is none, or a limit is out of range; unsupported: a
    /// controller is lacking; permission, io: the kernel refused; unavailable, timeout: the system
    /// bus.
    base::Result<std::string> ensure(const std::string& task_id, const TaskLimits& limits) const;

    /// Removes it with what is empty below, in every hierarchy, and what another driver that Docker
    /// once had has left of it; fine when there is none. conflict, after a second: a process is in
    /// it, and it stays.
    base::Result<> remove(const std::string& task_id) const;

    /// Removes those of tasks that are not named, those of another driver that Docker once had, too,
    /// without waiting for any. Where nothing is named and nothing left, what all tasks are in goes
    /// as well. The error: they could not be listed.
    base::Result<Collected> collect(const std::set<std::string>& live) const;

private:
    TaskCgroups(Settings settings, int version);
    std::unique_ptr<const Driver> other_driver() const;

    Settings settings_;
    int version_; ///< of the kernel's interface
    std::unique_ptr<const Driver> driver_;
};

} // namespace agent::cgroup
