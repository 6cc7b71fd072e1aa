// What each file says, with the text of real kernels.

#include "agent/stats/readings.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::stats {
namespace {

/// What one file of a version tells.
model::Stats read(std::span<const Reading> readings, Folder folder, std::string_view file,
                  std::string_view text, model::Stats stats = {}) {
    bool found = false;
    for (const auto& reading : readings)
        if (reading.folder == folder && file == reading.file) {
            reading.read(text, stats);
            found = true;
        }
    EXPECT_TRUE(found) << file;
    return stats;
}
model::Stats v1(Folder folder, std::string_view file, std::string_view text,
                model::Stats stats = {}) {
    return read(version_1_readings(), folder, file, text, std::move(stats));
}
model::Stats v2(std::string_view file, std::string_view text) {
    return read(version_2_readings(), Folder::unified, file, text);
}

TEST(Version1, CpuIsToldInNanosecondsAndTicks) {
    EXPECT_EQ(v1(Folder::cpuacct, "cpuacct.usage", "45795427\n").cpu.total_ns, 45795427U);
    EXPECT_EQ(v1(Folder::cpuacct, "cpuacct.usage_percpu", "33996879 11798548 \n").cpu.percpu_ns,
              (std::vector<std::uint64_t>{33996879, 11798548}));
    const auto modes = v1(Folder::cpuacct, "cpuacct.stat", "user 1\nsystem 2\n").cpu;
    EXPECT_EQ(modes.user_ns, 10'000'000U);
    EXPECT_EQ(modes.kernel_ns, 20'000'000U);
}

TEST(Version1, ThrottlingIsTheContainersOwnElseItsTasks) {
    const std::string own = "nr_periods 4\nnr_throttled 1\nthrottled_time 37429264\nnr_bursts 0\n";
    const auto stats = v1(Folder::cpu, "cpu.stat", own);
    EXPECT_EQ(stats.cpu.periods, 4U);
    EXPECT_EQ(stats.cpu.throttled_periods, 1U);
    EXPECT_EQ(stats.cpu.throttled_ns, 37429264U);
    const std::string task = "nr_periods 9\nnr_throttled 8\nthrottled_time 7\n";
    EXPECT_EQ(v1(Folder::task_cpu, "cpu.stat", task, stats).cpu.periods, 4U);
    EXPECT_EQ(v1(Folder::task_cpu, "cpu.stat", task).cpu.periods, 9U);
    EXPECT_EQ(v1(Folder::task_cpu, "cpu.stat", task).cpu.throttled_ns, 7U);
}

TEST(Version1, MemoryKeepsEveryDigitAndHasAllOfDockersDetails) {
    EXPECT_EQ(v1(Folder::memory, "memory.limit_in_bytes", "9223372036854771712\n").memory.limit,
              9223372036854771712U);
    EXPECT_EQ(v1(Folder::memory, "memory.usage_in_bytes", "561152\n").memory.usage, 561152U);
    EXPECT_EQ(v1(Folder::memory, "memory.max_usage_in_bytes", "5\n").memory.max_usage, 5U);
    EXPECT_EQ(v1(Folder::memory, "memory.failcnt", "3\n").memory.failcnt, 3U);
    const auto details =
        v1(Folder::memory, "memory.stat",
           "cache 12\nrss 49152\nshmem 1\nswap 2\nworkingset_refault_anon 3\n"
           "hierarchical_memory_limit 9223372036854771712\ntotal_rss 49153\ntotal_swap 4\n")
            .memory.details;
    EXPECT_EQ(details.size(), 32U);
    EXPECT_EQ(details.at("cache"), 12U);
    EXPECT_EQ(details.at("rss"), 49152U);
    EXPECT_EQ(details.at("total_rss"), 49153U);
    EXPECT_EQ(details.at("hierarchical_memory_limit"), 9223372036854771712U);
    EXPECT_EQ(details.at("hierarchical_memsw_limit"), 0U) << "without swap accounting";
    for (const auto* hidden : {"shmem", "swap", "total_swap", "workingset_refault_anon"})
        EXPECT_FALSE(details.contains(hidden)) << hidden;
}

TEST(Version1, NoLimitOfProcessesIsZero) {
    EXPECT_EQ(v1(Folder::pids, "pids.current", "7\n").pids, 7U);
    EXPECT_EQ(v1(Folder::pids, "pids.max", "max\n").pids_limit, 0U);
    EXPECT_EQ(v1(Folder::pids, "pids.max", "100\n").pids_limit, 100U);
}

TEST(Version1, DevicesAreListedWithoutTheSumOfAll) {
    const std::string text = "8:0 Read 4096\n8:0 Write 12\n8:0 Total 4108\nTotal 4108\n";
    const auto stats = v1(Folder::blkio, "blkio.throttle.io_service_bytes_recursive", text);
    const auto& entries = *stats.blkio.service_bytes;
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].major, 8U);
    EXPECT_EQ(entries[0].minor, 0U);
    EXPECT_EQ(entries[0].op, "Read");
    EXPECT_EQ(entries[0].value, 4096U);
    EXPECT_EQ(entries[2].op, "Total");
    const auto time = v1(Folder::blkio, "blkio.time_recursive", "8:16 99\n");
    EXPECT_EQ(time.blkio.time->front().op, "");
    EXPECT_EQ(time.blkio.time->front().value, 99U);
    const auto none = v1(Folder::blkio, "blkio.throttle.io_serviced_recursive", "Total 0\n");
    ASSERT_TRUE(none.blkio.serviced);
    EXPECT_TRUE(none.blkio.serviced->empty());
}

