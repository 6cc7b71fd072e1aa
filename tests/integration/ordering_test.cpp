// Whom a container waits for, on the way up and on the way down.

#include "tests/integration/support/tasks.hpp"

#include <algorithm>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Docker waits an interval before its first look; a look may wait for what the test does.
std::string health_check(const std::string& script) {
    return R"("healthCheck": {"command": ["CMD-SHELL", ")" + script +
           R"("], "interval": 5, "timeout": 60, "retries": 1})";
}

const std::string not_essential = R"("essential": false)";

} // namespace

class Ordering : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "60s");
        agent_->start();
    }

    /// The reason that the log gives for a container that could not come up.
    bool says(const std::string& container, const std::string& reason) {
        return agent_->logs({"container stopped", "container=" + container, reason}, seconds(10));
    }
};

TEST_F(Ordering, UpFollowsStartCompleteAndSuccessAndDownIsTheReverse) {
    const auto slow_end = "trap 'sleep 0.3; exit 0' TERM; while :; do sleep 1 & wait; done";
    agent_->put_task(
        "chain.json",
        task("chain", {container("app", slow_end, depends_on("proxy", "START")),
                       container("proxy", slow_end,
                                 R"("dependsOn": [{"containerName": "seed", "condition": "SUCCESS"},
                                         {"containerName": "look", "condition": "COMPLETE"}])"),
                       container("seed", "sleep 3; exit 0", not_essential),
                       container("look", "sleep 3; exit 5", not_essential)}));
    const auto app = running("chain");
    const auto proxy = first("chain", "proxy");
    const auto seed = first("chain", "seed");
    const auto look = first("chain", "look");
    EXPECT_GT(moment(app, "StartedAt"), moment(proxy, "StartedAt"));
    EXPECT_GT(moment(proxy, "StartedAt"), moment(seed, "FinishedAt"));
    EXPECT_GT(moment(proxy, "StartedAt"), moment(look, "FinishedAt"));
    // These two wait for nobody.
    EXPECT_LT(moment(look, "StartedAt"), moment(seed, "FinishedAt"));
    EXPECT_LT(moment(seed, "StartedAt"), moment(look, "FinishedAt"));
    EXPECT_EQ(shown(app, "look").at("ExitCode"), 5);
    EXPECT_EQ(shown(app, "look").at("KnownStatus"), "STOPPED");
    EXPECT_EQ(task_about(app).at("DesiredStatus"), "RUNNING");
    agent_->remove_task("chain.json");
    wait_for_end(proxy);
    EXPECT_GT(moment(proxy, "FinishedAt"), moment(app, "FinishedAt"));
}

TEST_F(Ordering, SideBySideGoWhatDoesNotDependOnEachOther) {
    std::vector<std::string> all;
    for (const auto* name : {"a", "b", "c", "d"})
        all.push_back(
            container(name, "trap 'sleep 2; exit 0' TERM; while :; do sleep 1 & wait; done"));
    agent_->put_task("wide.json", task("wide", all));
    running("wide", "d");
    agent_->remove_task("wide.json");
    std::vector<double> ends;
    for (const auto* name : {"a", "b", "c", "d"}) {
        const auto id = first("wide", name);
        wait_for_end(id);
        ends.push_back(seconds_of(moment(id, "FinishedAt")));
    }
    // One after the other they would take two seconds each.
    EXPECT_LT(*std::ranges::max_element(ends) - *std::ranges::min_element(ends), 5.5);
}

TEST_F(Ordering, HealthIsWaitedForAndShown) {
    agent_->put_task(
        "health.json",
        task("health", {container("db", runs_until_told(),
                                  health_check("until [ -e /tmp/well ]; do sleep 0.1; done; "
                                               "echo well")),
                        container("app", runs_until_told(), depends_on("db", "HEALTHY")),
                        container("ill", runs_until_told(),
                                  not_essential + ", " + health_check("echo unwell; exit 1"))}));
    const auto db = first("health", "db");
    EXPECT_TRUE(eventually(seconds(3), [&] { return shown(db, "db").contains("Health"); }));
    EXPECT_FALSE(shown(db, "db").at("Health").contains("statusSince"));
    EXPECT_THROW(shown(db, "app"), std::runtime_error)
        << "it is not shown before its image is there";
    EXPECT_EQ(task_about(db).at("KnownStatus"), "NONE");
    ASSERT_TRUE(eventually(seconds(5), [&] { return try_in(db, "touch /tmp/well").status == 0; }));
    const auto app = running("health");
    const auto logged = inspect(db)["State"]["Health"]["Log"][0]["End"].get<std::string>();
    EXPECT_GT(moment(app, "StartedAt"), moment(db, "StartedAt"));
    EXPECT_FALSE(logged.empty());
    const auto health = shown(app, "db").at("Health");
    EXPECT_EQ(health.at("status"), "HEALTHY");
    EXPECT_EQ(health.at("output"), "well\n");
    EXPECT_TRUE(health.contains("statusSince"));
    EXPECT_TRUE(eventually(seconds(8), [&] {
        return shown(app, "ill").at("Health").value("status", "") == "UNHEALTHY";
    }));
    EXPECT_EQ(shown(app, "ill").at("Health").at("exitCode"), 1);
    EXPECT_EQ(shown(app, "ill").at("Health").at("output"), "unwell\n");
    EXPECT_EQ(shown(app, "ill").at("KnownStatus"), "RUNNING");
    EXPECT_EQ(task_about(app).at("DesiredStatus"), "RUNNING");
    EXPECT_FALSE(shown(app, "app").contains("Health"));
}

