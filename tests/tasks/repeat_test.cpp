// A declared task is kept running: what follows when it has ended, and what stays of it.

#include "tasks/tasks_fixture.hpp"

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;
using Clock = std::chrono::steady_clock;

class RepeatTest : public SupervisorFixture {
protected:
    static std::string once(const std::string& family) {
        auto text = definition(family, {"app"});
        text.insert(1, R"("x-ecs-node-agent":{"run":"once"},)");
        return text;
    }
    /// Ends the running task's container; how long it took until the next one ran.
    Clock::duration end_and_wait() {
        const auto now = running_task();
        docker.die(container(now, "app").docker_name, 1);
        const auto begun = Clock::now();
        EXPECT_TRUE(another_runs(now->arn)) << log.all();
        return Clock::now() - begun;
    }
    /// Runs until the store knows nothing of the file any more.
    bool is_forgotten(const std::string& file) {
        const auto is_known = [&] {
            auto read = [&store = agent->store] { return store.started_definitions(); };
            return loop.run(agent->disk.read(std::move(read))).value().contains(file);
        };
        loop.run_until([&] { return !is_known(); });
        return !is_known();
    }
    std::string revision() { return running_task() ? running_task()->revision : "none"; }
    std::size_t delays_told() const {
        return log.count(Level::info, "the next task of a file waits, since");
    }
    std::size_t delays_ended() const {
        return log.count(Level::info, "the next task of a file waits no more");
    }
    /// Runs until this many tasks were accepted.
    bool accepted(std::size_t count) {
        loop.run_until([&] { return log.count(Level::info, "task accepted") >= count; });
        return log.count(Level::info, "task accepted") == count && another_runs("");
    }
};

TEST_F(RepeatTest, TaskThatEndedIsRunAgainLaterEachTime) {
    settings.first_restart_delay = 500ms;
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    for (const auto expected : {500ms, 1000ms, 2000ms}) {
        const auto taken = end_and_wait();
        EXPECT_GE(taken, expected);
        EXPECT_LT(taken, expected * 2) << "and no later";
    }
}

TEST_F(RepeatTest, TaskThatRanForLongBeginsWithTheFirstDelayAgain) {
    settings.first_restart_delay = 500ms;
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    end_and_wait();
    end_and_wait();
    const auto now = running_task();
    const auto begun = Clock::now();
    die_after(61s, container(now, "app").docker_name, 1);
    ASSERT_TRUE(another_runs(now->arn));
    EXPECT_LT(Clock::now() - begun, 2s) << "the third would be that";
}

TEST_F(RepeatTest, ADelayThatLastsIsToldOnceAndItsEndThen) {
    settings.first_restart_delay = 300ms;
    settings.told_wait = 400ms;
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    end_and_wait();
    EXPECT_EQ(delays_told() + delays_ended(), 0U) << log.all();
    docker.die(container(running_task(), "app").docker_name, 1);
    loop.run_until([&] { return delays_told() > 0; });
    declare("other.json", definition("other", {"app"}));
    EXPECT_EQ(delays_ended(), 0U) << log.all();
    loop.run_until([&] { return log.count(Level::info, "task accepted") == 4; });
    EXPECT_EQ(delays_told(), 1U) << log.all();
    EXPECT_EQ(delays_ended(), 1U) << log.all();
    EXPECT_NE(log.all().find("waits no more file=web.json reason=\"its delay is over\""),
              std::string::npos)
        << log.all();
}

TEST_F(RepeatTest, ChangeOfTheFileEndsTheDelay) {
    settings.first_restart_delay = 1min;
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    docker.die(docker_name("app"), 1);
    settle_down();
    EXPECT_EQ(running_task(), nullptr);
    declare("web.json", definition("web", {"app", "side"}));
    const auto begun = Clock::now();
    EXPECT_TRUE(another_runs(arn));
    EXPECT_LT(Clock::now() - begun, 5s);
    EXPECT_EQ(revision(), "2");
    EXPECT_NE(log.all().find("since its last ones have ended early file=web.json seconds=60"),
              std::string::npos)
        << log.all();
    EXPECT_NE(log.all().find("waits no more file=web.json reason=\"the file says something else\""),
              std::string::npos)
        << log.all();
}

TEST_F(RepeatTest, FileThatIsRemovedDuringTheDelayRunsNoMore) {
    settings.first_restart_delay = 2s;
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    docker.die(docker_name("app"), 1);
    undeclare("web.json");
    settle_down();
    loop.run_for(2s);
    EXPECT_EQ(docker.count("create "), 1U);
}

// What stays.

TEST_F(RepeatTest, StoppedTaskStaysForItsTimeAndThenNothingIsLeft) {
    settings.cleanup_wait = 2s;
    settings.first_restart_delay = 1min;
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(becomes(model::TaskStatus::stopped));
    settle_down();
    EXPECT_EQ(docker.container_names().size(), 1U);
    const auto begun = Clock::now();
    EXPECT_TRUE(is_gone());
    EXPECT_LT(Clock::now() - begun, 10s);
    EXPECT_TRUE(rows().empty());
}

