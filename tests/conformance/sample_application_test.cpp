// The sample application of the proposal of v2: task, containers and stats by source address alone.

#include "tests/conformance/client_task.hpp"

#include <cstdint>
#include <set>

namespace conformance {

using namespace integration;

namespace {

/// All containers of the task, pause container included, as the engine has them.
std::set<std::string> containers_of_task(const std::string& arn) {
    const auto listed = lines_of(docker(
        {"ps", "--quiet", "--no-trunc", "--filter", "label=com.amazonaws.ecs.task-arn=" + arn}));
    return {listed.begin(), listed.end()};
}

std::set<std::string> keys_of(const Json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items())
        keys.insert(key);
    return keys;
}

/// What the engine says that a container uses, by now.
Json engine_stats(const std::string& id) {
    return Json::parse(shell("engine=${DOCKER_HOST:-unix:///var/run/docker.sock}; "
                             "curl -sf --max-time 10 --unix-socket ${engine#unix://} "
                             "'http://engine/containers/" +
                             id + "/stats?stream=false&one-shot=true'"));
}

void expect_described(const Json& shown, const Json& inspected) {
    EXPECT_EQ(shown.at("DockerId"), inspected.at("Id"));
    EXPECT_EQ('/' + shown.at("DockerName").get<std::string>(), inspected.at("Name"));
    EXPECT_EQ(shown.at("Image"), inspected.at("Config").at("Image"));
    EXPECT_EQ(shown.at("ImageID"), inspected.at("Image"));
    EXPECT_EQ(nlohmann::json(shown.at("Labels")),
              nlohmann::json(inspected.at("Config").at("Labels")));
    EXPECT_EQ(shown.at("CreatedAt"), inspected.at("Created"));
    EXPECT_EQ(shown.at("StartedAt"), inspected.at("State").at("StartedAt"));
}

/// Of a look that was before the engine's.
void expect_measured(const Json& shown, const Json& inspected) {
    const auto later = engine_stats(inspected.at("Id"));
    EXPECT_EQ(shown.at("id"), inspected.at("Id"));
    EXPECT_EQ(shown.at("name"), inspected.at("Name"));
    EXPECT_EQ(shown.at("memory_stats").at("limit"), later.at("memory_stats").at("limit"));
    EXPECT_EQ(shown.at("cpu_stats").at("online_cpus"), later.at("cpu_stats").at("online_cpus"));
    const auto used = shown.at("cpu_stats").at("cpu_usage").at("total_usage").get<std::uint64_t>();
    EXPECT_GT(used, 0U);
    EXPECT_LE(used, later.at("cpu_stats").at("cpu_usage").at("total_usage").get<std::uint64_t>());
    EXPECT_GE(shown.at("pids_stats").at("current").get<int>(), 1);
}

std::uint64_t received(const Json& stats) {
    return stats.at("networks").at("eth0").at("rx_bytes").get<std::uint64_t>();
}

} // namespace

class SampleApplication : public ClientTask {};

TEST_P(SampleApplication, IsToldItsTaskAndEachContainer) {
    const auto client = run("node /clients/sample_application.js");
    ASSERT_TRUE(client.found.contains("task")) << client.found.dump();
    const auto& task = client.found.at("task");
    const auto arn = label_of(client, "com.amazonaws.ecs.task-arn");
    EXPECT_EQ(task.at("TaskARN"), arn);
    EXPECT_EQ(task.at("Cluster"), label_of(client, "com.amazonaws.ecs.cluster"));
    EXPECT_EQ(task.at("Family"), label_of(client, "com.amazonaws.ecs.task-definition-family"));
    EXPECT_EQ(task.at("Revision"), label_of(client, "com.amazonaws.ecs.task-definition-version"));
    const auto ids = containers_of_task(arn);
    EXPECT_EQ(ids.size(), is_awsvpc() ? 2U : 1U);
    EXPECT_EQ(task.at("Containers").size(), ids.size());
    const auto& containers = client.found.at("containers");
    EXPECT_EQ(keys_of(containers), ids);
    for (const auto& [id, shown] : containers.items()) {
        SCOPED_TRACE(shown.dump());
        expect_described(shown, inspect(id));
    }
}

TEST_P(SampleApplication, IsToldTheStatsOfItsTaskAndOfEachContainer) {
    const auto client = run("node /clients/sample_application.js");
    ASSERT_FALSE(client.found.contains("error")) << client.found.at("error");
    const auto ids = containers_of_task(label_of(client, "com.amazonaws.ecs.task-arn"));
    for (const auto* answer : {"task_stats", "stats"}) {
        const auto& stats = client.found.at(answer);
        EXPECT_EQ(keys_of(stats), ids) << answer;
        for (const auto& [id, shown] : stats.items()) {
            SCOPED_TRACE(shown.dump());
            expect_measured(shown, inspect(id));
        }
    }
    const auto network_later = engine_stats(network_owner(client).at("Id"));
    const auto bytes = received(client.found.at("stats").at(client.id));
    EXPECT_GT(bytes, 0U);
    EXPECT_LE(bytes, received(network_later));
}

INSTANTIATE_TEST_SUITE_P(In, SampleApplication, testing::Values("bridge", "awsvpc"),
                         [](const auto& mode) { return std::string(mode.param); });

} // namespace conformance
