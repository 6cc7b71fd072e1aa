#pragma once
// The ways in which a host keeps cgroups, one for each combination that Docker has: files of version
// 1, files of version 2, systemd. All calls block; none keeps state, so tasks may be served on
// several threads at once.

#include "agent/cgroup/limits.hpp"
#include "agent/cgroup/tree.hpp"
#include "base/error.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace agent::cgroup {

class Driver {
public:
    Driver() = default;
    virtual ~Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;

    /// Whether limits of tasks can be set on this host; the error says what is lacking.
    virtual base::Result<> check() const = 0;

    /// The task's cgroup exists with these limits: the value for HostConfig.CgroupParent. On
    /// failure what was made for it is gone again.
    virtual base::Result<std::string> ensure(const std::string& task_id,
                                             const TaskLimits& limits) const = 0;

    /// It is gone, with what is empty below; waits `patience` for processes that are about to end.
    /// conflict: there are still some.
    virtual base::Result<> remove(const std::string& task_id,
                                  std::chrono::milliseconds patience) const = 0;

    /// The ids of all tasks that have one, sorted.
    virtual base::Result<std::vector<std::string>> list() const = 0;

    /// What all tasks are in goes too, if nothing is in it.
    virtual base::Result<> remove_common_parent() const = 0;
};

/// `mount` has one folder a controller.
std::unique_ptr<Driver> make_cgroupfs_v1(std::string mount, std::chrono::microseconds cpu_period);

/// `mount` is the unified hierarchy. What the kernel refuses since it is busy (EBUSY) is written again
/// for a second; where it is made of threads (EOPNOTSUPP, cgroup.type) the error says so: unsupported.
std::unique_ptr<Driver> make_cgroupfs_v2(std::string mount, std::chrono::microseconds cpu_period,
                                         Write writer = write_value);

/// Slices, by the system bus. `version` is that of the kernel's interface, 1 or 2.
std::unique_ptr<Driver> make_systemd(std::string mount, int version,
                                     std::chrono::microseconds cpu_period);

} // namespace agent::cgroup
