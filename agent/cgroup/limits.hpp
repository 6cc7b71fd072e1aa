#pragma once
// What a task as a whole may use, and the numbers that kernel and systemd want for it. Pure.

#include "base/error.hpp"

#include <chrono>
#include <cstdint>

namespace agent::cgroup {

/// 0 is "none": nothing is written for it, and what is found stays as it is.
struct TaskLimits {
    double cpu_vcpu = 0;         ///< CPUs that the task may use at most, 0.25 is a quarter of one
    std::int64_t memory_mib = 0; ///< memory of all its containers together
    /// The task's weight against other tasks where it has no cpu_vcpu: what its containers' cpu
    /// adds up to (1024 is one CPU). Without it a task weighs the same however many it has.
    std::int64_t cpu_shares = 0;
};

/// invalid_argument, naming the field, for what no kernel takes: cpu_vcpu below 0.001 or over
/// 8192, a negative memory or one over 1 EiB, negative shares.
base::Result<> validate(const TaskLimits& limits);

/// A task may run for `quota` in each `period`.
struct CpuQuota {
    std::chrono::microseconds quota{};
    std::chrono::microseconds period{};
};

/// For cpu_vcpu > 0. The kernel takes no quota below 1 ms and no period over 1 s: a quota that
/// would be smaller gets a longer period instead of more CPU.
CpuQuota cpu_quota(double cpu_vcpu, std::chrono::microseconds period);

std::int64_t memory_bytes(const TaskLimits& limits);

/// Within what the kernel takes, 2 to 262144.
std::int64_t clamped_shares(std::int64_t shares);
/// The weight (1 to 10000) that runc gives a container for these shares where cgroups are v2.
std::int64_t weight_of_shares(std::int64_t shares);

} // namespace agent::cgroup
