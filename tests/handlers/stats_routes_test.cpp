// The stats routes: whose stats, and what is said when there are none (http-contract 5).

#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace {

using namespace handlers;
using handlers_test::ask;
using Json = nlohmann::ordered_json;

class StatsRoutes : public testing::Test {
protected:
    StatsRoutes() {
        world.put(handlers_test::example_task());
        for (const auto* id : {"cid", "pauseid"})
            sources.samples[id] = sample_with(id == std::string("cid") ? 1 : 2);
    }

    static model::StatsSample sample_with(std::uint64_t number) {
        model::StatsSample sample;
        sample.now.read = *base::parse_rfc3339("2024-01-02T03:04:05Z");
        sample.now.cpu.total_ns = number;
        sample.now.networks["eth0"].rx_bytes = number;
        sample.network_rate = model::NetworkRate{static_cast<double>(number), 0};
        return sample;
    }

    http::Response get(std::string_view path, std::string_view peer = "169.254.172.2") {
        return ask(api, path, peer);
    }
    /// Status and body.
    std::string answer(std::string_view path, std::string_view peer = "169.254.172.2") {
        const auto response = get(path, peer);
        return std::to_string(response.status) + " " + std::string(response.body());
    }
    /// The ids of a map, in order; "" where the answer is no map.
    std::string ids(std::string_view path, std::string_view peer = "169.254.172.2") {
        const auto response = get(path, peer);
        EXPECT_EQ(response.status, 200U) << path << ' ' << response.body();
        EXPECT_EQ(response.content_type, "application/json");
        std::string all;
        const auto body = Json::parse(response.body());
        for (const auto& [id, stats] : body.items())
            all += id + (stats.is_null() ? "=null " : stats.empty() ? "={} " : " ");
        return all;
    }
    void edit(const std::string& arn, const std::function<void(model::Task&)>& change) {
        auto task = *world.find_task(arn);
        change(task);
        world.put(task);
    }
    void stop(std::size_t index) {
        edit("t1", [&](model::Task& task) {
            task.containers[index].known = model::ContainerStatus::stopped;
        });
    }

    model::World world{handlers_test::example_instance()};
    handlers_test::FakeSources sources{world};
    TaskApi api{world, sources, handlers_test::no_limits()};
};

TEST_F(StatsRoutes, AContainerIsFoundByItsIdInEveryVersion) {
    for (const auto* path : {"/v2/stats/cid", "/v3/v3eid/stats", "/v4/v3eid/stats"}) {
        const auto response = get(path);
        ASSERT_EQ(response.status, 200U) << path << ' ' << response.body();
        EXPECT_EQ(response.content_type, "application/json");
        const auto body = Json::parse(response.body());
        EXPECT_EQ(body.at("id"), "cid");
        EXPECT_EQ(body.at("cpu_stats").at("cpu_usage").at("total_usage"), 1);
        EXPECT_EQ(body.contains("network_rate_stats"), path[2] == '4') << path;
    }
}

TEST_F(StatsRoutes, ATaskIsAMapOfAllItsContainersInTheOrderOfTheirIds) {
    for (const auto* path : {"/v2/stats", "/v2/stats/", "/v3/v3eid/task/stats",
                             "/v4/v3eid/task/stats", "/v3/task/stats", "/v4/task/stats"})
        EXPECT_EQ(ids(path), "cid pauseid ") << path;
    edit("t1", [](model::Task& task) {
        model::Container first;
        first.docker_id = "b0";
        first.known = model::ContainerStatus::running;
        model::Container not_made;
        not_made.name = "later";
        task.containers.insert(task.containers.begin(), not_made);
        task.containers.push_back(first);
    });
    EXPECT_EQ(ids("/v4/v3eid/task/stats"), "b0={} cid pauseid ");
    EXPECT_EQ(ids("/v3/v3eid/task/stats"), "b0=null cid pauseid ");
}

TEST_F(StatsRoutes, MembersOfATaskInAwsvpcModeHaveTheSameNetworkNumbers) {
    const auto body = Json::parse(get("/v4/v3eid/task/stats").body());
    for (const auto* id : {"cid", "pauseid"}) {
        EXPECT_EQ(body.at(id).at("networks").at("eth0").at("rx_bytes"), 2) << id;
        EXPECT_EQ(body.at(id).at("network_rate_stats").at("rx_bytes_per_sec"), 2) << id;
    }
    EXPECT_EQ(body.at("cid").at("cpu_stats").at("cpu_usage").at("total_usage"), 1);
}

