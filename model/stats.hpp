#pragma once
// One look at what a container uses, in the terms of Docker's stats (http-contract 5). Pure data:
// the agent reads it, the handlers render it. Counters are exact to 2^64.

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace model {

struct CpuStats {
    std::uint64_t total_ns = 0;
    std::vector<std::uint64_t> percpu_ns; ///< empty where the kernel does not tell (cgroup v2)
    std::uint64_t kernel_ns = 0;
    std::uint64_t user_ns = 0;
    std::uint64_t system_ns = 0; ///< all CPU time of the host
    std::uint32_t online_cpus = 0;
    std::uint64_t periods = 0;
    std::uint64_t throttled_periods = 0;
    std::uint64_t throttled_ns = 0;
};

struct MemoryStats {
    std::uint64_t usage = 0;
    std::uint64_t max_usage = 0; ///< 0 where the kernel does not tell (cgroup v2)
    std::uint64_t limit = 0;
    std::uint64_t failcnt = 0;
    std::map<std::string, std::uint64_t> details; ///< `stats`
};

struct BlkioEntry {
    std::uint64_t major = 0;
    std::uint64_t minor = 0;
    std::string op; ///< "Read", "Write", …
    std::uint64_t value = 0;
};

/// Absent lists are those that the kernel's cgroup version does not have: `null`.
struct BlkioStats {
    using Entries = std::optional<std::vector<BlkioEntry>>;
    Entries service_bytes, serviced, queue, service_time, wait_time, merged, time, sectors;
};

struct InterfaceStats {
    std::uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0;
    std::uint64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
};

struct Stats {
    base::Time read;
    std::uint64_t pids = 0;
    std::uint64_t pids_limit = 0; ///< 0 is none
    CpuStats cpu;
    MemoryStats memory;
    BlkioStats blkio;
    std::map<std::string, InterfaceStats>
        networks; ///< empty in the host's namespace, or without one
};

struct NetworkRate {
    double rx_bytes_per_sec = 0;
    double tx_bytes_per_sec = 0;
};

/// What is answered: a look, the one before, and what follows from both.
struct StatsSample {
    Stats now;
    std::optional<base::Time> previous_read; ///< `preread`
    std::optional<CpuStats> previous_cpu;    ///< `precpu_stats`
    std::optional<NetworkRate> network_rate;
};

} // namespace model
