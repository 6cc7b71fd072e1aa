// What becomes of a task when its containers end, cannot be brought up, or are restarted.

#include "tasks/tasks_fixture.hpp"

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using base::Error;
using Level = base::log::Level;
using Story = std::vector<std::string>;

class LifecycleTest : public SupervisorFixture {
protected:
    /// A definition of these containers, each with the fields given after its name.
    static std::string with(const std::vector<std::pair<std::string, std::string>>& containers) {
        std::string text = R"({"family":"web","containerDefinitions":[)";
        for (const auto& [name, fields] : containers)
            text += R"({"name":")" + name + R"(","image":"busybox","metadataEnable":false)" +
                    (fields.empty() ? "" : ",") + fields + "},";
        text.back() = ']';
        return text + "}";
    }
    bool stopped() { return becomes(model::TaskStatus::stopped); }
    /// Of the only task.
    std::string reason(const std::string& name) { return container(task(), name).stop_reason; }
};

const std::string optional = R"("essential":false)";

TEST_F(LifecycleTest, EssentialContainerThatEndsStopsItsTaskWhichStaysToBeLookedAt) {
    keep_what_stopped();
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(stopped());
    settle_down();
    EXPECT_EQ(docker.container_names().size(), 2U);
    EXPECT_EQ(docker.count("remove "), 0U);
    EXPECT_EQ(task()->stop_reason, "Essential container in task exited: app");
    EXPECT_EQ(container(task(), "app").exit_code, 1);
    EXPECT_EQ(container(task(), "side").exit_code, 143);
    EXPECT_EQ(rows().size(), 1U);
    EXPECT_TRUE(rows()[0].stopped_at);
    end();
    begin();
    settle_down();
    EXPECT_EQ(log.count(Level::info, "task stopped"), 1U) << "each is told once";
    EXPECT_EQ(log.count(Level::info, "container stopped"), 2U) << log.all();
    EXPECT_EQ(log.count(Level::info, "task accepted"), 2U) << "no delay over a restart";
}

TEST_F(LifecycleTest, TaskGoesOnWithoutAContainerThatIsNotEssential) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    docker.die(docker_name("side"), 1);
    settle_down();
    EXPECT_EQ(docker.count("stop "), 0U);
    EXPECT_EQ(docker.count("start "), 2U) << "without a policy it is not restarted";
    EXPECT_TRUE(docker.container(docker_name("app")).state.running);
}

TEST_F(LifecycleTest, ContainerRemovedByHandStopsTheTaskAndANewOneRuns) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.destroy(docker_name("app"));
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_EQ(log.count(Level::info, "ContainerVanishedError"), 1U) << log.all();
    undeclare("web.json");
    EXPECT_TRUE(is_gone());
    EXPECT_TRUE(rows().empty());
}

// What cannot be brought up.

TEST_F(LifecycleTest, ImageThatCannotBePulledStopsTheTaskAndAChangeIsTriedAtOnce) {
    keep_what_stopped();
    begin();
    declare("web.json", R"({"family":"web","containerDefinitions":[{"name":"app",)"
                        R"("image":"nowhere","metadataEnable":false}]})");
    ASSERT_TRUE(stopped()) << log.all();
    EXPECT_TRUE(reason("app").starts_with("CannotPullContainerError: ")) << reason("app");
    settle_down();
    EXPECT_EQ(docker.count("pull"), 1U) << "not before the delay is over";
    declare("web.json", definition("web", {"app"}));
    EXPECT_TRUE(another_runs("")) << "a change does not wait for the delay";
}

TEST_F(LifecycleTest, OptionalImageThatCannotBePulledEndsTheTaskOnlyWhereThatIsSet) {
    const auto text = R"({"family":"web","containerDefinitions":[
        {"name":"app","image":"busybox","metadataEnable":false},
        {"name":"bad","image":"nowhere","metadataEnable":false,"essential":false}]})";
    begin();
    declare("web.json", text);
    ASSERT_TRUE(runs()) << log.all();
    settle_down();
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_TRUE(reason("bad").starts_with("CannotPullContainerError: ")) << reason("bad");
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    end();
    keep_what_stopped();
    settings.pull_failure_ends_task = true;
    begin();
    declare("web.json", text);
    ASSERT_TRUE(stopped()) << log.all();
    EXPECT_TRUE(task()->stop_reason.starts_with("CannotPullContainerError: "))
        << task()->stop_reason;
}

