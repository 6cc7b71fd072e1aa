#include "agent/cgroup/limits.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace agent::cgroup {

namespace {

using std::chrono::microseconds;

constexpr double least_cpu = 0.001;
constexpr double most_cpu = 8192;
constexpr std::int64_t bytes_per_mib = 1024 * 1024;
constexpr std::int64_t most_memory_mib = std::int64_t{1} << 40;
constexpr microseconds least_quota{1'000};
constexpr microseconds longest_period{1'000'000};
constexpr std::int64_t least_shares = 2;
constexpr std::int64_t most_shares = 262'144;

base::Error refuse(const std::string& why) {
    return {base::Errc::invalid_argument, "limits of a task: " + why};
}

} // namespace

base::Result<> validate(const TaskLimits& limits) {
    // Written so that NaN is refused as well.
    const bool cpu_fits = limits.cpu_vcpu >= least_cpu && limits.cpu_vcpu <= most_cpu;
    if (limits.cpu_vcpu != 0 && !cpu_fits)
        return refuse("cpu must be from 0.001 to 8192 vCPU, got " +
                      std::to_string(limits.cpu_vcpu));
    if (limits.memory_mib < 0 || limits.memory_mib > most_memory_mib)
        return refuse("memory must be from 0 to 2^40 MiB, got " +
                      std::to_string(limits.memory_mib));
    if (limits.cpu_shares < 0)
        return refuse("shares must not be negative, got " + std::to_string(limits.cpu_shares));
    return {};
}

CpuQuota cpu_quota(double cpu_vcpu, microseconds period) {
    const auto of = [cpu_vcpu](microseconds whole) {
        return microseconds(std::llround(cpu_vcpu * static_cast<double>(whole.count())));
    };
    if (of(period) < least_quota) {
        const auto longer = std::ceil(static_cast<double>(least_quota.count()) / cpu_vcpu);
        period = std::min(microseconds(std::llround(longer)), longest_period);
    }
    return {std::max(of(period), least_quota), period};
}

std::int64_t memory_bytes(const TaskLimits& limits) {
    return limits.memory_mib * bytes_per_mib;
}

std::int64_t clamped_shares(std::int64_t shares) {
    return std::clamp(shares, least_shares, most_shares);
}

std::int64_t weight_of_shares(std::int64_t shares) {
    return 1 + (clamped_shares(shares) - least_shares) * 9'999 / (most_shares - least_shares);
}

} // namespace agent::cgroup
