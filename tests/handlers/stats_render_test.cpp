// A sample as Docker's document: http-contract 5, consumers 4.4.

#include "handlers/stats/render.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace handlers::stats {
namespace {

using Json = nlohmann::ordered_json;
using Entries = model::BlkioStats::Entries;

model::Container web() {
    model::Container container;
    container.docker_id = std::string(64, 'a');
    container.docker_name = "ecs-web-1-web-0a1b";
    return container;
}

/// As the kernel tells it on cgroups of version 1.
model::StatsSample full_sample() {
    model::StatsSample sample;
    auto& now = sample.now;
    now.read = *base::parse_rfc3339("2024-01-02T03:04:05.6789Z");
    now.pids = 3;
    now.pids_limit = 100;
    now.blkio.service_bytes = {{{8, 0, "Read", 4096}, {8, 0, "Write", 0}}};
    now.blkio.serviced = now.blkio.queue = now.blkio.service_time = now.blkio.wait_time =
        now.blkio.merged = now.blkio.time = now.blkio.sectors = Entries(std::in_place);
    now.cpu = {60, {40, 20}, 10, 50, 7000, 2, 5, 4, 3};
    now.memory = {100, 200, 300, 1, {{"cache", 7}, {"hierarchical_memory_limit", 9}}};
    now.networks["eth0"] = {1, 2, 3, 4, 5, 6, 7, 8};
    sample.previous_read = *base::parse_rfc3339("2024-01-02T03:04:04Z");
    sample.previous_cpu = model::CpuStats{50, {30, 20}, 9, 41, 6000, 2, 0, 0, 0};
    sample.network_rate = {12.5, 1024};
    return sample;
}

std::string rendered(const model::StatsSample& sample, Rate rate = Rate::shown) {
    std::string out;
    append_stats(out, web(), sample, rate);
    return out;
}

TEST(RenderStats, SaysAllInDockersOrder) {
    const auto id = std::string(64, 'a');
    const std::string none = "[]";
    const std::string expected =
        R"({"read":"2024-01-02T03:04:05.6789Z","preread":"2024-01-02T03:04:04Z",)"
        R"("pids_stats":{"current":3,"limit":100},)"
        R"("blkio_stats":{"io_service_bytes_recursive":[{"major":8,"minor":0,"op":"Read","value":4096},)"
        R"({"major":8,"minor":0,"op":"Write","value":0}],"io_serviced_recursive":[],)"
        R"("io_queue_recursive":[],"io_service_time_recursive":[],"io_wait_time_recursive":[],)"
        R"("io_merged_recursive":[],"io_time_recursive":[],"sectors_recursive":[]},)"
        R"("num_procs":0,"storage_stats":{},)"
        R"("cpu_stats":{"cpu_usage":{"total_usage":60,"percpu_usage":[40,20],)"
        R"("usage_in_kernelmode":10,"usage_in_usermode":50},"system_cpu_usage":7000,"online_cpus":2,)"
        R"("throttling_data":{"periods":5,"throttled_periods":4,"throttled_time":3}},)"
        R"("precpu_stats":{"cpu_usage":{"total_usage":50,"percpu_usage":[30,20],)"
        R"("usage_in_kernelmode":9,"usage_in_usermode":41},"system_cpu_usage":6000,"online_cpus":2,)"
        R"("throttling_data":{"periods":0,"throttled_periods":0,"throttled_time":0}},)"
        R"("memory_stats":{"usage":100,"max_usage":200,"stats":{"cache":7,)"
        R"("hierarchical_memory_limit":9},"failcnt":1,"limit":300},)"
        R"("name":"/ecs-web-1-web-0a1b","id":")" +
        id +
        R"(","networks":{"eth0":{"rx_bytes":1,"rx_packets":2,"rx_errors":3,"rx_dropped":4,)"
        R"("tx_bytes":5,"tx_packets":6,"tx_errors":7,"tx_dropped":8}},)"
        R"("network_rate_stats":{"rx_bytes_per_sec":12.5,"tx_bytes_per_sec":1024}})";
    EXPECT_EQ(rendered(full_sample()), expected);
}

TEST(RenderStats, LeavesOutWhatIsZeroAndSaysNullWhereTheKernelHasNoList) {
    model::StatsSample sample;
    sample.now.read = *base::parse_rfc3339("2024-01-02T03:04:05Z");
    const std::string cpu =
        R"({"cpu_usage":{"total_usage":0,"usage_in_kernelmode":0,"usage_in_usermode":0},)"
        R"("throttling_data":{"periods":0,"throttled_periods":0,"throttled_time":0}})";
    EXPECT_EQ(
        rendered(sample),
        R"({"read":"2024-01-02T03:04:05Z","preread":"0001-01-01T00:00:00Z","pids_stats":{},)"
        R"("blkio_stats":{"io_service_bytes_recursive":null,"io_serviced_recursive":null,)"
        R"("io_queue_recursive":null,"io_service_time_recursive":null,)"
        R"("io_wait_time_recursive":null,"io_merged_recursive":null,"io_time_recursive":null,)"
        R"("sectors_recursive":null},"num_procs":0,"storage_stats":{},"cpu_stats":)" +
            cpu + R"(,"precpu_stats":)" + cpu +
            R"(,"memory_stats":{},"name":"/ecs-web-1-web-0a1b","id":")" + std::string(64, 'a') +
            R"("})");
}

TEST(RenderStats, OnlyVersion4HasARate) {
    const auto with = Json::parse(rendered(full_sample(), Rate::shown));
    EXPECT_EQ(std::prev(with.end()).key(), "network_rate_stats");
    const auto without = Json::parse(rendered(full_sample(), Rate::hidden));
    EXPECT_EQ(std::prev(without.end()).key(), "networks");
    auto first = full_sample();
    first.network_rate.reset();
    EXPECT_FALSE(Json::parse(rendered(first)).contains("network_rate_stats"));
}

TEST(RenderStats, CountersKeepEveryDigit) {
    auto sample = full_sample();
    // The kernel's "no limit", which a double would round.
    sample.now.memory.details["hierarchical_memory_limit"] = 9223372036854771712ULL;
    sample.now.cpu.total_ns = std::numeric_limits<std::uint64_t>::max();
    sample.now.networks["eth0"].rx_bytes = 9007199254740993ULL;
    const auto body = rendered(sample);
    EXPECT_NE(body.find(R"("hierarchical_memory_limit":9223372036854771712)"), std::string::npos);
    EXPECT_NE(body.find(R"("total_usage":18446744073709551615,)"), std::string::npos);
    EXPECT_NE(body.find(R"("rx_bytes":9007199254740993,)"), std::string::npos);
}

TEST(RenderStats, NamesAreEscapedAsGoDoes) {
    auto sample = full_sample();
    sample.now.networks["<\"x\\>"] = {};
    sample.now.blkio.service_bytes->front().op = "a\"b";
    const auto body = rendered(sample);
    EXPECT_NE(body.find(R"("\u003c\"x\\\u003e":{)"), std::string::npos) << body;
    EXPECT_NE(body.find(R"("op":"a\"b")"), std::string::npos);
    EXPECT_TRUE(Json::accept(body));
}

} // namespace
} // namespace handlers::stats
