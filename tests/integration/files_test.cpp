// One file is one task: added, changed, removed, refused, while the agent runs and while it does
// not.

#include "tests/integration/support/tasks.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string greeter(const std::string& family, const std::string& greeting,
                    const std::string& more = "") {
    return task(
        family,
        {container("app", runs_until_told(),
                   R"("environment": [{"name": "GREETING", "value": ")" + greeting + R"("}])")},
        more);
}

std::string publisher(const std::string& family, int port, const std::string& script) {
    return task(family, {container("app", script,
                                   R"("portMappings": [{"containerPort": 80, "hostPort": )" +
                                       std::to_string(port) + "}]")});
}

std::size_t times(const std::vector<std::string>& lines) {
    return lines.size();
}

} // namespace

class TaskFiles : public TaskTest {
protected:
    void start(const std::string& cleanup_wait) {
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", cleanup_wait);
        agent_->start();
    }
};

TEST_F(TaskFiles, AChangedOneStopsItsTaskWhollyBeforeTheNewOneBegins) {
    start("60s");
    const auto slow = "trap 'sleep 1; exit 0' TERM; while :; do sleep 1 & wait; done";
    const auto vpc = [&](const std::string& user) {
        return task("vpc", {container("app", slow, R"("user": ")" + user + R"(")")},
                    R"("networkMode": "awsvpc")");
    };
    agent_->put_task("port.json", publisher("port", 28091, slow));
    agent_->put_task("vpc.json", vpc("0"));
    const auto old_port = running("port");
    const auto old_vpc = running("vpc");
    const auto old_lease = query_state(*agent_, "select address from leases");
    agent_->put_task("port.json", publisher("port", 28091, std::string(slow) + " # anew"));
    agent_->put_task("vpc.json", vpc("1000"));
    std::size_t most_veths = 0;
    ASSERT_TRUE(eventually(seconds(15), [&] {
        most_veths = std::max(most_veths, veths().size());
        return containers_of("port").size() == 2 && containers_of("vpc").size() == 2;
    }));
    const auto new_port = running("port");
    const auto new_vpc = running("vpc");
    EXPECT_EQ(most_veths, 1U);
    EXPECT_GT(moment(new_port, "StartedAt"), moment(old_port, "FinishedAt"));
    const auto pauses = containers_of("vpc", "~internal~ecs~pause");
    ASSERT_EQ(pauses.size(), 2U);
    EXPECT_GT(moment(pauses[0], "StartedAt"), moment(pauses[1], "FinishedAt"));
    EXPECT_TRUE(agent_->log_lines({"cannot be brought up"}).empty());
    EXPECT_NE(arn_of(new_port), arn_of(old_port));
    const auto lease = query_state(*agent_, "select address from leases");
    EXPECT_EQ(lease.size(), 1U);
    EXPECT_NE(lease, old_lease);
    EXPECT_EQ(shown(new_vpc, "app").at("KnownStatus"), "RUNNING");
    EXPECT_EQ(task_about(old_vpc).at("KnownStatus"), "STOPPED");
}

TEST_F(TaskFiles, OfEqualMeaningChangeNothingAndAnotherNameIsAnotherTask) {
    start("1s");
    agent_->put_task("web.json", greeter("web", "x"));
    const auto first = running("web");
    agent_->put_task("web.json", R"({ "containerDefinitions": [ {
        "command": ["sh", "-c", ")" + runs_until_told() +
                                     R"("], "image": ")" + demo_image + R"(",
        "environment": [{"value": "x", "name": "GREETING"}],
        "essential": true, "cpu": 0, "name": "app"} ], "family": "web",
        "networkMode": "bridge", "volumes": [] })");
    agent_->put_task("web.yaml", "# the same once more\nfamily: web\ncontainerDefinitions:\n"
                                 "  - name: app\n    image: " +
                                     demo_image + "\n    command: [sh, -c, \"" + runs_until_told() +
                                     "\"]\n    environment: [{name: GREETING, value: x}]\n");
    ASSERT_TRUE(eventually(seconds(10), [] { return containers_of("web").size() == 2; }));
    const auto second = running("web", "app", first);
    EXPECT_TRUE(runs(first));
    EXPECT_NE(arn_of(second), arn_of(first));
    // Plain scalars, comments and a renewed time mean nothing either.
    agent_->put_task("web.yaml", "containerDefinitions:\n- command: [sh, -c, \"" +
                                     runs_until_told() + "\"]\n  image: '" + demo_image +
                                     "'\n  name: 'app' # as before\n"
                                     "  environment:\n  - {value: 'x', name: GREETING}\n"
                                     "family: web\n");
    shell("touch " + agent_->tasks_dir() + "/web.json");
    EXPECT_TRUE(all_the_time(milliseconds(1200), [&] {
        return runs(first) && runs(second) && containers_of("web").size() == 2;
    }));
    agent_->remove_task("web.json");
    EXPECT_TRUE(eventually(seconds(10), [&] { return state_of(first).empty(); }));
    EXPECT_TRUE(runs(second));
}