TEST_F(LifecycleTest, EssentialContainerThatCannotBeCreatedStopsTheTaskAndANewOneIsTried) {
    begin();
    docker.fail_next("create", Error(Errc::invalid_argument, "no such device"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(log.count(Level::error, "CannotCreateContainerError: no such device"), 1U)
        << log.all();
    EXPECT_EQ(docker.count("create "), 2U);
}

TEST_F(LifecycleTest, OptionalContainerThatCannotBeCreatedLeavesTheRestRunningForGood) {
    begin();
    declare("web.json", with({{"app", ""}, {"bad", optional + R"(,"dependsOn":[
        {"containerName":"app","condition":"START"}])"}}));
    docker.delay("create", 30ms);
    loop.run_until([&] { return docker.count("start ") == 1; });
    docker.fail_next("create", Error(Errc::invalid_argument, "no such device"));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(reason("bad"), "CannotCreateContainerError: no such device");
    end();
    begin();
    settle_down();
    EXPECT_EQ(story(), Story()) << "nor is it tried again after a restart of the agent";
    EXPECT_EQ(reason("bad"), "CannotCreateContainerError: no such device");
    EXPECT_EQ(task()->known, model::TaskStatus::running);
}

TEST_F(LifecycleTest, ContainerThatDockerCannotStartSaysWhy) {
    keep_what_stopped();
    begin();
    docker.refuse_next_start(Error(Errc::invalid_argument, "exec: no such file"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(stopped()) << log.all();
    settle_down();
    EXPECT_EQ(reason("app"), "CannotStartContainerError: start app: exec: no such file");
    EXPECT_EQ(container(task(), "app").exit_code, 128);
    EXPECT_EQ(docker.container_names().size(), 1U) << "it stays to be looked at";
}

TEST_F(LifecycleTest, RefusalThatDockerDoesNotRememberIsNotTriedForEver) {
    keep_what_stopped();
    begin();
    docker.fail_next("start", Error(Errc::internal, "broken"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(stopped()) << log.all();
    settle_down();
    EXPECT_EQ(docker.count("start "), 1U);
    EXPECT_EQ(docker.container_names(), Story());
}

TEST_F(LifecycleTest, StartWhoseAnswerWasLostCountsWhenTheContainerRuns) {
    begin();
    docker.lose_next_answer("start", Error(Errc::timeout, "no answer"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    settle_down();
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(story(), (Story{"create app", "start app"}));
    EXPECT_EQ(log.count(Level::error, "cannot be brought up"), 0U) << log.all();
}

TEST_F(LifecycleTest, PortOfARangeThatAnotherHasTakenIsChosenAnew) {
    begin();
    docker.refuse_next_start(
        Error(Errc::internal, "Bind for 0.0.0.0:39391 failed: port is already allocated"));
    declare("web.json", with({{"app", R"("portMappings":[{"containerPortRange":"80-82"}])"}}));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(story(), (Story{"create app", "start app", "remove app", "create app", "start app"}));
    EXPECT_EQ(log.count(Level::info, "task accepted"), 1U) << "it is the same task";
    EXPECT_EQ(task()->desired, model::TaskStatus::running);
}

// Order.

TEST_F(LifecycleTest, OneSlowPullDoesNotHoldAnothersStart) {
    begin();
    docker.add_pullable_image("slow");
    docker.delay("pull", 10s);
    auto text = definition("web", {"app", "side"});
    text.insert(text.rfind(']'), R"(,{"name":"late","image":"slow","metadataEnable":false})");
    declare("web.json", text);
    loop.run_until([&] { return docker.count("start ") == 2; });
    EXPECT_EQ(docker.count("start "), 2U);
    EXPECT_EQ(container(task(), "late").known, model::ContainerStatus::none);
    undeclare("web.json");
    EXPECT_TRUE(is_gone()) << "a pull that nobody wants any more is not waited for";
}

TEST_F(LifecycleTest, DependenciesOrderBothWaysAndEachHasItsStopTimeout) {
    settings.stop_grace = 7s;
    begin();
    declare("web.json",
            with({{"app", R"("dependsOn":[{"containerName":"db","condition":"HEALTHY"}])"},
                  {"db", R"("stopTimeout":90,"healthCheck":{"command":["CMD","true"]})"}}));
    loop.run_until([&] { return docker.count("start ") == 1; });
    settle_down();
    EXPECT_EQ(story(), (Story{"create db", "start db"})) << log.all();
    const auto db = docker_name("db");
    const auto app = docker_name("app");
    docker.set_health(db, "healthy");
    ASSERT_TRUE(runs()) << log.all();
    docker.forget_calls();
    docker.delay("stop", 50ms);
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    const auto steps = story();
    EXPECT_EQ(Story(steps.begin(), steps.begin() + 2), (Story{"stop app", "stop db"}));
    EXPECT_EQ(docker.last_grace(app), 7s);
    EXPECT_EQ(docker.last_grace(db), 90s);
}

TEST_F(LifecycleTest, WhatWaitsTooLongForAnotherEndsWith143) {
    keep_what_stopped();
    begin();
    declare("web.json",
            with({{"app", R"("dependsOn":[{"containerName":"db","condition":"SUCCESS"}])"},
                  {"db", R"("essential":false,"startTimeout":2)"}}));
    ASSERT_TRUE(stopped()) << log.all();
    EXPECT_EQ(container(task(), "app").exit_code, 143);
    EXPECT_EQ(reason("app"),
              "TaskDependencyError: container db did not succeed within its startTimeout");
    EXPECT_EQ(story(), (Story{"create db", "start db", "stop db"}));
}

// D20: Docker goes on with a create whose answer nobody waits for any more.
TEST_F(LifecycleTest, ContainerThatIsMadeAfterItsCreateHasTimedOutIsRemovedWithItsTask) {
    docker.add_pullable_image("slow");
    docker.hang("pull", "slow");
    begin();
    auto text = definition("web", {"app"});
    text.insert(text.rfind(']'), R"(,{"name":"side","image":"slow","metadataEnable":false,)"
                                 R"("essential":false})");
    declare("web.json", text);
    loop.run_until([&] { return docker.count("start ") == 1; });
    docker.fail_next("create", Error(Errc::timeout, "no answer within 240 s"));
    docker.mend("pull", "slow");
    const auto known = [&] { return container(task(), "side").known; };
    loop.run_until([&] { return known() == model::ContainerStatus::stopped; });
    const auto side = container(task(), "side");
    EXPECT_TRUE(side.stop_reason.starts_with("DockerTimeoutError: ")) << side.stop_reason;
    EXPECT_EQ(side.docker_id, "");
    settle_down();
    const auto late = docker.make_container(side.docker_name, "bridge", side.labels);
    loop.run_until([&] { return container(task(), "side").docker_id == late; });
    settle_down();
    EXPECT_EQ(container(task(), "side").docker_id, late) << "it is seen";
    EXPECT_EQ(known(), model::ContainerStatus::stopped) << "what was told stays true";
    EXPECT_EQ(reason("side"), side.stop_reason);
    EXPECT_EQ(docker.count("start "), 1U);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    end();
    begin();
    settle_down();
    EXPECT_EQ(known(), model::ContainerStatus::stopped) << "also over a restart of the agent";
    EXPECT_EQ(docker.count("start "), 0U);
    undeclare("web.json");
    EXPECT_TRUE(is_gone()) << log.all();
}

// Restart policy.

const std::string restarts = R"("restartPolicy":{"enabled":true,"restartAttemptPeriod":60,)"
                             R"("ignoredExitCodes":[0]})";

TEST_F(LifecycleTest, RestartPolicyStartsTheSameContainerAgainAndCounts) {
    begin();
    declare("web.json", with({{"app", restarts}}));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    for (int round = 1; round <= 3; ++round) {
        die_after(61s, docker_name("app"), 1);
        loop.run_until([&] { return container(task(), "app").restart_count == round; });
        ASSERT_EQ(container(task(), "app").restart_count, round) << log.all();
        if (round == 2) {
            end();
            begin();
            ASSERT_EQ(container(task(), "app").restart_count, 2) << "kept";
        }
    }
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(docker.count("create "), 0U);
}

TEST_F(LifecycleTest, IgnoredExitCodesAndTooEarlyEndsAreNotRestarted) {
    keep_what_stopped();
    begin();
    declare("web.json", with({{"app", ""},
                              {"done", optional + "," + restarts},
                              {"early", optional + "," + restarts}}));
    ASSERT_TRUE(runs()) << log.all();
    die_after(61s, docker_name("done"), 0);
    die_after(59s, docker_name("early"), 1);
    settle_down();
    EXPECT_EQ(docker.count("start "), 3U);
    EXPECT_EQ(task()->desired, model::TaskStatus::running);
}

TEST_F(LifecycleTest, RestartThatFailsIsNotTriedAgainAndStopsAnEssentialsTask) {
    keep_what_stopped();
    begin();
    declare("web.json", with({{"app", restarts}}));
    ASSERT_TRUE(runs()) << log.all();
    docker.refuse_next_start(Error(Errc::internal, "no space left"));
    die_after(61s, docker_name("app"), 1);
    ASSERT_TRUE(stopped()) << log.all();
    settle_down();
    EXPECT_EQ(docker.count("start "), 2U);
    EXPECT_EQ(container(task(), "app").restart_count, 0);
    EXPECT_NE(reason("app").find("no space left"), std::string::npos) << reason("app");
}

TEST_F(LifecycleTest, ContainerWithAPolicyIsNotRestartedWhenItsTaskStops) {
    keep_what_stopped();
    begin();
    declare("web.json", with({{"app", ""}, {"side", optional + "," + restarts}}));
    ASSERT_TRUE(runs()) << log.all();
    auto& side = docker.container(docker_name("side"));
    side.state.started_at = *side.state.started_at - 1h;
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(stopped()) << log.all();
    settle_down();
    EXPECT_EQ(docker.count("start "), 2U);
}

} // namespace
} // namespace agent::tasks
