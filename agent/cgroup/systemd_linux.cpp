// systemd: a transient slice a task, by the system bus.

#include "agent/cgroup/driver.hpp"
#include "agent/cgroup/patience.hpp"
#include "agent/cgroup/slice_names.hpp"
#include "agent/cgroup/slices.hpp"
#include "agent/cgroup/task_id.hpp"
#include "agent/cgroup/tree.hpp"

#include <algorithm>
#include <cmath>

namespace agent::cgroup {

namespace {

/// For all calls that one of ours makes, the greeting included.
constexpr auto bus_limit = std::chrono::seconds(5);

constexpr std::string_view prefix = "ecstasks-";
constexpr std::string_view suffix = ".slice";
/// What systemd takes where it is not told; older than 242 it cannot be.
constexpr auto usual_period = std::chrono::milliseconds(100);

std::string slice_of(const std::string& task_id) {
    return std::string(prefix) + task_id + std::string(suffix);
}

std::uint64_t number(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

class Systemd : public Driver {
public:
    Systemd(std::string mount, int version, std::chrono::microseconds cpu_period)
        : mount_(std::move(mount)), version_(version), cpu_period_(cpu_period) {}

    base::Result<> check() const override {
        TRY(const auto slices, Slices::open(bus_limit));
        TRY(slices.list(common_slice));
        return {};
    }

    base::Result<std::string> ensure(const std::string& task_id,
                                     const TaskLimits& limits) const override {
        // A '-' in it would name slices within slices.
        if (!is_plain_id(task_id))
            return base::Error(base::Errc::unsupported,
                               "a slice for task " + task_id + ": its id holds '-'");
        const auto name = slice_of(task_id);
        const auto limited = properties_of(limits);
        auto all = limited;
        all.push_back({"Description", "ECS task " + task_id});
        // With them, a shutdown would stop the slice before Docker has stopped the containers.
        all.push_back({"DefaultDependencies", false});
        TRY(const auto slices, Slices::open(bus_limit));
        if (auto started = slices.start_transient(name, all); !started) {
            if (started.error().code() != base::Errc::conflict)
                return std::move(started).error();
            TRY(slices.set(name, limited));
            TRY(slices.start(name));
        }
        TRY(slices.wait_until_active(name));
        return name;
    }

    base::Result<> remove(const std::string& task_id,
                          std::chrono::milliseconds patience) const override {
        const auto name = slice_of(task_id);
        TRY(remove_slice(name, patience));
        return remove_rest(std::string(common_slice) + '/' + name, patience);
    }

    base::Result<std::vector<std::string>> list() const override {
        TRY(const auto slices, Slices::open(bus_limit));
        TRY(auto names, slices.list(std::string(prefix) + '*' + std::string(suffix)));
        for (auto& name : names)
            name = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
        std::erase_if(names, [](const auto& name) { return !is_plain_id(name); });
        std::sort(names.begin(), names.end());
        return names;
    }

    base::Result<> remove_common_parent() const override {
        TRY(remove_slice(common_slice, {}));
        return remove_rest(common_slice, {});
    }

private:
    Properties properties_of(const TaskLimits& limits) const {
        Properties properties{{"MemoryAccounting", true}, {"CPUAccounting", true}};
        if (limits.memory_mib > 0)
            properties.push_back(
                {version_ == 2 ? "MemoryMax" : "MemoryLimit", number(memory_bytes(limits))});
        if (limits.cpu_vcpu > 0) {
            const auto period = cpu_quota(limits.cpu_vcpu, cpu_period_).period;
            const auto a_second = std::llround(limits.cpu_vcpu * 1'000'000);
            properties.push_back({"CPUQuotaPerSecUSec", number(a_second)});
            if (period != usual_period)
                properties.push_back({"CPUQuotaPeriodUSec", number(period.count())});
        } else if (limits.cpu_shares > 0) {
            if (version_ == 2)
                properties.push_back({"CPUWeight", number(weight_of_shares(limits.cpu_shares))});
            else
                properties.push_back({"CPUShares", number(clamped_shares(limits.cpu_shares))});
        }
        return properties;
    }

    /// Stopping a slice ends what is in it, so that is asked first.
    static base::Result<> remove_slice(const std::string& name,
                                       std::chrono::milliseconds patience) {
        return while_in_use(patience, [&]() -> base::Result<> {
            TRY(const auto slices, Slices::open(bus_limit));
            TRY(const auto process, slices.process_in(name));
            if (!process.empty())
                return base::Error(base::Errc::conflict, "remove " + name + ": " + process);
            return slices.stop(name);
        });
    }

    /// Where there are several hierarchies, runc makes the slice's folder in all, systemd removes
    /// it from those that it uses itself.
    base::Result<> remove_rest(const std::string& relative,
                               std::chrono::milliseconds patience) const {
        if (version_ == 2)
            return {};
        TRY(const auto slices, Slices::open(bus_limit));
        TRY(const auto root, slices.root());
        TRY(auto hierarchies, find_hierarchies(mount_));
        const Tree tree(std::move(hierarchies));
        // In a container, systemd and so runc are below a root of their own in some of them.
        if (!root.empty())
            TRY(tree.remove(root + '/' + relative, patience));
        return tree.remove(relative, patience);
    }

    std::string mount_;
    int version_;
    std::chrono::microseconds cpu_period_;
};

} // namespace

std::unique_ptr<Driver> make_systemd(std::string mount, int version,
                                     std::chrono::microseconds cpu_period) {
    return std::make_unique<Systemd>(std::move(mount), version, cpu_period);
}

} // namespace agent::cgroup
