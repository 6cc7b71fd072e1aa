#include "agent/stats/readings.hpp"

#include "agent/stats/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace agent::stats {

namespace {

using model::Stats;
using Entries = model::BlkioStats::Entries;

/// The lines of memory.stat that Docker shows; each also with "total_" before it, but the two limits.
constexpr std::array memory_details{"active_anon",   "active_file",   "cache",       "dirty",
                                    "inactive_anon", "inactive_file", "mapped_file", "pgfault",
                                    "pgmajfault",    "pgpgin",        "pgpgout",     "rss",
                                    "rss_huge",      "unevictable",   "writeback"};
constexpr std::array memory_limits{"hierarchical_memory_limit", "hierarchical_memsw_limit"};
constexpr std::string_view of_all_below = "total_";
/// More devices than a host has disks.
constexpr std::size_t most_entries = 4096;

std::uint64_t ns_of_ticks(std::uint64_t ticks) {
    static const auto ns_per_tick =
        1'000'000'000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return ticks * ns_per_tick;
}

void read_usage(std::string_view text, Stats& stats) {
    stats.cpu.total_ns = number_in(text);
}

void read_percpu(std::string_view text, Stats& stats) {
    for (auto word = next_word(text); !word.empty(); word = next_word(text))
        stats.cpu.percpu_ns.push_back(to_number(word).value_or(0));
}

void read_modes(std::string_view text, Stats& stats) {
    each_pair(text, [&](std::string_view name, std::uint64_t ticks) {
        if (name == "user")
            stats.cpu.user_ns = ns_of_ticks(ticks);
        else if (name == "system")
            stats.cpu.kernel_ns = ns_of_ticks(ticks);
    });
}

void read_throttling(std::string_view text, Stats& stats) {
    each_pair(text, [&](std::string_view name, std::uint64_t value) {
        if (name == "nr_periods")
            stats.cpu.periods = value;
        else if (name == "nr_throttled")
            stats.cpu.throttled_periods = value;
        else if (name == "throttled_time")
            stats.cpu.throttled_ns = value;
    });
}

/// A container without a quota of its own is throttled by that of its task.
void read_task_throttling(std::string_view text, Stats& stats) {
    if (stats.cpu.periods == 0)
        read_throttling(text, stats);
}

void read_memory(std::string_view text, Stats& stats) {
    auto& details = stats.memory.details;
    // As Docker has it: all of them, 0 where the kernel does not have it.
    for (const std::string name : memory_details) {
        details[name];
        details[std::string(of_all_below) + name];
    }
    for (const auto* name : memory_limits)
        details[name];
    each_pair(text, [&](std::string_view name, std::uint64_t value) {
        if (const auto found = details.find(std::string(name)); found != details.end())
            found->second = value;
    });
}

/// "8:0 Read 4096", or "8:0 12" where there is nothing to tell apart. The sum of all devices is left
/// out, that of one device is not: so does Docker.
std::optional<model::BlkioEntry> read_entry(std::string_view line) {
    model::BlkioEntry entry;
    auto device = next_word(line);
    const auto colon = device.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto major = to_number(device.substr(0, colon));
    const auto minor = to_number(device.substr(colon + 1));
    auto last = next_word(line);
    if (const auto next = next_word(line); !next.empty()) {
        entry.op = last;
        last = next;
    }
    const auto value = to_number(last);
    if (!major || !minor || !value)
        return std::nullopt;
    entry.major = *major;
    entry.minor = *minor;
    entry.value = *value;
    return entry;
}

template <Entries model::BlkioStats::*list>
void read_entries(std::string_view text, Stats& stats) {
    auto& entries = stats.blkio.*list;
    if (!entries)
        entries.emplace();
    if (!entries->empty())
        return;
    each_line(text, [&](std::string_view line) {
        auto entry = read_entry(line);
        if (entry && entries->size() < most_entries)
            entries->push_back(std::move(*entry));
    });
}

using B = model::BlkioStats;
constexpr std::array readings{
    Reading{Folder::cpuacct, {}, "cpuacct.usage", read_usage, true},
    Reading{Folder::cpuacct, {}, "cpuacct.usage_percpu", read_percpu},
    Reading{Folder::cpuacct, {}, "cpuacct.stat", read_modes},
    Reading{Folder::cpu, {}, "cpu.stat", read_throttling},
    Reading{Folder::task_cpu, {}, "cpu.stat", read_task_throttling},
    Reading{Folder::memory,
            {},
            "memory.usage_in_bytes",
            [](std::string_view text, Stats& stats) { stats.memory.usage = number_in(text); },
            true},
    Reading{Folder::memory,
            {},
            "memory.max_usage_in_bytes",
            [](std::string_view text, Stats& stats) { stats.memory.max_usage = number_in(text); }},
    Reading{Folder::memory,
            {},
            "memory.limit_in_bytes",
            [](std::string_view text, Stats& stats) { stats.memory.limit = number_in(text); }},
    Reading{Folder::memory,
            {},
            "memory.failcnt",
            [](std::string_view text, Stats& stats) { stats.memory.failcnt = number_in(text); }},
    Reading{Folder::memory, {}, "memory.stat", read_memory},
    Reading{Folder::pids,
            {},
            "pids.current",
            [](std::string_view text, Stats& stats) { stats.pids = number_in(text); }},
    Reading{Folder::pids,
            {},
            "pids.max",
            [](std::string_view text, Stats& stats) { stats.pids_limit = number_in(text); }},
    // Kernels that schedule by CFQ count in these; others, and other schedulers, in the last two.
    Reading{Folder::blkio, {}, "blkio.io_service_bytes_recursive", read_entries<&B::service_bytes>},
    Reading{Folder::blkio, {}, "blkio.io_serviced_recursive", read_entries<&B::serviced>},
    Reading{Folder::blkio, {}, "blkio.io_queued_recursive", read_entries<&B::queue>},
    Reading{Folder::blkio, {}, "blkio.io_service_time_recursive", read_entries<&B::service_time>},
    Reading{Folder::blkio, {}, "blkio.io_wait_time_recursive", read_entries<&B::wait_time>},
    Reading{Folder::blkio, {}, "blkio.io_merged_recursive", read_entries<&B::merged>},
    Reading{Folder::blkio, {}, "blkio.time_recursive", read_entries<&B::time>},
    Reading{Folder::blkio, {}, "blkio.sectors_recursive", read_entries<&B::sectors>},
    Reading{Folder::blkio,
            {},
            "blkio.throttle.io_service_bytes_recursive",
            read_entries<&B::service_bytes>},
    Reading{Folder::blkio, {}, "blkio.throttle.io_serviced_recursive", read_entries<&B::serviced>},
};

} // namespace

std::span<const Reading> version_1_readings() {
    return readings;
}

void read_host_cpu(std::string_view text, model::CpuStats& cpu) {
    // user, nice, system, idle, iowait, irq, softirq; then comes steal.
    constexpr int columns = 7;
    each_line(text, [&](std::string_view line) {
        const auto name = next_word(line);
        if (name == "cpu")
            for (int i = 0; i < columns; ++i)
                cpu.system_ns += ns_of_ticks(number_in(next_word(line)));
        else if (name.starts_with("cpu"))
            ++cpu.online_cpus;
    });
    // Readers cut the list of CPUs at this number.
    if (!cpu.percpu_ns.empty())
        cpu.online_cpus =
            std::min(cpu.online_cpus, static_cast<std::uint32_t>(cpu.percpu_ns.size()));
}

} // namespace agent::stats
