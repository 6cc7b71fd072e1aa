// The checker itself: it takes what is right and finds what is wrong.

#include "type_rules.hpp"

#include <gtest/gtest.h>

namespace conformance {
namespace {

using Found = std::vector<std::string>;

constexpr auto id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

Json good_container() {
    return {{"DockerId", id},
            {"Name", "app"},
            {"DockerName", "ecs-web-1-app-1"},
            {"Image", "web:1"},
            {"ImageID", "sha256:0"},
            {"Ports", Json::parse(R"([{"ContainerPort": 80, "Protocol": "tcp", "HostPort": 1}])")},
            {"DesiredStatus", "RUNNING"},
            {"KnownStatus", "RUNNING"},
            {"Limits", {{"CPU", 2}, {"Memory", 0}}},
            {"CreatedAt", "2024-01-02T03:04:05Z"},
            {"StartedAt", "2024-01-02T03:04:05.123456789Z"},
            {"Type", "NORMAL"},
            {"Networks", Json::parse(R"([{"NetworkMode": "bridge", "IPv4Addresses": [""]}])")}};
}

Json good_task() {
    return {{"Cluster", "default"},
            {"TaskARN", "arn:aws:ecs:us-east-1:000000000000:task/default/0123"},
            {"Family", "web"},
            {"Revision", "7"},
            {"DesiredStatus", "RUNNING"},
            {"KnownStatus", "RUNNING"},
            {"Limits", {{"CPU", 0.25}, {"Memory", 512}}},
            {"AvailabilityZone", "us-east-1a"},
            {"Containers", Json::array({good_container()})}};
}

TEST(TypeRules, TakeWhatIsRight) {
    EXPECT_EQ(findings(good_task(), task_rules(Version::v2)), Found());
    EXPECT_EQ(findings(good_container(), container_rules(Version::v3)), Found());
}

struct Bad {
    const char* pointer; ///< what is replaced in a task that is right
    const char* with;    ///< JSON; "" takes it away
    const char* finding;
};

class BadSamples : public testing::TestWithParam<Bad> {};

TEST_P(BadSamples, AreFound) {
    auto task = good_task();
    const Json::json_pointer place(GetParam().pointer);
    if (GetParam().with[0] == '\0')
        task[place.parent_pointer()].erase(place.back());
    else
        task[place] = Json::parse(GetParam().with);
    EXPECT_EQ(findings(task, task_rules(Version::v2)), Found{GetParam().finding});
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadSamples,
    testing::Values(
        Bad{"/Revision", "7", "Revision: expected a string with something in it, got 7"},
        Bad{"/Family", "", ": Family is missing"},
        Bad{"/Cluster", "\"\"", "Cluster: expected a string with something in it, got \"\""},
        Bad{"/TaskARN", "\"arn:aws:ecs:task/default/1\"",
            "TaskARN: expected an ARN of six parts and more, with a slash, got "
            "\"arn:aws:ecs:task/default/1\""},
        Bad{"/TaskARN", "\"arn:aws:ecs:us-east-1:1:task\"",
            "TaskARN: expected an ARN of six parts and more, with a slash, got "
            "\"arn:aws:ecs:us-east-1:1:task\""},
        Bad{"/PullStartedAt", "null", "PullStartedAt: expected a time in UTC, got null"},
        Bad{"/PullStartedAt", "\"\"", "PullStartedAt: expected a time in UTC, got \"\""},
        Bad{"/PullStoppedAt", "\"0001-01-01T00:00:00Z\"",
            "PullStoppedAt: expected a time in UTC, got \"0001-01-01T00:00:00Z\""},
        Bad{"/PullStoppedAt", "\"2024-01-02T03:04:05+00:00\"",
            "PullStoppedAt: expected a time in UTC, got \"2024-01-02T03:04:05+00:00\""},
        Bad{"/PullStoppedAt", "\"2024-13-02T03:04:05Z\"",
            "PullStoppedAt: expected a time in UTC, got \"2024-13-02T03:04:05Z\""},
        Bad{"/Limits/Memory", "512.5", "Limits.Memory: expected an integer, got 512.5"},
        Bad{"/Limits/CPU", "\"0.25\"", "Limits.CPU: expected a number, got \"0.25\""},
        Bad{"/TaskTags", R"({"a":1})", "TaskTags: expected an object of strings, got {\"a\":1}"},
        Bad{"/VPCID", "\"vpc\"", "VPCID: has no rule, got \"vpc\""},
        Bad{"/Containers", "null", "Containers: expected a list with something in it, got null"},
        Bad{"/Containers/0/Ports", "null", "Containers[0].Ports: expected a list, got null"},
        Bad{"/Containers/0/Networks/0/IPv4Addresses", "null",
            "Containers[0].Networks[0].IPv4Addresses: expected a list, got null"},
        Bad{"/Containers/0/Health", "null", "Containers[0].Health: expected an object, got null"},
        Bad{"/Containers/0/Limits/CPU", "2.0",
            "Containers[0].Limits.CPU: expected an integer, got 2.0"},
        Bad{"/Containers/0/Limits/Memory", "-1",
            "Containers[0].Limits.Memory: expected an integer, got -1"},
        Bad{"/Containers/0/Limits/Memory", "9223372036854775808",
            "Containers[0].Limits.Memory: expected an integer, got 9223372036854775808"},
        Bad{"/Containers/0/ExitCode", "\"0\"",
            "Containers[0].ExitCode: expected an integer, got \"0\""},
        Bad{"/Containers/0/Ports/0/HostPort", "65536",
            "Containers[0].Ports[0].HostPort: expected a port, got 65536"},
        Bad{"/Containers/0/DockerId", "\"0123\"",
            "Containers[0].DockerId: expected 64 hex digits, got \"0123\""},
        Bad{"/Containers/0/KnownStatus", "\"UP\"",
            "Containers[0].KnownStatus: expected a status, got \"UP\""},
        Bad{"/Containers/0/LogDriver", "\"json-file\"",
            "Containers[0].LogDriver: has no rule, got \"json-file\""},
        Bad{"/Containers/0/Name", "", "Containers[0]: Name is missing"}));

Json good_stats() {
    const auto cpu = Json::parse(R"({"cpu_usage": {"total_usage": 1, "percpu_usage": [1, 0],
        "usage_in_kernelmode": 0, "usage_in_usermode": 1}, "system_cpu_usage": 5, "online_cpus": 2,
        "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0}})");
    auto blkio = Json::object();
    for (const auto* name :
         {"service_bytes", "serviced", "queue", "service_time", "wait_time", "merged", "time"})
        blkio["io_" + std::string(name) + "_recursive"] = Json::parse(
            R"([{"major": 8, "minor": 0, "op": "Read", "value": 9223372036854775807}])");
    blkio["sectors_recursive"] = nullptr;
    const auto interface = Json::parse(R"({"rx_bytes": 1, "rx_packets": 1, "rx_errors": 0,
        "rx_dropped": 0, "tx_bytes": 1, "tx_packets": 1, "tx_errors": 0, "tx_dropped": 0})");
    return {{"read", "2024-01-02T03:04:05.1Z"},
            {"preread", "0001-01-01T00:00:00Z"},
            {"pids_stats", {{"current", 1}}},
            {"blkio_stats", blkio},
            {"num_procs", 0},
            {"storage_stats", Json::object()},
            {"cpu_stats", cpu},
            {"precpu_stats", cpu},
            {"memory_stats",
             {{"usage", 1},
              {"limit", 2},
              {"stats", {{"hierarchical_memsw_limit", 9223372036854771712}}}}},
            {"name", "/app"},
            {"id", id},
            {"networks", {{"eth0", interface}, {"eth1", interface}}}};
}

