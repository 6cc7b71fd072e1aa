#include "agent/stats/readings.hpp"

#include "agent/stats/text.hpp"

#include <array>
#include <limits>

namespace agent::stats {

namespace {

using model::Stats;

/// The lines of memory.stat that Docker shows.
constexpr std::array memory_details{"active_anon",
                                    "active_file",
                                    "anon",
                                    "anon_thp",
                                    "file",
                                    "file_dirty",
                                    "file_mapped",
                                    "file_writeback",
                                    "inactive_anon",
                                    "inactive_file",
                                    "kernel_stack",
                                    "pgactivate",
                                    "pgdeactivate",
                                    "pgfault",
                                    "pglazyfree",
                                    "pglazyfreed",
                                    "pgmajfault",
                                    "pgrefill",
                                    "pgscan",
                                    "pgsteal",
                                    "shmem",
                                    "slab",
                                    "slab_reclaimable",
                                    "slab_unreclaimable",
                                    "sock",
                                    "thp_collapse_alloc",
                                    "thp_fault_alloc",
                                    "unevictable",
                                    "workingset_activate",
                                    "workingset_nodereclaim",
                                    "workingset_refault"};
constexpr std::uint64_t ns_per_us = 1000;
/// More devices than a host has disks, two entries each.
constexpr std::size_t most_entries = 4096;

void read_throttling(std::string_view text, Stats& stats) {
    each_pair(text, [&](std::string_view name, std::uint64_t value) {
        if (name == "nr_periods")
            stats.cpu.periods = value;
        else if (name == "nr_throttled")
            stats.cpu.throttled_periods = value;
        else if (name == "throttled_usec")
            stats.cpu.throttled_ns = value * ns_per_us;
    });
}

void read_cpu(std::string_view text, Stats& stats) {
    each_pair(text, [&](std::string_view name, std::uint64_t value) {
        if (name == "usage_usec")
            stats.cpu.total_ns = value * ns_per_us;
        else if (name == "user_usec")
            stats.cpu.user_ns = value * ns_per_us;
        else if (name == "system_usec")
            stats.cpu.kernel_ns = value * ns_per_us;
    });
    read_throttling(text, stats);
}

/// A container without a quota of its own is throttled by that of its task.
void read_task_throttling(std::string_view text, Stats& stats) {
    if (stats.cpu.periods == 0)
        read_throttling(text, stats);
}

void read_memory(std::string_view text, Stats& stats) {
    auto& details = stats.memory.details;
    for (const auto* name : memory_details)
        details[name];
    each_pair(text, [&](std::string_view name, std::uint64_t value) {
        if (const auto found = details.find(std::string(name)); found != details.end())
            found->second = value;
    });
}

void read_memory_events(std::string_view text, Stats& stats) {
    each_pair(text, [&](std::string_view name, std::uint64_t value) {
        if (name == "oom")
            stats.memory.failcnt = value;
    });
}

void read_pids_limit(std::string_view text, Stats& stats) {
    const auto limit = limit_in(text);
    stats.pids_limit = limit == std::numeric_limits<std::uint64_t>::max() ? 0 : limit;
}

/// "8:0 rbytes=4096 wbytes=0 rios=1 …" becomes two entries, named as Docker names them here.
void read_io(std::string_view text, Stats& stats) {
    auto& entries = stats.blkio.service_bytes;
    each_line(text, [&](std::string_view line) {
        const auto device = next_word(line);
        const auto colon = device.find(':');
        if (colon == std::string_view::npos)
            return;
        const auto major = to_number(device.substr(0, colon));
        const auto minor = to_number(device.substr(colon + 1));
        std::uint64_t read = 0;
        std::uint64_t written = 0;
        for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
            if (word.starts_with("rbytes="))
                read = number_in(word.substr(7));
            else if (word.starts_with("wbytes="))
                written = number_in(word.substr(7));
        }
        if (!entries)
            entries.emplace();
        if (!major || !minor || entries->size() >= most_entries)
            return;
        entries->push_back({*major, *minor, "read", read});
        entries->push_back({*major, *minor, "write", written});
    });
}

constexpr auto unified = Folder::unified;
constexpr std::array readings{
    Reading{unified, Folder::cpuacct, "cpu.stat", read_cpu, true},
    Reading{Folder::task_unified, Folder::cpu, "cpu.stat", read_task_throttling},
    // Not needed: a host may have no memory controller.
    Reading{unified, Folder::memory, "memory.current",
            [](std::string_view text, Stats& stats) { stats.memory.usage = number_in(text); }},
    Reading{unified, Folder::memory, "memory.max",
            [](std::string_view text, Stats& stats) { stats.memory.limit = limit_in(text); }},
    Reading{unified, Folder::memory, "memory.events", read_memory_events},
    Reading{unified, Folder::memory, "memory.stat", read_memory},
    Reading{unified, Folder::pids, "pids.current",
            [](std::string_view text, Stats& stats) { stats.pids = number_in(text); }},
    Reading{unified, Folder::pids, "pids.max", read_pids_limit},
    Reading{unified, Folder::blkio, "io.stat", read_io},
};

} // namespace

std::span<const Reading> version_2_readings() {
    return readings;
}

} // namespace agent::stats
