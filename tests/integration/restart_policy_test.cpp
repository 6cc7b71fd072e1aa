// A container that ends is started again where its restart policy says so: the same container, for
// whoever asks, and for itself.

#include "tests/integration/support/tasks.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Ends when its folder has a file "end", which it takes away, with the status that stands in it.
const std::string ends_again_when_told =
    "trap 'exit 0' TERM; while [ ! -s /tmp/end ]; do sleep 0.05; done; "
    "read status </tmp/end; rm /tmp/end; exit $status";

std::string policy(int period, const std::string& more = "") {
    return R"("restartPolicy": {"enabled": true, "restartAttemptPeriod": )" +
           std::to_string(period) + (more.empty() ? "" : ", " + more) + "}";
}

std::string read(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

class RestartPolicy : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "60s");
        agent_->start();
    }

    /// Ends a container from the inside, not before it has run for its period.
    static void end(const std::string& container, int status, milliseconds after) {
        std::this_thread::sleep_for(after);
        // It may end before the engine has told how the command did.
        try_in(container, "echo " + std::to_string(status) + " >/tmp/end");
    }

    bool restarted(const std::string& container, int count, const std::string& name = "app") {
        return eventually(seconds(5), [&] {
            const auto now = shown(container, name);
            return runs(container) && now.value("RestartCount", -1) == count &&
                   now.at("KnownStatus") == "RUNNING";
        });
    }
};

TEST_F(RestartPolicy, StartsTheSameContainerAgainAndCountsAlsoOverAKillOfTheAgent) {
    agent_->put_task("web.json", task("web", {container("app", ends_again_when_told, policy(1)),
                                              container("side", runs_until_told())}));
    const auto app = running("web");
    const auto side = first("web", "side");
    const auto endpoint = endpoint_id_of(app);
    const auto arn = arn_of(app);
    EXPECT_EQ(shown(app, "app").at("RestartCount"), 0);
    EXPECT_FALSE(shown(app, "side").contains("RestartCount"));
    ASSERT_TRUE(eventually(seconds(3), [&] { return is_ready(app); }));
    const auto before = moment(app, "StartedAt");
    // It is the essential one, and its task goes on.
    end(app, 3, milliseconds(1200));
    EXPECT_TRUE(restarted(app, 1)) << shown(app, "app").dump();
    EXPECT_GT(moment(app, "StartedAt"), before);
    EXPECT_EQ(containers_of("web"), std::vector<std::string>{app});
    EXPECT_EQ(endpoint_id_of(app), endpoint);
    EXPECT_EQ(arn_of(app), arn);
    EXPECT_TRUE(runs(side));
    EXPECT_FALSE(shown(app, "app").contains("ExitCode"));
    EXPECT_EQ(shown(app, "app").at("FinishedAt"), inspect(app)["State"]["FinishedAt"]);
    const auto file = metadata_file(app);
    EXPECT_TRUE(eventually(seconds(3), [&] {
        const auto text = read(file);
        return text.find("READY") != std::string::npos &&
               text.find(inspect(app)["NetworkSettings"]["IPAddress"].get<std::string>()) !=
                   std::string::npos;
    }));
    EXPECT_EQ(get_in(app, "$ECS_CONTAINER_METADATA_URI_V4").at("RestartCount"), 1);
    const auto introspected =
        http_get("127.0.0.1", introspection_port, "/v1/tasks?dockerid=" + app).json();
    EXPECT_EQ(container_in(introspected, "app").at("RestartCount"), 1);
    agent_->kill9();
    agent_->start();
    EXPECT_EQ(shown(app, "app").at("RestartCount"), 1);
    end(app, 0, milliseconds(1200));
    EXPECT_TRUE(restarted(app, 2));
    // One that ended while nobody looked is started again as well.
    std::this_thread::sleep_for(milliseconds(1100));
    agent_->kill9();
    end(app, 9, milliseconds(0));
    wait_for_end(app);
    agent_->start();
    EXPECT_TRUE(restarted(app, 3));
    EXPECT_TRUE(agent_->log_lines({"task stopped"}).empty());
}

TEST_F(RestartPolicy, LeavesEndedWhatEndsTooEarlyOrWithAnIgnoredStatus) {
    agent_->put_task(
        "two.json",
        task("two",
             {container("early", ends_again_when_told, R"("essential": false, )" + policy(60)),
              container("done", ends_again_when_told,
                        R"("essential": false, )" + policy(1, R"("ignoredExitCodes": [0, 42])")),
              container("app", runs_until_told())}));
    const auto app = running("two");
    const auto early = first("two", "early");
    const auto done = first("two", "done");
    end(early, 1, milliseconds(1100));
    end(done, 41, milliseconds(200));
    EXPECT_TRUE(restarted(done, 1, "done"));
    end(done, 42, milliseconds(1100));
    wait_for_end(done);
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return !runs(done) && !runs(early); }));
    EXPECT_EQ(shown(app, "done").at("ExitCode"), 42);
    EXPECT_EQ(shown(app, "done").at("RestartCount"), 1);
    EXPECT_EQ(shown(app, "early").at("ExitCode"), 1);
    EXPECT_EQ(shown(app, "early").at("RestartCount"), 0);
    EXPECT_EQ(task_about(app).at("KnownStatus"), "RUNNING");
}

TEST_F(RestartPolicy, OfAnEssentialContainerThatEndsTooEarlyStopsTheTask) {
    agent_->put_task(
        "web.json",
        task("web", {container("app", "exit 8", policy(60)), container("side", runs_until_told())},
             R"("x-ecs-node-agent": {"run": "once"})"));
    const auto app = first("web");
    wait_for_end(first("web", "side"));
    EXPECT_TRUE(
        eventually(seconds(3), [&] { return task_about(app).at("KnownStatus") == "STOPPED"; }));
    EXPECT_EQ(shown(app, "app").at("RestartCount"), 0);
    EXPECT_EQ(shown(app, "app").at("ExitCode"), 8);
}

// D15
TEST_F(RestartPolicy, GivesAContainerItsMetadataFileAgainWhoseFolderWasRemoved) {
    agent_->put_task("web.json", task("web", {container("app", ends_again_when_told, policy(1))}));
    const auto app = running("web");
    std::filesystem::remove_all(agent_->data_dir() + "/metadata");
    end(app, 0, milliseconds(1100));
    ASSERT_TRUE(restarted(app, 1)) << agent_->log();
    EXPECT_TRUE(eventually(seconds(3), [&] {
        return try_in(app, "grep -q READY $ECS_CONTAINER_METADATA_FILE").status == 0;
    })) << agent_->log();
    EXPECT_TRUE(agent_->logs({"a metadata directory was removed under its container"}));
}

TEST_F(RestartPolicy, DoesNotBringBackWhatIsStoppedWithItsTask) {
    agent_->put_task("web.json", task("web", {container("app", ends_again_when_told, policy(1))}));
    const auto app = running("web");
    std::this_thread::sleep_for(milliseconds(1100));
    agent_->remove_task("web.json");
    wait_for_end(app);
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return !runs(app); }));
    EXPECT_EQ(shown(app, "app").at("RestartCount"), 0);
}

} // namespace integration