TEST(TypeRules, OfStatsTakeTheLargestCountersAndNoFractions) {
    auto stats = good_stats();
    EXPECT_EQ(findings(stats, stats_rules(Version::v2)), Found());
    stats["memory_stats"]["stats"]["rss"] = 1.5;
    stats["networks"]["eth1"]["tx_bytes"] = -1;
    stats["blkio_stats"]["io_time_recursive"][0]["value"] = "1";
    stats["precpu_stats"] = nullptr;
    stats["read"] = "0001-01-01T00:00:00Z";
    EXPECT_EQ(findings(stats, stats_rules(Version::v2)).size(), 5U);
}

TEST(TypeRules, OfTaskStatsTakeNullForAContainerInVersions2And3Only) {
    const Json both{{id, good_stats()}, {"other", nullptr}};
    EXPECT_EQ(findings(both, task_stats_rules(Version::v3)), Found());
    EXPECT_EQ(findings(both, task_stats_rules(Version::v4)),
              Found{"other: expected an object, got null"});
    Json wrong{{id, {{"read", 1}}}};
    EXPECT_GT(findings(wrong, task_stats_rules(Version::v3)).size(), 5U);
}

TEST(TypeRules, LookAtTheTextToo) {
    EXPECT_EQ(findings_in("<html>", index_rules()), Found{"no JSON: <html>"});
    EXPECT_EQ(findings_in(R"({"AvailableCommands":["/license"]})", index_rules()), Found());
    EXPECT_EQ(findings_in("{\"AvailableCommands\":[\"/license\"]}\n", index_rules()),
              Found{"a newline at the end"});
    EXPECT_EQ(findings_in(R"({"AvailableCommands":[]})", index_rules()).size(), 1U);
}

TEST(TypeRules, OfTheFilesLayoutWantAFieldALineAndContainerIdNotLast) {
    const std::string good = "{\n\t\"ContainerID\": \"01\",\n\t\"PortMappings\": [\n\t\t{\n"
                             "\t\t\t\"HostPort\": 80\n\t\t}\n\t],\n\t\"Version\": \"1\"\n}";
    EXPECT_EQ(findings_in_layout(good), Found());
    EXPECT_EQ(findings_in_layout("{\n\t\"Version\": \"1\",\n\t\"ContainerID\": \"01\"\n}"),
              Found{"ContainerID is the last field"});
    EXPECT_EQ(findings_in_layout("{\n\t\"ContainerID\":\"01\",\n\t\"Version\": \"1\"\n}").size(),
              1U)
        << "no space behind the colon";
    EXPECT_EQ(findings_in_layout("{\n\t\"A\": \"1\", \"B\": \"2\"\n}").size(), 1U);
    EXPECT_EQ(findings_in_layout("{\n    \"A\": \"1\"\n}").size(), 1U) << "blanks";
    EXPECT_EQ(findings_in_layout("{\"ContainerID\":\"01\"}").size(), 2U);
    EXPECT_EQ(findings_in_layout(good.substr(0, 30)).back(), "has no end") << "half a file";
}

} // namespace
} // namespace conformance