TEST_F(TaskFiles, WhoseNamesOrKindsDoNotCountAreNotRead) {
    start("1s");
    for (const auto* name : {".hidden.json", "web.json~", "~web.json", "#web.json#", "web.txt",
                             "web.json.swp", "web", "4913"})
        agent_->put_task(name, greeter("stray", "x"));
    std::filesystem::create_directory(agent_->tasks_dir() + "/folder.json");
    agent_->put_task("folder.json/inside.json", greeter("stray", "x"));
    agent_->put_task("counts.yml", greeter("counts", "x"));
    running("counts");
    EXPECT_TRUE(containers_of("stray").empty());
    EXPECT_TRUE(agent_->log_lines({"is refused"}).empty());
    EXPECT_EQ(times(agent_->log_lines({"task accepted"})), 1U);
}

TEST_F(TaskFiles, OfOneMebibyteAreReadAndLargerOnesRefused) {
    start("1s");
    constexpr std::size_t limit = 1 << 20;
    auto text = greeter("large", "x");
    text.resize(limit + 1, ' ');
    agent_->put_task("large.json", text);
    EXPECT_TRUE(agent_->logs({"a task definition is refused", "large.json", "1048576"}))
        << agent_->log();
    EXPECT_TRUE(containers_of("large").empty());
    text.resize(limit);
    agent_->put_task("large.json", text);
    running("large");
}

TEST_F(TaskFiles, RefusedKeepWhatRunsForThemAlsoOverARestartAndSayWhyOnce) {
    start("1s");
    agent_->put_task("web.json", greeter("web", "old"));
    const auto id = running("web");
    agent_->put_task("web.json", greeter("web", "new", R"("memory": "lots")"));
    EXPECT_TRUE(agent_->logs(
        {"a task definition is refused; what runs for it goes on", "web.json: memory: "}))
        << agent_->log();
    shell("touch " + agent_->tasks_dir() + "/web.json");
    agent_->put_task("other.json", greeter("other", "x"));
    running("other");
    EXPECT_TRUE(runs(id));
    EXPECT_EQ(times(agent_->log_lines({"a task definition is refused"})), 1U);
    agent_->kill9();
    agent_->start();
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return runs(id); }));
    // Right again it is another one.
    agent_->put_task("web.json", greeter("web", "new"));
    EXPECT_EQ(variable_of(running("web", "app", id), "GREETING"), "new");
}

TEST_F(TaskFiles, ThatChangedWhileTheAgentWasDownAreRightAfterItsStart) {
    start("1s");
    for (const auto* family : {"stays", "changes", "goes"})
        agent_->put_task(std::string(family) + ".json", greeter(family, "old"));
    const auto stays = running("stays");
    const auto changes = running("changes");
    const auto goes = running("goes");
    agent_->kill9();
    agent_->put_task("changes.json", greeter("changes", "new"));
    agent_->remove_task("goes.json");
    agent_->put_task("comes.json", greeter("comes", "new"));
    agent_->start();
    EXPECT_EQ(variable_of(running("comes"), "GREETING"), "new");
    EXPECT_EQ(variable_of(running("changes", "app", changes), "GREETING"), "new");
    EXPECT_TRUE(eventually(seconds(5), [&] { return state_of(goes).empty(); }));
    EXPECT_TRUE(eventually(seconds(5), [&] { return state_of(changes).empty(); }));
    EXPECT_TRUE(runs(stays));
    EXPECT_EQ(times(agent_->log_lines({"task accepted"})), 5U);
}