TEST_F(RepeatTest, AtMostFiveStoppedTasksOfAFileStay) {
    settings.cleanup_wait = 10min;
    settings.first_restart_delay = 1ms;
    begin();
    declare("other.json", definition("other", {"app"}));
    ASSERT_TRUE(runs());
    const auto other = task()->arn;
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(another_runs(other));
    declare("web.json", definition("web", {"app"}));
    for (int i = 0; i < 7; ++i) {
        const auto find = [&]() -> model::TaskPtr {
            for (const auto& each : tasks())
                if (each->family == "web" && each->known == model::TaskStatus::running)
                    return each;
            return nullptr;
        };
        loop.run_until([&] { return find() != nullptr; });
        ASSERT_TRUE(find()) << log.all();
        docker.die(container(find(), "app").docker_name, 1);
        loop.run_until([&] { return find() == nullptr; });
    }
    loop.run_until([&] { return tasks().size() == 8; });
    settle_down();
    std::map<std::string, int> stopped;
    for (const auto& each : tasks())
        if (each->known == model::TaskStatus::stopped)
            ++stopped[each->family];
    EXPECT_EQ(stopped, (std::map<std::string, int>{{"other", 1}, {"web", 5}}));
    EXPECT_TRUE(agent->world.find_task(other)) << "another file's are not counted";
}

// Once.

TEST_F(RepeatTest, RunOnceIsNotRunAgainNorAfterARestartOfTheAgent) {
    begin();
    declare("job.json", once("job"));
    ASSERT_TRUE(runs()) << log.all();
    docker.die(docker_name("app"), 0);
    ASSERT_TRUE(is_gone());
    settle_down();
    declare("job.json", once("job") + "\n");
    settle_down();
    end();
    begin();
    settle_down();
    EXPECT_EQ(log.count(Level::info, "task accepted"), 1U) << log.all();
    declare("job.json", once("job2"));
    EXPECT_TRUE(accepted(2)) << "a change runs it again";
    docker.die(container(running_task(), "app").docker_name, 0);
    ASSERT_TRUE(is_gone());
    undeclare("job.json");
    ASSERT_TRUE(is_forgotten("job.json")) << log.all();
    declare("job.json", once("job2"));
    EXPECT_TRUE(accepted(3)) << "a file that comes again is new";
}

TEST_F(RepeatTest, RunOnceThatComesBackBeforeItHasStoppedIsRunAgain) {
    begin();
    declare("job.json", once("job"));
    ASSERT_TRUE(runs()) << log.all();
    docker.delay("stop", 800ms);
    undeclare("job.json");
    loop.run_until([&] { return docker.count("stop ") == 1; });
    declare("job.json", once("job"));
    EXPECT_TRUE(accepted(2)) << log.all();
}

TEST_F(RepeatTest, RunOnceThatComesBackWhileTheAgentIsAwayIsRunAgain) {
    settings.cleanup_wait = 10min;
    begin();
    declare("job.json", once("job"));
    ASSERT_TRUE(runs()) << log.all();
    undeclare("job.json");
    ASSERT_TRUE(becomes(model::TaskStatus::stopped));
    settle_down();
    end();
    declare("job.json", once("job"));
    begin();
    EXPECT_TRUE(accepted(2)) << log.all();
}

TEST_F(RepeatTest, FileThatIsRefusedKeepsItsTaskRunningOverARestartOfTheAgent) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    declare("web.json", "no definition");
    settle_down();
    end();
    begin();
    settle_down();
    ASSERT_TRUE(running_task());
    end_and_wait();
    EXPECT_EQ(revision(), "1") << "what was accepted last is run again";
    const auto arn = running_task()->arn;
    undeclare("web.json");
    EXPECT_TRUE(is_gone()) << arn;
}

// Revisions.

TEST_F(RepeatTest, EachAcceptedChangeRaisesTheRevision) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(revision(), "1");
    end_and_wait();
    EXPECT_EQ(revision(), "1") << "the same definition";
    const auto arn = running_task()->arn;
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(another_runs(arn));
    EXPECT_EQ(revision(), "2");
    declare("web.json", "no definition");
    settle_down();
    const auto second = running_task()->arn;
    end();
    begin();
    EXPECT_EQ(revision(), "2");
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(another_runs(second));
    EXPECT_EQ(revision(), "3") << "there is no going back";
    EXPECT_TRUE(container(running_task(), "app").docker_name.starts_with("ecs-web-3-app-"));
}

TEST_F(RepeatTest, FamilyCountsOverItsFilesAndAFilesOwnRevisionWins) {
    begin();
    declare("a.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    auto own = definition("web", {"app"});
    own.insert(1, R"("revision":41,)");
    declare("b.json", own);
    loop.run_until([&] { return docker.count("start ") == 2; });
    declare("c.json", definition("web", {"app"}));
    loop.run_until([&] { return docker.count("start ") == 3; });
    std::multiset<std::string> revisions;
    for (const auto& each : tasks())
        revisions.insert(each->revision);
    EXPECT_EQ(revisions, (std::multiset<std::string>{"1", "41", "42"}));
}

TEST_F(RepeatTest, ChangeThatIsTakenBackBeforeItWasActedOnChangesNothing) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.forget_calls();
    declare("web.json", definition("web", {"other"}));
    loop.run_for(20ms);
    declare("web.json", definition("web", {"app"}));
    settle_down();
    EXPECT_EQ(story(), std::vector<std::string>());
    EXPECT_EQ(task()->arn, arn);
}

} // namespace
} // namespace agent::tasks