TEST_F(StatsRoutes, OneThatHasStoppedIsAnErrorAloneAndNothingAmongItsSiblings) {
    stop(0);
    EXPECT_EQ(answer("/v2/stats/cid"), R"(400 "Unable to get container stats for: cid")");
    EXPECT_EQ(answer("/v3/v3eid/stats"), R"(400 "Unable to get container stats for: cid")");
    EXPECT_EQ(answer("/v4/v3eid/stats"), R"(500 "Unable to get container stats for: cid")");
    EXPECT_EQ(ids("/v2/stats"), "cid=null pauseid ");
    EXPECT_EQ(ids("/v3/v3eid/task/stats"), "cid=null pauseid ");
    EXPECT_EQ(ids("/v4/v3eid/task/stats"), "cid={} pauseid ");
    stop(1);
    EXPECT_EQ(answer("/v4/v3eid/task/stats"), R"(200 {"cid":{},"pauseid":{}})");
}

TEST_F(StatsRoutes, OneThatRunsWithoutASampleIsNoError) {
    sources.samples.erase("cid");
    EXPECT_EQ(answer("/v2/stats/cid"), "200 null");
    EXPECT_EQ(answer("/v3/v3eid/stats"), "200 null");
    EXPECT_EQ(answer("/v4/v3eid/stats"), "200 {}");
    EXPECT_EQ(ids("/v4/v3eid/task/stats"), "cid={} pauseid ");
    EXPECT_EQ(ids("/v2/stats"), "cid=null pauseid ");
}

TEST_F(StatsRoutes, ATaskOfWhichDockerHasMadeNothingIsAnEmptyMap) {
    edit("t1", [](model::Task& task) {
        for (auto& container : task.containers)
            container.docker_id.clear();
    });
    EXPECT_EQ(answer("/v4/v3eid/task/stats"), "200 {}");
    EXPECT_EQ(answer("/v3/v3eid/task/stats"), "200 {}");
    EXPECT_EQ(answer("/v3/v3eid/stats"),
              R"(400 "V3 container stats handler: unable to get container ID from request: )"
              R"(unable to get docker ID from v3 endpoint ID: v3eid")");
    EXPECT_EQ(answer("/v4/v3eid/stats"),
              R"(404 "V4 container stats handler: unable to get container ID from request: )"
              R"(unable to get docker ID from v3 endpoint ID: v3eid")");
}

TEST_F(StatsRoutes, AnIdThatNobodyHasIsRefusedWithTheContractsText) {
    const auto text = [](const std::string& version, const std::string& what,
                         const std::string& id) {
        return '"' + version + ' ' + what +
               " stats handler: unable to get task arn from request: unable to get task Arn from "
               "v3 endpoint ID: " +
               id + '"';
    };
    EXPECT_EQ(answer("/v3/x/stats"), "400 " + text("V3", "container", "x"));
    EXPECT_EQ(answer("/v3/x/task/stats"), "400 " + text("V3", "task", "x"));
    EXPECT_EQ(answer("/v4/x/stats"), "404 " + text("V4", "container", "x"));
    EXPECT_EQ(answer("/v4/x/task/stats"), "404 " + text("V4", "task", "x"));
}

TEST_F(StatsRoutes, AnAddressThatNobodyHasIsRefused) {
    const std::string why = "unable to associate '10.9.9.9' with task\"";
    for (const auto* path : {"/v2/stats", "/v2/stats/", "/v2/stats/cid"})
        EXPECT_EQ(answer(path, "10.9.9.9"), "400 \"Unable to get task arn from request: " + why);
    EXPECT_EQ(answer("/v3/stats", "10.9.9.9"),
              "400 \"V3 container stats handler: unable to get task arn from request: " + why);
    EXPECT_EQ(answer("/v3/task/stats", "10.9.9.9"),
              "400 \"V3 task stats handler: unable to get task arn from request: " + why);
    EXPECT_EQ(answer("/v4/stats", "10.9.9.9"),
              "404 \"V4 container stats handler: unable to get task arn from request: " + why);
    EXPECT_EQ(answer("/v4/task/stats", "10.9.9.9"),
              "404 \"V4 task stats handler: unable to get task arn from request: " + why);
    EXPECT_EQ(get("/v4/stats", "fe80::1").status, 404U);
}

TEST_F(StatsRoutes, WithoutAnIdTheSourceAddressTellsWhoAsks) {
    world.put(handlers_test::bridge_task("b", {"front", "back"}, "172.17.0.5"));
    sources.samples["b-front"] = sample_with(7);
    for (const auto* path : {"/v3/stats", "/v4/stats"})
        EXPECT_EQ(Json::parse(get(path, "172.17.0.5").body()).at("id"), "b-front") << path;
    EXPECT_EQ(ids("/v4/task/stats", "172.17.0.5"), "b-back={} b-front ");
}

TEST_F(StatsRoutes, Version2TellsAboutTheCallersOwnTaskOnly) {
    world.put(handlers_test::bridge_task("b", {"front"}, "172.17.0.5"));
    sources.samples["b-front"] = sample_with(7);
    EXPECT_EQ(get("/v2/stats/b-front", "172.17.0.5").status, 200U);
    EXPECT_EQ(answer("/v2/stats/b-front"), R"(400 "Unable to get container stats for: b-front")");
    EXPECT_EQ(answer("/v2/stats/a/b"), R"(400 "Unable to get container stats for: a/b")");
}

} // namespace
