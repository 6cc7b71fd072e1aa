// What has stopped stays to be looked at for its time, with the reason, and holds nothing that
// another could need.

#include "tests/integration/support/tasks.hpp"

#include <filesystem>
#include <stdexcept>

namespace integration {

using std::chrono::seconds;

namespace {

/// Runs until it is told its exit status by a file.
const std::string ends_when_told = "while [ ! -s /tmp/end ]; do sleep 0.05; done; "
                                   "read status </tmp/end; exit $status";

void end(const std::string& container, int status) {
    // It may end before the engine has told how the command did.
    try_in(container, "echo " + std::to_string(status) + " >/tmp/end");
}

/// The addresses that a stopped container had are known only to the agent that saw it run.
Json without_networks(Json task) {
    for (auto& container : task["Containers"])
        container.erase("Networks");
    return without_readings(std::move(task));
}

const std::string once = R"("x-ecs-node-agent": {"run": "once"})";

/// When the engine has removed a container, by its own clock (seconds since 1970); waits for it.
/// `finished` is the moment of its end. A test notices either a little later.
double moment_of_removal(const std::string& container, const std::string& finished, seconds limit) {
    std::vector<std::string> times;
    // It is gone a little before that is told.
    eventually(limit, [&] {
        if (!state_of(container).empty())
            return false;
        const auto until = docker({"info", "--format", "{{.SystemTime}}"});
        times = lines_of(docker({"events", "--since", finished + 'Z', "--until", until, "--filter",
                                 "container=" + container, "--filter", "event=destroy", "--format",
                                 "{{.TimeNano}}"}));
        return !times.empty();
    });
    if (times.empty())
        throw std::runtime_error("container " + container + " is not removed");
    return std::stod(times.front()) / 1e9;
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

class Stopped : public TaskTest {
protected:
    void start(const std::string& cleanup_wait) {
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", cleanup_wait);
        agent_->start();
    }

    bool is_told_as_stopped(const std::string& container) {
        return eventually(seconds(5),
                          [&] { return task_about(container).at("KnownStatus") == "STOPPED"; });
    }
};

TEST_F(Stopped, TasksStayWithTheirContainersAndFilesWhileAddressAndCableGoAtOnce) {
    start("8s");
    agent_->put_task("vpc.json", task("vpc", {container("app", ends_when_told)},
                                      R"("networkMode": "awsvpc", )" + once));
    const auto app = running("vpc");
    const auto pause = first("vpc", "~internal~ecs~pause");
    const auto file = metadata_file(app);
    EXPECT_EQ(veths().size(), 1U);
    end(app, 5);
    wait_for_end(app);
    const auto finished = moment(app, "FinishedAt");
    EXPECT_TRUE(eventually(seconds(2), [&] { return attachments_of_tasks(*agent_).empty(); }));
    for (const auto& finding : attachments_of_tasks(*agent_))
        ADD_FAILURE() << finding;
    EXPECT_EQ(state_of(pause), "exited");
    ASSERT_TRUE(is_told_as_stopped(app));
    const auto about = task_about(app);
    EXPECT_EQ(about.at("DesiredStatus"), "STOPPED");
    EXPECT_TRUE(about.contains("ExecutionStoppedAt"));
    for (const auto* version : {"v3", "v4"}) {
        const auto told = ask_about(app, "", version).json();
        EXPECT_EQ(told.at("KnownStatus"), "STOPPED");
        EXPECT_EQ(told.at("ExitCode"), 5);
        EXPECT_EQ(told.at("FinishedAt"), inspect(app)["State"]["FinishedAt"]);
    }
    EXPECT_EQ(container_in(about, "~internal~ecs~pause").at("KnownStatus"), "STOPPED");
    const auto introspected =
        http_get("127.0.0.1", introspection_port, "/v1/tasks?dockerid=" + app).json();
    EXPECT_EQ(introspected.at("KnownStatus"), "STOPPED");
    EXPECT_EQ(introspected.at("DesiredStatus"), "STOPPED");
    EXPECT_TRUE(std::filesystem::exists(file));
    EXPECT_NE(shell("cat " + file).find("\"Status\": \"stopped\""), std::string::npos);
    EXPECT_GT(moment_of_removal(app, finished, seconds(12)) - seconds_of(finished), 7.5);
    expect_nothing_left();
}

TEST_F(Stopped, ContainersAreToldOfInV2ByTheirTask) {
    start("60s");
    agent_->put_task("web.json",
                     task("web", {container("app", runs_until_told()),
                                  container("side", ends_when_told, R"("essential": false)")}));
    const auto app = running("web");
    const auto side = first("web", "side");
    end(side, 11);
    wait_for_end(side);
    EXPECT_TRUE(eventually(seconds(3), [&] {
        return container_in(get_in(app, "http://169.254.170.2/v2/metadata"), "side")
                   .at("KnownStatus") == "STOPPED";
    }));
    const auto told = get_in(app, "http://169.254.170.2/v2/metadata/" + side);
    EXPECT_EQ(told.at("ExitCode"), 11);
    EXPECT_EQ(told.at("FinishedAt"), inspect(side)["State"]["FinishedAt"]);
    EXPECT_EQ(get_in(app, "http://169.254.170.2/v2/metadata").at("KnownStatus"), "RUNNING");
}

TEST_F(Stopped, ContainersAreLoggedWithStatusAndReason) {
    start("60s");
    agent_->put_task(
        "hog.json",
        task("hog", {container("app", "exec tail /dev/zero", R"("memory": 16)")}, once));
    agent_->put_task(
        "wrong.json",
        task("wrong", {container("app", "", R"("entryPoint": ["/no/such/program"])")}, once));
    agent_->put_task("stops.json", task("stops", {container("app", runs_until_told(17))}));
    const auto stops = running("stops");
    const auto hog = first("hog");
    const auto wrong = first("wrong");
    // Not every engine tells that it was the memory.
    wait_for_end(hog);
    const bool told = inspect(hog)["State"]["OOMKilled"];
    EXPECT_TRUE(agent_->logs(
        {"container stopped", id_of(hog), "exit_code=137",
         told ? "OutOfMemoryError: Container killed due to memory usage" : "reason=\"\""}));
    ASSERT_TRUE(is_told_as_stopped(hog));
    EXPECT_EQ(shown(hog, "app").at("ExitCode"), 137);
    EXPECT_TRUE(agent_->logs(
        {"container stopped", id_of(wrong), "CannotStartContainerError: ", "/no/such/program"}));
    ASSERT_TRUE(is_told_as_stopped(wrong));
    EXPECT_EQ(shown(wrong, "app").at("ExitCode"), inspect(wrong)["State"]["ExitCode"]);
    agent_->remove_task("stops.json");
    ASSERT_TRUE(is_told_as_stopped(stops));
    EXPECT_EQ(shown(stops, "app").at("ExitCode"), 17);
    EXPECT_TRUE(agent_->logs({"container stopped", id_of(stops), "exit_code=17"}));
}

TEST_F(Stopped, TasksAreCleanedUpInTimeAlsoWhenTheAgentWasRestartedMeanwhile) {
    start("9s");
    const auto job = [](const std::string& family) {
        return task(family, {container("app", ends_when_told)}, once);
    };
    agent_->put_task("early.json", job("early"));
    agent_->put_task("late.json", job("late"));
    const auto early = running("early");
    const auto late = running("late");
    end(early, 1);
    ASSERT_TRUE(is_told_as_stopped(early));
    const auto early_finished = moment(early, "FinishedAt");
    std::this_thread::sleep_for(seconds(5));
    end(late, 2);
    ASSERT_TRUE(is_told_as_stopped(late));
    const auto late_finished = moment(late, "FinishedAt");
    const auto before = without_networks(task_about(late));
    agent_->kill9();
    std::this_thread::sleep_for(seconds(4));
    const auto begun = seconds_now();
    agent_->start();
    EXPECT_EQ(without_networks(task_about(late)), before);
    const auto early_removed = moment_of_removal(early, early_finished, seconds(6));
    const auto late_removed = moment_of_removal(late, late_finished, seconds(12));
    EXPECT_GT(early_removed - seconds_of(early_finished), 8.5);
    EXPECT_GT(late_removed - seconds_of(late_finished), 8.5);
    // Their time ran while the agent was away: else they had all of it from its start on.
    EXPECT_LT(early_removed - begun, 9);
    EXPECT_LT(late_removed - begun, 9);
    expect_nothing_left();
}

TEST_F(Stopped, ContainersThatSomebodyStartsAreStoppedAgain) {
    start("60s");
    agent_->put_task("web.json",
                     task("web",
                          {container("app", "if [ -e /tmp/was ]; then " + runs_until_told() +
                                                "; fi; touch /tmp/was; exit 3")},
                          once));
    const auto app = first("web");
    wait_for_end(app);
    ASSERT_TRUE(is_told_as_stopped(app));
    const auto finished = moment(app, "FinishedAt");
    docker({"start", app});
    EXPECT_TRUE(eventually(seconds(8), [&] {
        return state_of(app) == "exited" && moment(app, "FinishedAt") > finished;
    }));
    ASSERT_TRUE(is_told_as_stopped(app));
    EXPECT_EQ(containers_of("web").size(), 1U);
}

TEST_F(Stopped, AContainerThatSomebodyRemovesIsReplacedByANewTask) {
    start("60s");
    agent_->put_task("web.json", task("web", {container("app", runs_until_told()),
                                              container("side", runs_until_told())}));
    const auto app = running("web");
    const auto side = first("web", "side");
    docker({"rm", "--force", app});
    wait_for_end(side);
    EXPECT_EQ(shown(side, "app").at("KnownStatus"), "STOPPED");
    const auto now = running("web", "app");
    EXPECT_NE(arn_of(now), arn_of(side));
}

} // namespace integration