// D6
TEST_F(TaskFiles, ThatVanishWithTheirFolderKeepTheirTasksUntilTheyAreThereAgain) {
    const auto put = [&] {
        std::ofstream(agent_->tasks_dir() + "/web.json") << greeter("web", "x");
    };
    must({"mount", "-t", "tmpfs", "tasks", agent_->tasks_dir()});
    put();
    start("1s");
    const auto id = running("web");
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return run({"umount", agent_->tasks_dir()}).status == 0;
    }));
    agent_->signal(SIGHUP); // whether the kernel told of it or not
    EXPECT_TRUE(
        agent_->logs({"files are missing from the tasks folder", "another folder"}, seconds(10)))
        << agent_->log();
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return runs(id); }));
    agent_->put_task("other.json", greeter("other", "x"));
    running("other");
    put();
    EXPECT_TRUE(agent_->logs({"the files of the tasks folder are there again"}, seconds(10)))
        << agent_->log();
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return runs(id); }));
    agent_->remove_task("web.json");
    EXPECT_TRUE(eventually(seconds(10), [&] { return state_of(id).empty(); }));
}

TEST_F(TaskFiles, ThatAreGoneTogetherAndComeBackHaveStoppedNothing) {
    start("1s");
    const std::vector<std::string> families{"web", "shop"};
    std::map<std::string, std::string> ids;
    for (const auto& family : families) {
        agent_->put_task(family + ".json", greeter(family, "x"));
        ids[family] = running(family);
    }
    shell("rm " + agent_->tasks_dir() + "/*.json");
    EXPECT_TRUE(agent_->logs(
        {"files are missing from the tasks folder", "files=2", "went at once", "seconds=30"}))
        << agent_->log();
    const auto run_all = [&] { return runs(ids["web"]) && runs(ids["shop"]); };
    EXPECT_TRUE(all_the_time(seconds(1), run_all));
    for (const auto& family : families)
        agent_->put_task(family + ".json", greeter(family, "x"));
    EXPECT_TRUE(agent_->logs({"the files of the tasks folder are there again"})) << agent_->log();
    EXPECT_TRUE(all_the_time(seconds(1), run_all));
}

TEST_F(TaskFiles, ThatWantOneHostPortAreTriedAgainUntilItIsFree) {
    start("60s");
    agent_->put_task("first.json", publisher("first", 28092, runs_until_told()));
    const auto holder = running("first");
    agent_->put_task("second.json", publisher("second", 28092, runs_until_told()));
    EXPECT_TRUE(agent_->logs({"a container cannot be brought up",
                              "CannotStartContainerError: ", "port is already allocated"},
                             seconds(10)));
    const auto failed = first("second");
    EXPECT_TRUE(eventually(seconds(3), [&] {
        const auto about = task_about(failed);
        return !about.is_null() && about.at("KnownStatus") == "STOPPED";
    }));
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return times(agent_->log_lines({"task accepted", "file=second.json"})) >= 3;
    }));
    EXPECT_TRUE(runs(holder));
    agent_->remove_task("first.json");
    const auto now = running("second", "app", failed);
    EXPECT_EQ(published_port(now, "80/tcp"), 28092);
    EXPECT_GT(moment(now, "StartedAt"), moment(holder, "FinishedAt"));
}

TEST_F(TaskFiles, ThatAreToRunOnceAreRunOnceForEachMeaning) {
    start("1s");
    const auto job = [](const std::string& family, const std::string& script) {
        return task(family, {container("app", script)}, R"("x-ecs-node-agent": {"run": "once"})");
    };
    const auto runs_of = [&](const std::string& file) {
        return times(agent_->log_lines({"task accepted", "file=" + file}));
    };
    agent_->put_task("good.json", job("good", "exit 0"));
    agent_->put_task("bad.json", job("bad", "exit 3"));
    EXPECT_TRUE(agent_->logs({"container stopped", "exit_code=3"}, seconds(10)));
    expect_nothing_left();
    agent_->stop();
    agent_->start();
    EXPECT_TRUE(all_the_time(
        milliseconds(2500), [&] { return runs_of("good.json") == 1 && runs_of("bad.json") == 1; }));
    agent_->put_task("good.json", job("good", "exit 0 # again"));
    EXPECT_TRUE(eventually(seconds(5), [&] { return runs_of("good.json") == 2; }));
    // A file that was gone is a new one.
    agent_->remove_task("bad.json");
    EXPECT_TRUE(eventually(seconds(3), [&] {
        return query_state(*agent_, "select file from files where file = 'bad.json'").empty();
    }));
    agent_->put_task("bad.json", job("bad", "exit 3"));
    EXPECT_TRUE(eventually(seconds(5), [&] { return runs_of("bad.json") == 2; }));
    expect_nothing_left();
    EXPECT_EQ(runs_of("good.json"), 2U);
    EXPECT_EQ(runs_of("bad.json"), 2U);
}

