// Version 1: a hierarchy for each controller, whose files are written directly.

#include "agent/cgroup/cgroupfs_names.hpp"
#include "agent/cgroup/driver.hpp"
#include "agent/cgroup/task_id.hpp"
#include "agent/cgroup/tree.hpp"

#include <unistd.h>

#include <algorithm>

namespace agent::cgroup {

namespace {

class CgroupfsV1 : public Driver {
public:
    CgroupfsV1(std::string mount, std::chrono::microseconds cpu_period)
        : mount_(std::move(mount)), cpu_period_(cpu_period) {}

    base::Result<> check() const override {
        TRY(find_hierarchies(mount_));
        for (const auto* controller : {"memory", "cpu"})
            TRY(make_cgroup(root_of(controller) + '/' + cgroupfs_parent));
        return {};
    }

    base::Result<std::string> ensure(const std::string& task_id,
                                     const TaskLimits& limits) const override {
        const auto name = cgroupfs_name(task_id);
        if (auto made = limit(name, limits); !made) {
            // What is in use was there before, and stays.
            if (const auto tree = this->tree())
                (void)tree->remove(name, {});
            return std::move(made).error();
        }
        return '/' + name;
    }

    base::Result<> remove(const std::string& task_id,
                          std::chrono::milliseconds patience) const override {
        TRY(const auto tree, this->tree());
        return tree.remove(cgroupfs_name(task_id), patience);
    }

    base::Result<std::vector<std::string>> list() const override {
        TRY(const auto tree, this->tree());
        TRY(auto names, tree.children(cgroupfs_parent));
        std::erase_if(names, [](const auto& name) { return !is_task_id(name); });
        return names;
    }

    base::Result<> remove_common_parent() const override {
        TRY(const auto tree, this->tree());
        return tree.remove_if_empty(cgroupfs_parent);
    }

private:
    std::string root_of(const char* controller) const { return mount_ + '/' + controller; }

    base::Result<Tree> tree() const {
        TRY(auto roots, find_hierarchies(mount_));
        return Tree(std::move(roots));
    }

    /// Hierarchies without a limit are left to Docker, which makes the parent in each.
    base::Result<> limit(const std::string& name, const TaskLimits& limits) const {
        if (limits.memory_mib > 0)
            TRY(limit_memory(name, limits));
        if (limits.cpu_vcpu > 0 || limits.cpu_shares > 0)
            TRY(limit_cpu(name, limits));
        return {};
    }

    base::Result<std::string> make(const char* controller, const std::string& name) const {
        TRY(make_cgroup(root_of(controller) + '/' + cgroupfs_parent));
        auto path = root_of(controller) + '/' + name;
        TRY(make_cgroup(path));
        return path;
    }

    base::Result<> limit_memory(const std::string& name, const TaskLimits& limits) const {
        TRY(const auto path, make("memory", name));
        // Kernels before 5.11: without it the containers' memory is not counted here.
        const auto hierarchy = path + "/memory.use_hierarchy";
        if (::access(hierarchy.c_str(), F_OK) == 0) {
            TRY(const auto value, read_value(hierarchy));
            if (value == "0")
                TRY(write_value(hierarchy, "1"));
        }
        // Memory and swap together (memory.memsw) stay unlimited: what a container may swap is
        // its own definition's matter.
        return write_value(path + "/memory.limit_in_bytes", std::to_string(memory_bytes(limits)));
    }

    base::Result<> limit_cpu(const std::string& name, const TaskLimits& limits) const {
        TRY(const auto path, make("cpu", name));
        if (limits.cpu_vcpu == 0)
            return write_value(path + "/cpu.shares",
                               std::to_string(clamped_shares(limits.cpu_shares)));
        const auto [quota, period] = cpu_quota(limits.cpu_vcpu, cpu_period_);
        TRY(write_value(path + "/cpu.cfs_period_us", std::to_string(period.count())));
        return write_value(path + "/cpu.cfs_quota_us", std::to_string(quota.count()));
    }

    std::string mount_;
    std::chrono::microseconds cpu_period_;
};

} // namespace

std::unique_ptr<Driver> make_cgroupfs_v1(std::string mount, std::chrono::microseconds cpu_period) {
    return std::make_unique<CgroupfsV1>(std::move(mount), cpu_period);
}

} // namespace agent::cgroup
