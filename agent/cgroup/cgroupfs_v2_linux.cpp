// Version 2: one hierarchy, in which each cgroup says what its children may limit.

#include "agent/cgroup/cgroupfs_names.hpp"
#include "agent/cgroup/driver.hpp"
#include "agent/cgroup/task_id.hpp"
#include "agent/cgroup/tree.hpp"

#include <algorithm>

namespace agent::cgroup {

namespace {

/// In a list of the kernel's: words between single blanks.
bool has_word(const std::string& text, const std::string& word) {
    return (' ' + text + ' ').find(' ' + word + ' ') != std::string::npos;
}

class CgroupfsV2 : public Driver {
public:
    CgroupfsV2(std::string mount, std::chrono::microseconds cpu_period)
        : mount_(std::move(mount)), cpu_period_(cpu_period), tree_({mount_}) {}

    base::Result<> check() const override {
        const auto parent = mount_ + '/' + cgroupfs_parent;
        for (const std::string controller : {"memory", "cpu"})
            TRY(enable(mount_, controller));
        return make_cgroup(parent);
    }

    base::Result<std::string> ensure(const std::string& task_id,
                                     const TaskLimits& limits) const override {
        const auto name = cgroupfs_name(task_id);
        if (auto made = limit(name, limits); !made) {
            // What is in use was there before, and stays.
            (void)tree_.remove(name, {});
            return std::move(made).error();
        }
        return '/' + name;
    }

    base::Result<> remove(const std::string& task_id,
                          std::chrono::milliseconds patience) const override {
        return tree_.remove(cgroupfs_name(task_id), patience);
    }

    base::Result<std::vector<std::string>> list() const override {
        TRY(auto names, tree_.children(cgroupfs_parent));
        std::erase_if(names, [](const auto& name) { return !is_task_id(name); });
        return names;
    }

    base::Result<> remove_common_parent() const override {
        return tree_.remove_if_empty(cgroupfs_parent);
    }

private:
    /// Lets the children of a cgroup have files of this controller.
    base::Result<> enable(const std::string& path, const std::string& controller) const {
        const auto enabled = path + "/cgroup.subtree_control";
        TRY(const auto present, read_value(enabled));
        if (has_word(present, controller))
            return {};
        const auto available = path + "/cgroup.controllers";
        TRY(const auto offered, read_value(available));
        if (!has_word(offered, controller))
            return base::Error(base::Errc::unsupported,
                               available + ": it lacks the controller " + controller);
        return write_value(enabled, '+' + controller);
    }

    base::Result<> limit(const std::string& name, const TaskLimits& limits) const {
        if (limits.memory_mib > 0) {
            TRY(const auto path, make("memory", name));
            // memory.swap.max stays: what a container may swap is its own definition's matter.
            TRY(write_value(path + "/memory.max", std::to_string(memory_bytes(limits))));
        }
        if (limits.cpu_vcpu > 0) {
            TRY(const auto path, make("cpu", name));
            const auto [quota, period] = cpu_quota(limits.cpu_vcpu, cpu_period_);
            TRY(write_value(path + "/cpu.max",
                            std::to_string(quota.count()) + ' ' + std::to_string(period.count())));
        } else if (limits.cpu_shares > 0) {
            TRY(const auto path, make("cpu", name));
            TRY(write_value(path + "/cpu.weight",
                            std::to_string(weight_of_shares(limits.cpu_shares))));
        }
        return {};
    }

    base::Result<std::string> make(const std::string& controller, const std::string& name) const {
        const auto parent = mount_ + '/' + cgroupfs_parent;
        TRY(enable(mount_, controller));
        TRY(make_cgroup(parent));
        TRY(enable(parent, controller));
        auto path = mount_ + '/' + name;
        TRY(make_cgroup(path));
        return path;
    }

    std::string mount_;
    std::chrono::microseconds cpu_period_;
    Tree tree_;
};

} // namespace

std::unique_ptr<Driver> make_cgroupfs_v2(std::string mount, std::chrono::microseconds cpu_period) {
    return std::make_unique<CgroupfsV2>(std::move(mount), cpu_period);
}

} // namespace agent::cgroup
