// What a host whose cgroups cannot be used does to tasks. That they are made and limit what is in
// them is tested on the real ones (tests/cgroup).

#include "tasks/tasks_fixture.hpp"

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;
using Story = std::vector<std::string>;

class TaskCgroupTest : public SupervisorFixture {
protected:
    TaskCgroupTest() {
        // Nothing can be made in it.
        folder.write("no-cgroups", "");
        settings.cgroup_path = folder.path("no-cgroups");
        engine_info.emplace();
        engine_info->cgroup_driver = "cgroupfs";
        engine_info->cgroup_version = "2";
    }
    /// A folder where tasks' cgroups can be made, since it looks like the kernel's, and none can be
    /// removed, since a folder with files cannot.
    void make_sticky_cgroups() {
        for (const std::string path : {"cgroups/", "cgroups/ecs/"}) {
            folder.write(path + "cgroup.controllers", "cpu memory");
            folder.write(path + "cgroup.subtree_control", "cpu memory");
        }
        settings.cgroup_path = folder.path("cgroups");
    }
    void make_files_of(const model::TaskPtr& task) {
        for (const auto* file : {"memory.max", "cpu.weight", "cgroup.procs"})
            folder.write("cgroups/ecs/" + task->id + '/' + file, "");
    }
    /// Declares a task with a memory limit and an app that its policy starts again, and makes its
    /// cgroup's files before the limit is written to them.
    void declare_limited() {
        docker.delay("create_volume", 100ms);
        auto text = definition("web", {"app"});
        text.insert(text.find(R"("metadataEnable")"),
                    R"("restartPolicy":{"enabled":true,"restartAttemptPeriod":60},)");
        text.insert(1, R"("memory":"64","volumes":[{"name":"data"}],)");
        declare("web.json", text);
        loop.run_until([&] { return task() != nullptr; });
        make_files_of(task());
    }
    std::string reason() { return container(task(), "app").stop_reason; }
};

TEST_F(TaskCgroupTest, TaskWithoutLimitsNeedsNone) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(log.count(Level::warn, "cgroup"), 1U) << "at the start; " << log.all();
}

TEST_F(TaskCgroupTest, EveryTaskNeedsOneWhereThatIsSetAndTroubleIsToldAtTheStart) {
    settings.cgroup_for_every_task = true;
    keep_what_stopped();
    begin();
    EXPECT_EQ(log.count(Level::error, "tasks' cgroups cannot be made; tasks will not start"), 1U)
        << log.all();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_TRUE(task()->stop_reason.starts_with("ResourceInitializationError: "))
        << task()->stop_reason;
    EXPECT_TRUE(story().empty());
}

TEST_F(TaskCgroupTest, DriverThatIsNotKnownIsToldAsWell) {
    settings.cgroup_for_every_task = true;
    engine_info->cgroup_driver = "none";
    begin();
    EXPECT_EQ(log.count(Level::error, "tasks' cgroups cannot be made"), 1U) << log.all();
}

TEST_F(TaskCgroupTest, NothingIsStartedAgainInWhatAnotherDriverHasMade) {
    make_sticky_cgroups();
    keep_what_stopped();
    begin();
    declare_limited();
    ASSERT_TRUE(runs()) << log.all();
    const auto app = docker_name("app");
    EXPECT_EQ(docker.container(app).host_config.cgroup_parent, "/ecs/" + task()->id);
    agent->supervisor.set_engine_info(*engine_info);
    EXPECT_EQ(log.count(Level::warn, "docker has another cgroup driver now"), 0U) << log.all();
    // Docker comes back with another; its containers have outlived it.
    engine_info->cgroup_version = "1";
    agent->supervisor.set_engine_info(*engine_info);
    agent->supervisor.set_engine_info(*engine_info);
    EXPECT_EQ(log.count(Level::warn, "docker has another cgroup driver now"), 1U) << log.all();
    settle_down();
    EXPECT_EQ(task()->known, model::TaskStatus::running) << "its limits are still in force";
    die_after(61s, app, 1);
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(story(), (Story{"create app", "start app"}));
    EXPECT_TRUE(reason().starts_with("CannotStartContainerError: Docker has another cgroup driver"))
        << reason();
}

TEST_F(TaskCgroupTest, ContainerThatWasMadeForAnotherCgroupIsRemovedInsteadOfStarted) {
    make_sticky_cgroups();
    keep_what_stopped();
    docker.delay("start", 10s);
    begin();
    declare_limited();
    loop.run_until([&] { return docker.count("start ") == 1; });
    const auto app = docker_name("app");
    end();
    docker.delay("start", 0ms);
    docker.container(app).host_config.cgroup_parent = "ecstasks-0.slice";
    begin();
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(story(), Story{"remove app"});
    EXPECT_NE(reason().find("it was made for the cgroup \"ecstasks-0.slice\""), std::string::npos)
        << reason();
}

TEST_F(TaskCgroupTest, OneThatCannotBeRemovedHindersNeitherTheNextTaskNorTheRemoval) {
    make_sticky_cgroups();
    begin();
    declare_limited();
    ASSERT_TRUE(runs()) << log.all();
    const auto first = task();
    EXPECT_EQ(folder.read("cgroups/ecs/" + first->id + "/memory.max"), "67108864");
    docker.die(docker_name("app"), 1);
    loop.run_until([&] { return log.count(Level::info, "task accepted") == 2; });
    EXPECT_EQ(log.count(Level::info, "task accepted"), 2U) << log.all();
    EXPECT_GE(log.count(Level::warn, "cannot remove a task's cgroup yet"), 1U) << log.all();
    loop.run_until([&] { return agent->world.find_task(first->arn) == nullptr; });
    EXPECT_EQ(agent->world.find_task(first->arn), nullptr) << log.all();
    for (const auto& row : rows())
        EXPECT_NE(row.arn, first->arn);
}

} // namespace
} // namespace agent::tasks
