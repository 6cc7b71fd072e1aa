// A tasks folder that is emptied, unmounted or replaced stops nothing at once (D6).

#include "tasks/tasks_fixture.hpp"

#include <filesystem>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Level = base::log::Level;
using Story = std::vector<std::string>;

class MissingFolderTest : public SupervisorFixture {
protected:
    bool says(Level level, const std::string& text, std::size_t times = 1) {
        loop.run_until([&] { return log.count(level, text) >= times; });
        return log.count(level, text) == times;
    }
    bool are_missing() { return says(Level::warn, "files are missing from the tasks folder"); }
    bool are_there_again() {
        return says(Level::info, "files of the tasks folder are there again");
    }
    bool accepted(std::size_t times) { return says(Level::info, "task accepted", times); }

    /// What was mounted there is not any more: the mount point has the name, an empty folder.
    void unmount() {
        std::filesystem::rename(folder.path("tasks.d"), folder.path("mounted"));
        std::filesystem::create_directories(folder.path("tasks.d"));
    }
    void mount_again() {
        std::filesystem::remove(folder.path("tasks.d"));
        std::filesystem::rename(folder.path("mounted"), folder.path("tasks.d"));
    }
};

TEST_F(MissingFolderTest, EmptiedFolderStopsItsTasksWhenTheGraceIsOver) {
    settings.missing_grace = 1s;
    begin();
    const Story files{"a.json", "b.json", "c.json"};
    for (const auto& file : files)
        declare(file, definition("web", {"app"}));
    loop.run_until([&] { return docker.count("start ") == 3; });
    const auto begun = Clock::now();
    for (const auto& file : files)
        undeclare(file);
    ASSERT_TRUE(are_missing()) << log.all();
    EXPECT_EQ(docker.count("stop "), 0U);
    EXPECT_TRUE(is_gone()) << log.all();
    EXPECT_GE(Clock::now() - begun, 1s);
    EXPECT_EQ(log.count(Level::warn, "files stayed missing"), 1U) << log.all();
}

TEST_F(MissingFolderTest, EmptiedFolderThatIsFilledAgainHasChangedNothing) {
    begin();
    auto job = definition("job", {"app"});
    job.insert(1, R"("x-ecs-node-agent":{"run":"once"},)");
    declare("job.json", job);
    ASSERT_TRUE(runs()) << log.all();
    docker.die(docker_name("app"), 0);
    ASSERT_TRUE(is_gone());
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    docker.forget_calls();
    undeclare("job.json");
    undeclare("web.json");
    ASSERT_TRUE(are_missing()) << log.all();
    declare("web.json", definition("web", {"app"}));
    declare("job.json", job);
    ASSERT_TRUE(are_there_again()) << log.all();
    settle_down();
    EXPECT_EQ(story(), Story());
    EXPECT_TRUE(accepted(2)) << "the job has run: " << log.all();
}

TEST_F(MissingFolderTest, UnmountedFolderKeepsItsOnlyTask) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    docker.forget_calls();
    unmount();
    ASSERT_TRUE(are_missing()) << log.all();
    settle_down();
    EXPECT_EQ(story(), Story());
    mount_again();
    ASSERT_TRUE(are_there_again()) << log.all();
    EXPECT_EQ(story(), Story());
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
    undeclare("web.json");
    EXPECT_TRUE(is_gone()) << "removed by itself, from the folder that it was in";
}

TEST_F(MissingFolderTest, FolderThatIsUnmountedWhileTheAgentIsAwayKeepsItsOnlyTaskToo) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    end();
    unmount();
    begin();
    ASSERT_TRUE(are_missing()) << log.all();
    settle_down();
    EXPECT_EQ(story(), Story());
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
}

TEST_F(MissingFolderTest, NothingIsStartedForAFileThatIsMissing) {
    keep_what_stopped();
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto app = docker_name("app");
    end();
    docker.die(app, 0);
    unmount();
    docker.forget_calls();
    begin();
    ASSERT_TRUE(are_missing()) << log.all();
    settle_down();
    EXPECT_EQ(docker.count("create "), 0U) << log.all();
    mount_again();
    EXPECT_TRUE(accepted(2)) << "it is run again as soon as its file is back: " << log.all();
}

TEST_F(MissingFolderTest, WhatIsDeclaredInAnotherFolderRunsAtOnce) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    unmount();
    declare("new.json", definition("new", {"other"}));
    EXPECT_TRUE(accepted(2)) << log.all();
    EXPECT_EQ(docker.count("stop "), 0U);
}

} // namespace
} // namespace agent::tasks
