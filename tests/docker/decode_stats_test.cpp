#include "agent/docker/decode.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

namespace {

/// As Docker Engine 20.10 says it on cgroups of version 1, shortened.
constexpr std::string_view classic_stats = R"({
  "read": "2026-11-23T03:42:05.920658404Z", "preread": "0001-01-01T00:00:00Z",
  "pids_stats": {"current": 1, "limit": 50}, "num_procs": 0, "storage_stats": {},
  "blkio_stats": {"io_service_bytes_recursive": [{"major": 8, "minor": 1, "op": "Read", "value": 9}],
    "io_serviced_recursive": [], "io_queue_recursive": null},
  "cpu_stats": {"cpu_usage": {"total_usage": 45795427, "percpu_usage": [33996879, 11798548],
      "usage_in_kernelmode": 20000000, "usage_in_usermode": 10000000},
    "system_cpu_usage": 30337210000000, "online_cpus": 2,
    "throttling_data": {"periods": 5, "throttled_periods": 1, "throttled_time": 5238767}},
  "precpu_stats": {"cpu_usage": {"total_usage": 0}},
  "memory_stats": {"usage": 561152, "max_usage": 4091904, "failcnt": 3, "limit": 25276514304,
    "stats": {"cache": 1, "hierarchical_memory_limit": 9223372036854771712}},
  "name": "/web", "id": "8a8c",
  "networks": {"eth0": {"rx_bytes": 1, "rx_packets": 2, "rx_errors": 3, "rx_dropped": 4,
    "tx_bytes": 5, "tx_packets": 6, "tx_errors": 7, "tx_dropped": 8}}
})";

} // namespace

TEST(DecodeStats, ReadsAllThatTheModelHas) {
    const auto answer = decode_stats(classic_stats);
    ASSERT_TRUE(answer) << answer.error().what();
    ASSERT_TRUE(*answer);
    const auto& stats = **answer;
    EXPECT_EQ(base::to_rfc3339(stats.read), "2026-11-23T03:42:05.920658404Z");
    EXPECT_EQ(stats.pids, 1U);
    EXPECT_EQ(stats.pids_limit, 50U);
    EXPECT_EQ(stats.cpu.total_ns, 45795427U);
    EXPECT_EQ(stats.cpu.percpu_ns, (std::vector<std::uint64_t>{33996879, 11798548}));
    EXPECT_EQ(stats.cpu.kernel_ns, 20000000U);
    EXPECT_EQ(stats.cpu.user_ns, 10000000U);
    EXPECT_EQ(stats.cpu.system_ns, 30337210000000U);
    EXPECT_EQ(stats.cpu.online_cpus, 2U);
    EXPECT_EQ(stats.cpu.throttled_periods, 1U);
    EXPECT_EQ(stats.cpu.throttled_ns, 5238767U);
    EXPECT_EQ(stats.memory.usage, 561152U);
    EXPECT_EQ(stats.memory.failcnt, 3U);
    EXPECT_EQ(stats.memory.details.at("hierarchical_memory_limit"), 9223372036854771712U);
    ASSERT_EQ(stats.blkio.service_bytes->size(), 1U);
    EXPECT_EQ(stats.blkio.service_bytes->front().op, "Read");
    EXPECT_TRUE(stats.blkio.serviced);
    EXPECT_FALSE(stats.blkio.queue) << "null";
    EXPECT_EQ(stats.networks.at("eth0").tx_dropped, 8U);
}

TEST(DecodeStats, OfAContainerThatDoesNotRunThereAreNone) {
    const auto answer = decode_stats(
        R"({"read":"0001-01-01T00:00:00Z","pids_stats":{},"cpu_stats":{},"name":"/web","id":"8a"})");
    ASSERT_TRUE(answer);
    EXPECT_FALSE(*answer);
}

TEST(DecodeStats, OfAContainerThatDoesNotRunPodman5SaysAnErrorAndNoNumbers) {
    const auto answer = decode_stats(
        R"({"cause":"container is stopped","message":"container is stopped","response":500})");
    ASSERT_TRUE(answer);
    EXPECT_FALSE(*answer);
}

TEST(DecodeStats, BytesOfPodman4AreTheContainersOwnAgain) {
    const auto answer = decode_stats(R"({"read":"2026-11-28T10:00:00Z","Id":"8a",
        "networks":{"network":{"rx_bytes":516,"rx_packets":0,"tx_bytes":1440,"tx_packets":0}}})");
    ASSERT_TRUE(answer && *answer);
    ASSERT_EQ((*answer)->networks.size(), 1U);
    EXPECT_EQ((*answer)->networks.at("eth0").rx_bytes, 1440U);
    EXPECT_EQ((*answer)->networks.at("eth0").tx_bytes, 516U);
}

TEST(DecodeStats, NoLimitOfProcessesIsZero) {
    const auto answer = decode_stats(
        R"({"read":"2026-01-01T00:00:00Z","pids_stats":{"current":1,"limit":18446744073709551615}})");
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->pids_limit, 0U);
}

TEST(DecodeStats, RefusesNumbersThatAreNoCounters) {
    for (const auto* value : {"-1", "1.5", "\"1\"", "1e30", "{}"}) {
        const auto answer =
            decode_stats(std::string(R"({"read":"2026-01-01T00:00:00Z","memory_stats":{"usage":)") +
                         value + "}}");
        ASSERT_FALSE(answer) << value;
        EXPECT_EQ(answer.error().code(), base::Errc::protocol);
    }
}

} // namespace agent::docker
