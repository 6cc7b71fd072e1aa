// What containers use, held against Docker's own answer about the same container.

#include "tests/integration/support/tasks.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>

namespace integration {

using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

const std::string busy = "trap 'exit 0' TERM; while :; do :; done";

/// One look by Docker itself; it takes a second. Empty numbers say that the engine cannot look: seen
/// on machines where some hierarchy of version 1 exists and is mounted nowhere.
Json docker_stats(const std::string& container) {
    auto stats = engine_get("/containers/" + container + "/stats?stream=false&one-shot=true");
    if (stats.at("read") == "0001-01-01T00:00:00Z")
        throw std::runtime_error("the engine has no stats of " + container + ", see its log");
    return stats;
}

/// Keys, and the types of their values, at every depth.
void expect_same_shape(const Json& ours, const Json& dockers, const std::string& place = "") {
    EXPECT_STREQ(ours.type_name(), dockers.type_name()) << place;
    EXPECT_EQ(ours.is_number_unsigned(), dockers.is_number_unsigned()) << place;
    if (!ours.is_object() || !dockers.is_object())
        return;
    for (const auto& [key, value] : dockers.items()) {
        EXPECT_TRUE(ours.contains(key)) << place << '/' << key << " is Docker's only";
        if (ours.contains(key))
            expect_same_shape(ours.at(key), value, place + '/' + key);
    }
    for (const auto& [key, value] : ours.items())
        EXPECT_TRUE(dockers.contains(key)) << place << '/' << key << " is ours only";
}

const std::set<std::string> growing_details{"pgfault",      "pgmajfault",    "pgpgin",
                                            "pgpgout",      "total_pgfault", "total_pgmajfault",
                                            "total_pgpgin", "total_pgpgout"};

/// Every counter that only grows, by its place.
std::map<std::string, std::uint64_t> counters_of(const Json& stats, bool with_throttling) {
    std::map<std::string, std::uint64_t> counters;
    const std::function<void(const Json&, const std::string&)> add = [&](const Json& value,
                                                                         const std::string& place) {
        if (value.is_number_unsigned())
            counters[place] = value.get<std::uint64_t>();
        if (!value.is_structured())
            return;
        for (const auto& [key, inner] : value.items())
            add(inner, place + '/' + key);
    };
    add(stats.at("cpu_stats").at("cpu_usage"), "cpu_usage");
    add(stats.at("cpu_stats").at("system_cpu_usage"), "system_cpu_usage");
    if (with_throttling)
        add(stats.at("cpu_stats").at("throttling_data"), "throttling_data");
    add(stats.at("memory_stats").at("max_usage"), "max_usage");
    add(stats.value("networks", Json::object()), "networks");
    add(stats.at("blkio_stats"), "blkio_stats");
    for (const auto& [name, value] : stats.at("memory_stats").at("stats").items())
        if (growing_details.contains(name))
            add(value, "memory/" + name);
    return counters;
}

enum class Throttled { by_itself, by_its_task };

/// Holds what `look` answers against Docker's answers before and after it.
void expect_between_dockers(const std::string& container, const std::function<Json()>& look,
                            Throttled throttled = Throttled::by_itself) {
    const auto before = docker_stats(container);
    auto ours = look();
    const auto after = docker_stats(container);
    EXPECT_EQ(ours.at("name"), before.at("name"));
    EXPECT_EQ(ours.at("id"), before.at("id"));
    const bool own = throttled == Throttled::by_itself;
    const auto low = counters_of(before, own);
    const auto mine = counters_of(ours, own);
    const auto high = counters_of(after, own);
    EXPECT_GT(mine.size(), 15U);
    for (const auto& [place, value] : mine) {
        EXPECT_LE(low.at(place), value) << place;
        EXPECT_GE(high.at(place), value) << place;
    }
    // What is not Docker's: a rate. precpu_stats are empty in Docker's single looks.
    ours.erase("network_rate_stats");
    ours["precpu_stats"] = before.at("precpu_stats");
    expect_same_shape(ours, before);
    EXPECT_EQ(ours.at("memory_stats").at("limit"), before.at("memory_stats").at("limit"));
    EXPECT_EQ(ours.at("cpu_stats").at("online_cpus"), before.at("cpu_stats").at("online_cpus"));
}

} // namespace

class Stats : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        agent_->set("ECS_TASK_METADATA_RPS_LIMIT", "100000,100000");
        agent_->start();
    }
    Json stats_of(const std::string& container, const std::string& version = "v4") {
        const auto answer = ask_about(container, "/stats", version);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json();
    }
    /// The cgroup files that the agent holds open.
    std::size_t files_open() const {
        return lines_of(shell("ls -l /proc/" + std::to_string(agent_->pid()) +
                              "/fd | grep -e '-> /sys/fs/cgroup' -e '-> /proc/[0-9]' || true"))
            .size();
    }
};

TEST_F(Stats, OfATaskInBridgeModeAreDockersInEveryVersion) {
    agent_->put_task("web.json",
                     task("web", {container("app", busy), container("side", runs_until_told())}));
    const auto app = running("web");
    const auto first = stats_of(app);
    EXPECT_EQ(first.at("preread"), "0001-01-01T00:00:00Z");
    EXPECT_FALSE(first.contains("network_rate_stats"));
    expect_same_shape(first, docker_stats(app));
    EXPECT_EQ(
        first.at("memory_stats").at("stats").at("hierarchical_memory_limit").is_number_unsigned(),
        true);
    expect_between_dockers(app, [&] { return stats_of(app, "v4"); });
    expect_between_dockers(app, [&] { return stats_of(app, "v3"); });
    expect_between_dockers(app,
                           [&] { return get_in(app, "http://169.254.170.2/v2/stats/" + app); });
    expect_between_dockers(app, [&] { return get_in(app, "http://169.254.170.2/v4/stats"); });
    const auto later = stats_of(app);
    EXPECT_GT(later.at("precpu_stats").at("cpu_usage").at("total_usage"), 0);
    EXPECT_GT(later.at("cpu_stats").at("cpu_usage").at("total_usage"),
              later.at("precpu_stats").at("cpu_usage").at("total_usage"));
    EXPECT_LT(later.at("preread"), later.at("read"));
    EXPECT_GE(later.at("network_rate_stats").at("rx_bytes_per_sec"), 0);
    EXPECT_FALSE(stats_of(app, "v3").contains("network_rate_stats"));
}

