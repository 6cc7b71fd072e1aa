// What has stopped stays to be looked at for its time, with the reason, and holds nothing that
// another could need.

#include "base/time.hpp"
#include "tests/integration/support/tasks.hpp"

#include <filesystem>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

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
    start("4s");
    agent_->put_task("vpc.json", task("vpc", {container("app", ends_when_told)},
                                      R"("networkMode": "awsvpc", )" + once));
    const auto app = running("vpc");
    const auto pause = first("vpc", "~internal~ecs~pause");
    const auto file = metadata_file(app);
    EXPECT_EQ(veths().size(), 1U);
    end(app, 5);
    wait_for_end(app);
    const auto ended = Clock::now();
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
    EXPECT_TRUE(eventually(seconds(8), [&] { return state_of(app).empty(); }));
    EXPECT_GT(Clock::now() - ended, seconds(3));
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
    start("6s");
    const auto job = [](const std::string& family) {
        return task(family, {container("app", ends_when_told)}, once);
    };
    agent_->put_task("early.json", job("early"));
    agent_->put_task("late.json", job("late"));
    const auto early = running("early");
    const auto late = running("late");
    end(early, 1);
    ASSERT_TRUE(is_told_as_stopped(early));
    std::this_thread::sleep_for(seconds(3));
    end(late, 2);
    ASSERT_TRUE(is_told_as_stopped(late));
    // By Docker's clock: we are told a little later.
    const auto late_ended =
        *base::parse_rfc3339(inspect(late)["State"]["FinishedAt"].get<std::string>());
    const auto before = without_networks(task_about(late));
    agent_->kill9();
    std::this_thread::sleep_for(seconds(3));
    agent_->start();
    EXPECT_EQ(without_networks(task_about(late)), before);
    // Its time ran while the agent was away.
    EXPECT_TRUE(eventually(seconds(2), [&] { return state_of(early).empty(); }));
    EXPECT_EQ(state_of(late), "exited");
    EXPECT_TRUE(eventually(seconds(6), [&] { return state_of(late).empty(); }));
    const auto stayed = base::now() - late_ended;
    EXPECT_GT(stayed, milliseconds(5500));
    EXPECT_LT(stayed, at_this_pace(seconds(8)));
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