TEST_F(TaskFiles, AreRunAnewWithNewIdsAndGrowingDelaysWhenTheirTasksEnd) {
    start("60s");
    agent_->put_task("ends.json", task("ends", {container("app", "exit 1")}));
    ASSERT_TRUE(eventually(seconds(20), [] { return containers_of("ends").size() == 4; }));
    const auto newest_first = containers_of("ends");
    wait_for_end(newest_first.front());
    // A change is worth an attempt at once: the fifth would wait for 8 seconds.
    agent_->put_task("ends.json", task("ends", {container("app", runs_until_told())}));
    EXPECT_TRUE(eventually(seconds(10), [] { return containers_of("ends").size() == 5; }));
    std::set<std::string> arns;
    std::vector<double> starts;
    std::vector<double> ends;
    for (auto id = newest_first.rbegin(); id != newest_first.rend(); ++id) {
        arns.insert(arn_of(*id));
        starts.push_back(seconds_of(moment(*id, "StartedAt")));
        ends.push_back(seconds_of(moment(*id, "FinishedAt")));
    }
    EXPECT_EQ(arns.size(), 4U);
    std::vector<double> accepted; // the agent's own moments: what a start takes is not in them
    for (const auto& line : agent_->log_lines({"task accepted", "file=ends.json"}))
        accepted.push_back(seconds_of(line.substr(0, line.find('Z'))));
    ASSERT_EQ(accepted.size(), 5U) << agent_->log();
    // 1, 2 and 4 seconds.
    for (int i = 0; i < 3; ++i) {
        EXPECT_GT(starts[i + 1] - starts[i], 1 << i);
        EXPECT_LT(accepted[i + 1] - ends[i], (1 << i) + 3);
    }
    EXPECT_LT(accepted[4] - ends[3], 7.5);
    EXPECT_EQ(shown(newest_first.back(), "app").at("ExitCode"), 1);
}

TEST_F(TaskFiles, AreCountedAsRevisionsAndLeaveFiveStoppedTasksAtMost) {
    start("60s");
    const auto job = [](int number) {
        return task("counted", {container("app", "exit " + std::to_string(number))},
                    R"("x-ecs-node-agent": {"run": "once"})");
    };
    for (int number = 1; number <= 7; ++number) {
        agent_->put_task("counted.json", job(number));
        EXPECT_TRUE(eventually(seconds(10), [&] {
            return times(agent_->log_lines({"task stopped"})) == static_cast<std::size_t>(number);
        }));
    }
    EXPECT_TRUE(eventually(seconds(5), [] { return containers_of("counted").size() == 5; }));
    const auto ended = containers_of("counted");
    EXPECT_EQ(shown(ended.front(), "app").at("ExitCode"), 7);
    EXPECT_EQ(shown(ended.back(), "app").at("ExitCode"), 3);
    agent_->put_task("counted.json",
                     greeter("counted", "x", R"("x-ecs-node-agent": {"serviceName": "shop"})"));
    const auto now = running("counted", "app", ended.front());
    const auto about = task_about(now);
    EXPECT_EQ(about.at("Revision"), "8");
    EXPECT_EQ(about.at("ServiceName"), "shop");
    EXPECT_FALSE(task_about(ended.front()).contains("ServiceName"));
    const auto inspected = inspect(now);
    EXPECT_EQ(inspected["Config"]["Labels"]["com.amazonaws.ecs.task-definition-version"], "8");
    EXPECT_TRUE(inspected["Name"].get<std::string>().starts_with("/ecs-counted-8-app-"));
    ASSERT_TRUE(eventually(seconds(3), [&] { return is_ready(now); }));
    const auto file = Json::parse(exec_in(now, "cat $ECS_CONTAINER_METADATA_FILE"));
    EXPECT_EQ(file.at("TaskDefinitionRevision"), "8");
    // What the file says wins, and is counted on from.
    agent_->put_task("counted.json", greeter("counted", "x", R"("revision": 40)"));
    const auto said = running("counted", "app", now);
    EXPECT_EQ(task_about(said).at("Revision"), "40");
    agent_->put_task("counted.json", greeter("counted", "y"));
    EXPECT_EQ(task_about(running("counted", "app", said)).at("Revision"), "41");
}

} // namespace integration