TEST_F(Stats, AStoppedSiblingIsNothingAndFailsNobody) {
    agent_->put_task("pair.json",
                     task("pair", {container("app", runs_until_told()),
                                   container("once", "exit 0", R"("essential": false)")}));
    const auto app = running("pair");
    const auto once = first("pair", "once");
    wait_for_end(once);
    EXPECT_TRUE(eventually(seconds(5), [&] { return ask_about(once, "/stats").status == 500; }));
    EXPECT_EQ(ask_about(once, "/stats").body,
              "\"Unable to get container stats for: " + once + "\"");
    EXPECT_EQ(ask_about(once, "/stats", "v3").status, 400);
    const auto map = ask_about(app, "/task/stats").json();
    EXPECT_EQ(map.size(), 2U);
    EXPECT_EQ(map.at(app).at("id"), app);
    EXPECT_EQ(map.at(once), Json::object());
    EXPECT_TRUE(ask_about(app, "/task/stats", "v3").json().at(once).is_null());
    const auto version_2 = get_in(app, "http://169.254.170.2/v2/stats");
    EXPECT_TRUE(version_2.at(once).is_null());
    EXPECT_EQ(version_2.at(app).at("id"), app);
}

TEST_F(Stats, MembersInAwsvpcModeShareInterfacesAndAreThrottledByTheirTask) {
    agent_->put_task("vpc.json",
                     task("vpc", {container("app", busy), container("side", runs_until_told())},
                          R"("networkMode": "awsvpc", "cpu": "0.25 vCPU", "memory": "64")"));
    const auto app = running("vpc");
    const auto pause = first("vpc", "~internal~ecs~pause");
    expect_between_dockers(
        app, [&] { return stats_of(app); }, Throttled::by_its_task);
    const auto map = ask_about(app, "/task/stats").json();
    ASSERT_EQ(map.size(), 3U);
    std::string last_id;
    for (const auto& [id, stats] : map.items()) {
        EXPECT_LT(last_id, id);
        last_id = id;
        EXPECT_EQ(stats.at("networks"), map.at(pause).at("networks"));
        EXPECT_EQ(stats.at("networks").size(), 1U) << "the agent's own veth is not shown";
        EXPECT_TRUE(stats.at("networks").contains("eth0"));
        EXPECT_GT(stats.at("cpu_stats").at("throttling_data").at("periods"), 0) << id;
    }
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return stats_of(app).at("cpu_stats").at("throttling_data").at("throttled_time") > 0;
    }));
    EXPECT_EQ(map.at(app).at("memory_stats").at("stats").at("hierarchical_memory_limit"), 64 << 20);
}

TEST_F(Stats, AQuotaOfItsOwnIsSeenWhereDockerSeesIt) {
    const Container plain({"--cpus", "0.1", demo_image, "sh", "-c", busy});
    const auto look = [&] { return get_in(plain.id(), "http://169.254.170.2/v4/stats"); };
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return look().at("cpu_stats").at("throttling_data").at("throttled_periods") > 0;
    }));
    expect_between_dockers(plain.id(), look);
    EXPECT_EQ(look().at("memory_stats").at("stats").at("hierarchical_memory_limit"),
              std::uint64_t{9223372036854771712ULL})
        << "no limit, to the last digit";
}

TEST_F(Stats, InTheHostsNetworkThereAreNoInterfaces) {
    agent_->put_task("host.json", task("host", {container("app", runs_until_told())},
                                       R"("networkMode": "host")"));
    const auto app = running("host");
    expect_between_dockers(app, [&] { return stats_of(app); });
    EXPECT_FALSE(stats_of(app).contains("networks"));
}

TEST_F(Stats, WhatIsHeldOpenGoesWithTheContainer) {
    EXPECT_EQ(files_open(), 0U);
    {
        const Container plain({demo_image, "sh", "-c", busy});
        get_in(plain.id(), "http://169.254.170.2/v4/stats");
        EXPECT_GT(files_open(), 0U);
    }
    EXPECT_TRUE(eventually(seconds(5), [&] { return files_open() == 0; }));
}

TEST_F(Stats, AreFreshAtEveryRequest) {
    agent_->put_task("many.json", task("many", {container("app", busy)}));
    const auto path = "/v4/" + endpoint_id_of(running("many")) + "/stats";
    std::vector<double> times;
    std::string last;
    for (int i = 0; i < 500; ++i) {
        const auto begin = steady_clock::now();
        const auto answer = http_get("127.0.0.1", endpoint_port, path);
        times.push_back(
            std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count());
        ASSERT_EQ(answer.status, 200);
        const auto read = answer.json().at("read").get<std::string>();
        EXPECT_NE(read, last) << "each is a look of its own";
        last = read;
    }
    std::sort(times.begin(), times.end());
    // A figure, not a test: the daemon under test is not the one that is shipped.
    std::printf("stats of one container, a connection each: median %.2f ms, p99 %.2f ms\n",
                times[times.size() / 2], times[times.size() * 99 / 100]);
}

} // namespace integration