TEST(Version1, TheSchedulersCountsComeBeforeTheThrottles) {
    const auto first = v1(Folder::blkio, "blkio.io_serviced_recursive", "8:0 Read 1\n");
    const auto kept =
        v1(Folder::blkio, "blkio.throttle.io_serviced_recursive", "8:0 Read 2\n", first);
    ASSERT_EQ(kept.blkio.serviced->size(), 1U);
    EXPECT_EQ(kept.blkio.serviced->front().value, 1U);
    const auto empty = v1(Folder::blkio, "blkio.io_serviced_recursive", "Total 0\n");
    const auto filled =
        v1(Folder::blkio, "blkio.throttle.io_serviced_recursive", "8:0 Read 2\n", empty);
    EXPECT_EQ(filled.blkio.serviced->front().value, 2U);
}

TEST(Version2, MicrosecondsBecomeNanoseconds) {
    const auto cpu = v2("cpu.stat", "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n"
                                    "nr_periods 3\nnr_throttled 2\nthrottled_usec 5\n")
                         .cpu;
    EXPECT_EQ(cpu.total_ns, 1'234'000U);
    EXPECT_EQ(cpu.user_ns, 1'000'000U);
    EXPECT_EQ(cpu.kernel_ns, 234'000U);
    EXPECT_EQ(cpu.periods, 3U);
    EXPECT_EQ(cpu.throttled_periods, 2U);
    EXPECT_EQ(cpu.throttled_ns, 5'000U);
    EXPECT_TRUE(cpu.percpu_ns.empty());
}

TEST(Version2, MemoryHasTheDetailsThatDockerShowsThere) {
    EXPECT_EQ(v2("memory.current", "4096\n").memory.usage, 4096U);
    EXPECT_EQ(v2("memory.max", "8192\n").memory.limit, 8192U);
    EXPECT_EQ(v2("memory.events", "low 0\nhigh 0\nmax 2\noom 1\noom_kill 0\n").memory.failcnt, 1U);
    const auto details =
        v2("memory.stat", "anon 5\nfile 6\npercpu 7\nworkingset_refault_anon 1\npgfault 8\n")
            .memory.details;
    EXPECT_EQ(details.size(), 31U);
    EXPECT_EQ(details.at("anon"), 5U);
    EXPECT_EQ(details.at("pgfault"), 8U);
    EXPECT_EQ(details.at("slab"), 0U);
    EXPECT_FALSE(details.contains("percpu"));
}

TEST(Version2, ReadsAndWritesOfEachDeviceAreNamedInSmallLetters) {
    const auto blkio =
        v2("io.stat", "8:0 rbytes=4096 wbytes=12 rios=1 wios=1 dbytes=0 dios=0\n253:1 \n").blkio;
    ASSERT_EQ(blkio.service_bytes->size(), 4U);
    EXPECT_EQ((*blkio.service_bytes)[0].op, "read");
    EXPECT_EQ((*blkio.service_bytes)[0].value, 4096U);
    EXPECT_EQ((*blkio.service_bytes)[1].op, "write");
    EXPECT_EQ((*blkio.service_bytes)[1].value, 12U);
    EXPECT_EQ((*blkio.service_bytes)[2].major, 253U);
    EXPECT_FALSE(blkio.serviced) << "null: the kernel has no such list";
    EXPECT_FALSE(v2("io.stat", "").blkio.service_bytes) << "as Docker has it";
}

TEST(Version2, NoLimitOfProcessesIsZero) {
    EXPECT_EQ(v2("pids.max", "max\n").pids_limit, 0U);
    EXPECT_EQ(v2("pids.max", "5\n").pids_limit, 5U);
}

TEST(HostCpu, IsTheSumOfSevenColumnsAndTheNumberOfLines) {
    model::CpuStats cpu;
    read_host_cpu("cpu  100 20 30 400 5 6 7 999 999 999\ncpu0 1 2 3 4 5 6 7\ncpu3 1 2 3\n"
                  "intr 5 5 5\nctxt 7\n",
                  cpu);
    EXPECT_EQ(cpu.system_ns, 5'680'000'000U) << "what was stolen is not among it";
    EXPECT_EQ(cpu.online_cpus, 2U);
}

TEST(HostCpu, ThereAreNeverMoreCpusThanNumbersForThem) {
    model::CpuStats cpu;
    cpu.percpu_ns = {1};
    read_host_cpu("cpu  1\ncpu0 1\ncpu1 1\n", cpu);
    EXPECT_EQ(cpu.online_cpus, 1U);
}

TEST(Interfaces, AreDockersOnly) {
    const auto all = interfaces(
        "Inter-|   Receive                          |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
        "    lo:     9       9    9    9    0     0          0         0        9       9\n"
        "  eth0:200 2 3 4 50 60 70 80 5 6 7 8 0 0 0 0\n"
        "ecs-eth0: 1 1 1 1 0 0 0 0 1 1 1 1 0 0 0 0\n"
        " tunl0: 1 1 1 1 0 0 0 0 1 1 1 1 0 0 0 0\n"
        "  eth1: 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    ASSERT_EQ(all.size(), 2U);
    const auto& first = all.at("eth0");
    EXPECT_EQ(first.rx_bytes, 200U);
    EXPECT_EQ(first.rx_packets, 2U);
    EXPECT_EQ(first.rx_errors, 3U);
    EXPECT_EQ(first.rx_dropped, 4U);
    EXPECT_EQ(first.tx_bytes, 5U);
    EXPECT_EQ(first.tx_packets, 6U);
    EXPECT_EQ(first.tx_errors, 7U);
    EXPECT_EQ(first.tx_dropped, 8U);
    EXPECT_EQ(all.at("eth1").rx_bytes, 18446744073709551615U);
}

TEST(Readings, SurviveWhatNoKernelWrites) {
    const std::string junk[] = {"",
                                "\n\n",
                                "x",
                                ":",
                                "a:b c:d",
                                "8:0",
                                "8:",
                                "-1",
                                "1e9",
                                "cpu",
                                "99999999999999999999999",
                                std::string(5000, ':'),
                                std::string("\0\0 \0", 4),
                                "user\nuser \nuser x\n"};
    for (const auto& text : junk) {
        model::Stats stats;
        for (const auto& reading : version_1_readings())
            reading.read(text, stats);
        for (const auto& reading : version_2_readings())
            reading.read(text, stats);
        read_host_cpu(text, stats.cpu);
        interfaces(text);
        EXPECT_EQ(stats.memory.usage, 0U) << text.substr(0, 20);
    }
}

} // namespace
} // namespace agent::stats
