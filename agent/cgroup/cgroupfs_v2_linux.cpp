// Version 2: one hierarchy, in which each cgroup says what its children may limit.

#include "agent/cgroup/cgroupfs_names.hpp"
#include "agent/cgroup/driver.hpp"
#include "agent/cgroup/patience.hpp"
#include "agent/cgroup/task_id.hpp"
#include "agent/cgroup/tree.hpp"

#include <algorithm>

namespace agent::cgroup {

namespace {

/// For writes that the kernel refuses with EBUSY. A process that was just moved out of a cgroup, or
/// has ended in it, is counted there for a moment.
constexpr auto busy_limit = std::chrono::seconds(1);

/// systemd, too, says what may be limited below the root, and takes away what none of its units needs when one comes or
/// goes: files that were there a moment ago are not. So often is it all done.
constexpr int most_beginnings = 5;

/// In a list of the kernel's: words between single blanks.
bool has_word(const std::string& text, const std::string& word) {
    return (' ' + text + ' ').find(' ' + word + ' ') != std::string::npos;
}

/// Containers need a cgroup of whole processes, and what lies in one that is divided by threads is
/// none. It can be made all the same, and would fail only when Docker puts a process in.
base::Result<> check_type(const std::string& path) {
    const auto file = path + "/cgroup.type";
    const auto type = read_value(file);
    // The root of all has no type, and kernels before 4.14 know none.
    if (!type && type.error().code() == base::Errc::not_found)
        return {};
    if (!type)
        return type.error();
    if (*type == "domain")
        return {};
    return base::Error(base::Errc::unsupported,
                       file + " says " + *type +
                           ": it is part of a threaded cgroup, which holds no containers");
}

/// Why a cgroup cannot let its children be limited, in words that say what to look at.
base::Error explain(base::Error error, const std::string& path) {
    auto text = error.what();
    if (error.code() == base::Errc::conflict) {
        const auto process = process_in({path});
        text += "; " + process.value_or("processes are in " + path) +
                ", and a cgroup with processes of its own cannot limit those below it";
    } else if (error.code() == base::Errc::unsupported) {
        text += "; " + path + " is a threaded cgroup, which holds no containers";
    }
    return {error.code(), std::move(text)};
}

class CgroupfsV2 : public Driver {
public:
    CgroupfsV2(std::string mount, std::chrono::microseconds cpu_period, Write writer)
        : mount_(std::move(mount)),
          cpu_period_(cpu_period),
          tree_({mount_}),
          write_(std::move(writer)) {}

    base::Result<> check() const override {
        const auto parent = mount_ + '/' + cgroupfs_parent;
        for (const std::string controller : {"memory", "cpu"})
            TRY(enable(mount_, controller));
        TRY(make_cgroup(parent));
        return check_type(parent);
    }

    base::Result<std::string> ensure(const std::string& task_id,
                                     const TaskLimits& limits) const override {
        const auto name = cgroupfs_name(task_id);
        auto made = limit(name, limits);
        for (int attempts = 1;
             attempts < most_beginnings && !made && made.error().code() == base::Errc::not_found;
             ++attempts)
            made = limit(name, limits);
        if (!made) {
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
    base::Result<> write(const std::string& path, const std::string& value) const {
        return while_in_use(busy_limit, [&] { return write_(path, value); });
    }

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
        if (auto written = write(enabled, '+' + controller); !written)
            return explain(std::move(written).error(), path);
        return {};
    }

    base::Result<> limit(const std::string& name, const TaskLimits& limits) const {
        if (limits.memory_mib > 0) {
            TRY(const auto path, make("memory", name));
            // memory.swap.max stays: what a container may swap is its own definition's matter.
            TRY(write(path + "/memory.max", std::to_string(memory_bytes(limits))));
        }
        if (limits.cpu_vcpu > 0) {
            TRY(const auto path, make("cpu", name));
            const auto [quota, period] = cpu_quota(limits.cpu_vcpu, cpu_period_);
            TRY(write(path + "/cpu.max",
                      std::to_string(quota.count()) + ' ' + std::to_string(period.count())));
        } else if (limits.cpu_shares > 0) {
            TRY(const auto path, make("cpu", name));
            TRY(write(path + "/cpu.weight", std::to_string(weight_of_shares(limits.cpu_shares))));
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
        TRY(check_type(path));
        return path;
    }

    std::string mount_;
    std::chrono::microseconds cpu_period_;
    Tree tree_;
    Write write_;
};

} // namespace

std::unique_ptr<Driver> make_cgroupfs_v2(std::string mount, std::chrono::microseconds cpu_period,
                                         Write writer) {
    return std::make_unique<CgroupfsV2>(std::move(mount), cpu_period, std::move(writer));
}

} // namespace agent::cgroup
