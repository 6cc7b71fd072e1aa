// The agent is killed in the midst of things, or things happen while it is not there.

#include "tests/integration/support/rounds.hpp"
#include "tests/integration/support/tasks.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <random>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// A task with all that a task can leave behind: containers in order, an address, a volume of its
/// own, a cgroup.
std::string full(int round) {
    const auto mount = R"("mountPoints": [{"sourceVolume": "v", "containerPath": "/data"}])";
    const auto greeting = R"("environment": [{"name": "ROUND", "value": ")" +
                          std::to_string(round) + R"("}], )" + mount;
    return task("full",
                {container("app", runs_until_told(), greeting + ", " + depends_on("db", "START")),
                 container("db", runs_until_told(), mount)},
                R"("networkMode": "awsvpc", "pidMode": "task", "cpu": 256, "memory": 128,
                   "volumes": [{"name": "v"}])");
}

std::string publishing(int round) {
    return task("port", {container("app", runs_until_told(),
                                   R"("portMappings": [{"containerPort": 80, "hostPort": 28093}],
                                      "environment": [{"name": "ROUND", "value": ")" +
                                       std::to_string(round) + R"("}])")});
}

std::vector<std::string> containers_of_tasks() {
    std::vector<std::string> found;
    for (const auto& each : list_containers(Which::all, {label_of_task}))
        found.push_back(each.name + ' ' + each.state);
    return found;
}

/// Docker tells mounts in any order.
Json in_order(Json task) {
    for (auto& container : task["Containers"])
        std::sort(container["Volumes"].begin(), container["Volumes"].end());
    return task;
}

/// When the agent has logged a line that is there, in seconds since 1970.
double moment_of(const std::string& line) {
    return seconds_of(line.substr(0, line.find('Z')));
}

} // namespace

class Interrupted : public TaskTest {
protected:
    void start(const std::string& cleanup_wait) {
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", cleanup_wait);
        agent_->start();
    }

    void remove_state() {
        for (const auto* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove(agent_->state_file() + suffix);
    }
};

TEST_F(Interrupted, TasksThatWaitForHealthGoOnWaiting) {
    start("1s");
    agent_->put_task("wait.json",
                     task("wait", {container("app", runs_until_told(), depends_on("db", "HEALTHY")),
                                   container("db", runs_until_told(),
                                             R"("healthCheck": {"command": ["CMD-SHELL",
                                   "until [ -e /tmp/well ]; do sleep 0.1; done"],
                                   "interval": 5, "timeout": 60})")}));
    const auto db = first("wait", "db");
    ASSERT_TRUE(eventually(seconds(3), [&] { return runs(db); }));
    agent_->kill9();
    agent_->start();
    EXPECT_TRUE(containers_of("wait").empty());
    EXPECT_EQ(shown(db, "db").at("KnownStatus"), "RUNNING");
    exec_in(db, "touch /tmp/well");
    const auto app = running("wait");
    EXPECT_EQ(arn_of(app), arn_of(db));
    EXPECT_TRUE(runs(db));
    EXPECT_GE(moment(app, "StartedAt"), moment(db, "StartedAt"));
    EXPECT_EQ(shown(app, "db").at("Health").at("status"), "HEALTHY");
}

TEST_F(Interrupted, WhatHappenedMeanwhileIsRightWithinASecondOfTheStart) {
    start("60s");
    const auto pair = [](const std::string& family) {
        return task(family, {container("app", runs_until_told(3)),
                             container("side", runs_until_told(), R"("essential": false)")});
    };
    for (const auto* family : {"whole", "ended", "partly", "vanished", "changed"})
        agent_->put_task(std::string(family) + ".json", pair(family));
    std::map<std::string, std::string> app;
    std::map<std::string, std::string> side;
    for (const auto* family : {"whole", "ended", "partly", "vanished", "changed"}) {
        app[family] = running(family);
        side[family] = first(family, "side");
    }
    const auto before = without_readings(task_about(app["whole"]));
    agent_->kill9();
    docker({"stop", app["ended"], side["partly"]});
    docker({"rm", "--force", app["vanished"]});
    agent_->put_task("changed.json",
                     task("changed", {container("app", runs_until_told(), R"("user": "1000")")}));
    agent_->start();
    // At the first question.
    EXPECT_EQ(without_readings(task_about(app["whole"])), before);
    EXPECT_EQ(shown(app["ended"], "app").at("ExitCode"), 3);
    EXPECT_EQ(shown(app["ended"], "app").at("KnownStatus"), "STOPPED");
    EXPECT_EQ(shown(app["partly"], "side").at("KnownStatus"), "STOPPED");
    EXPECT_EQ(task_about(app["partly"]).at("DesiredStatus"), "RUNNING");
    EXPECT_EQ(shown(side["vanished"], "app").at("KnownStatus"), "STOPPED");
    double last = 0;
    for (const auto& id : {side["ended"], side["vanished"], app["changed"]}) {
        wait_for_end(id);
        last = std::max(last, seconds_of(moment(id, "FinishedAt")));
    }
    // By the clocks of the agent and of Docker: what the test's own questions take is not in it.
    const auto took = last - moment_of(agent_->log_lines({"Z info ready"}).back());
    std::cout << "what had to stop has stopped " << took << " s after the start\n";
    EXPECT_LT(took, 1.5 * tests::slowness()); // Three stops by Docker are in it.
    EXPECT_TRUE(agent_->logs({"container stopped", "ContainerVanishedError: "}));
    EXPECT_NE(arn_of(running("vanished")), arn_of(side["vanished"]));
    EXPECT_NE(arn_of(running("ended", "app", app["ended"])), arn_of(app["ended"]));
    EXPECT_EQ(inspect(running("changed", "app", app["changed"]))["Config"]["User"], "1000");
    EXPECT_TRUE(runs(app["whole"]) && runs(side["whole"]) && runs(app["partly"]));
}

TEST_F(Interrupted, WithoutItsStateFileItKnowsWhatRunsAndWhatHasStopped) {
    start("60s");
    agent_->put_task("vpc.json", full(0));
    agent_->put_task("job.json", task("job", {container("app", "exit 4")},
                                      R"("x-ecs-node-agent": {"run": "once"})"));
    const auto app = running("full");
    const auto job = first("job");
    wait_for_end(job);
    ASSERT_TRUE(
        eventually(seconds(3), [&] { return task_about(job).at("KnownStatus") == "STOPPED"; }));
    const auto before = in_order(task_about(app));
    const auto addresses = query_state(*agent_, "select address from leases");
    agent_->kill9();
    remove_state();
    agent_->start();
    EXPECT_TRUE(all_the_time(milliseconds(2500), [&] {
        return containers_of("job").size() == 1 && containers_of("full").size() == 1 && runs(app);
    }));
    const auto after = in_order(task_about(app));
    EXPECT_EQ(after.at("TaskARN"), before.at("TaskARN"));
    EXPECT_EQ(container_in(after, "app"), container_in(before, "app"));
    EXPECT_EQ(query_state(*agent_, "select address from leases"), addresses);
    EXPECT_EQ(shown(job, "app").at("KnownStatus"), "STOPPED");
    EXPECT_EQ(shown(job, "app").at("ExitCode"), 4);
    agent_->remove_task("vpc.json");
    wait_for_end(app);
    EXPECT_TRUE(eventually(seconds(3), [] { return cgroups_of_tasks().empty(); }));
}

TEST_F(Interrupted, AnywhereInAStartItLeavesOneTaskAFileAndNothingElse) {
    start("1s");
    // Another's work on the same engine.
    const Container foreign({demo_image, "sleep", "300"});
    const auto seed = std::random_device()();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    const int rounds = in_round(6, 15);
    for (int round = 1; round <= rounds; ++round) {
        agent_->put_task("full.json", full(round));
        agent_->put_task("port.json", publishing(round));
        std::this_thread::sleep_for(
            milliseconds(std::uniform_int_distribution<int>(150, 1800)(random)));
        agent_->kill9();
        agent_->start();
    }
    const auto is_of_last_round = [&](const std::string& family) {
        const auto all = containers_of(family);
        return all.size() == 1 && runs(all.front()) &&
               variable_of(all.front(), "ROUND") == std::to_string(rounds);
    };
    EXPECT_TRUE(eventually(seconds(30), [&] {
        return containers_of_tasks().size() == 5 && is_of_last_round("full") &&
               is_of_last_round("port");
    }));
    for (const auto& each : containers_of_tasks())
        EXPECT_TRUE(each.ends_with(" running")) << each;
    EXPECT_EQ(containers_of_tasks().size(), 5U);
    const auto app = running("full");
    EXPECT_EQ(veths().size(), 1U);
    EXPECT_EQ(query_state(*agent_, "select owner from leases"),
              std::vector<std::string>{id_of(app)});
    for (const auto& path : cgroups_of_tasks())
        EXPECT_TRUE(path.ends_with(id_of(app))) << path;
    EXPECT_EQ(list_volumes(label_of_volume).size(), 1U);
    EXPECT_EQ(query_state(*agent_, "select arn from declared_tasks").size(), 2U);
    EXPECT_EQ(get_in(app, "http://169.254.170.2/v2/metadata").at("TaskARN"), arn_of(app));
    EXPECT_TRUE(runs(foreign.id()));
    end_task("full.json", "full");
    end_task("port.json", "port");
    expect_nothing_left();
}

} // namespace integration