TEST_F(Ordering, AFailedDependencyStopsTheWaitingContainerWith143) {
    agent_->put_task("fails.json", task("fails", {container("app", runs_until_told(),
                                                            depends_on("seed", "SUCCESS")),
                                                  container("seed", "exit 4", not_essential)}));
    const auto seed = first("fails", "seed");
    EXPECT_TRUE(says("app", "TaskDependencyError: container seed did not succeed"));
    Json about;
    EXPECT_TRUE(eventually(seconds(5), [&] {
        about = task_about(seed);
        return about.at("KnownStatus") == "STOPPED";
    })) << about.dump();
    EXPECT_EQ(container_in(about, "app").at("ExitCode"), 143);
    EXPECT_EQ(container_in(about, "app").at("KnownStatus"), "STOPPED");
    EXPECT_EQ(container_in(about, "seed").at("ExitCode"), 4);
    EXPECT_TRUE(containers_of("fails", "app").empty());
    agent_->remove_task("fails.json");
}

TEST_F(Ordering, AWaitingContainerThatIsNotEssentialLeavesTheRestRunning) {
    agent_->put_task(
        "partly.json",
        task("partly",
             {container("app", runs_until_told()), container("seed", "exit 4", not_essential),
              container("extra", runs_until_told(),
                        not_essential + ", " + depends_on("seed", "SUCCESS"))}));
    const auto app = first("partly");
    EXPECT_TRUE(says("extra", "TaskDependencyError: container seed did not succeed"));
    EXPECT_EQ(shown(app, "extra").at("ExitCode"), 143);
    EXPECT_TRUE(all_the_time(milliseconds(500), [&] { return runs(app); }));
    EXPECT_EQ(task_about(app).at("DesiredStatus"), "RUNNING");
}

TEST_F(Ordering, StartTimeoutOfTheDependencyEndsTheWaiting) {
    agent_->put_task(
        "late.json",
        task("late",
             {container("app", runs_until_told(), depends_on("seed", "COMPLETE")),
              container("seed", runs_until_told(), not_essential + R"(, "startTimeout": 2)")}));
    const auto seed = first("late", "seed");
    ASSERT_TRUE(eventually(seconds(3), [&] { return runs(seed); }));
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return runs(seed); }));
    EXPECT_TRUE(says("app", "container seed did not end within its startTimeout"));
    wait_for_end(seed);
    EXPECT_EQ(shown(seed, "app").at("ExitCode"), 143);
    agent_->remove_task("late.json");
}

TEST_F(Ordering, LinksAndVolumesFromWaitForTheirContainers) {
    agent_->put_task(
        "links.json",
        task("links",
             {container("app", runs_until_told(),
                        R"("links": ["db:store"],
                           "volumesFrom": [{"sourceContainer": "data", "readOnly": true}])"),
              container("db", "httpd -f -p 80 -h /www"),
              container(
                  "data", "echo seed >/data/file",
                  not_essential +
                      R"(, "mountPoints": [{"sourceVolume": "v", "containerPath": "/data"}])")},
             R"("volumes": [{"name": "v"}])"));
    const auto app = running("links");
    EXPECT_GT(moment(app, "StartedAt"), moment(first("links", "db"), "StartedAt"));
    EXPECT_TRUE(
        eventually(seconds(3), [&] { return try_in(app, "cat /data/file").out == "seed"; }));
    EXPECT_NE(try_in(app, "echo more >/data/file").status, 0);
    EXPECT_EQ(exec_in(app, "timeout 3 wget -qO- http://store/index.html"),
              "hello from the ECS node agent");
    EXPECT_EQ(list_volumes(label_of_volume).size(), 1U);
}

TEST_F(Ordering, OnlyAnEssentialContainersEndStopsTheTask) {
    agent_->put_task("ends.json", task("ends",
                                       {container("app", "sleep 1.5; exit 6"),
                                        container("side", runs_until_told(9)),
                                        container("job", "exit 7", not_essential)},
                                       R"("x-ecs-node-agent": {"run": "once"})"));
    const auto side = running("ends", "side");
    EXPECT_TRUE(eventually(seconds(3), [&] { return shown(side, "job").contains("ExitCode"); }));
    EXPECT_EQ(shown(side, "job").at("ExitCode"), 7);
    EXPECT_EQ(task_about(side).at("KnownStatus"), "RUNNING");
    EXPECT_TRUE(runs(side));
    wait_for_end(side);
    EXPECT_TRUE(
        eventually(seconds(3), [&] { return task_about(side).at("KnownStatus") == "STOPPED"; }));
    EXPECT_EQ(shown(side, "app").at("ExitCode"), 6);
    EXPECT_EQ(shown(side, "side").at("ExitCode"), 9);
    EXPECT_GT(moment(side, "FinishedAt"), moment(first("ends"), "FinishedAt"));
    EXPECT_TRUE(agent_->logs({"task stopped", "Essential container in task exited: app"}));
}

} // namespace integration
