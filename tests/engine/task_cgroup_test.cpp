// What a host whose cgroups cannot be used does to tasks. That they are made and limit what is in
// them is tested on the real ones (tests/cgroup).

#include "engine/engine_fixture.hpp"

namespace agent::engine {
namespace {

using Level = base::log::Level;

class TaskCgroupTest : public EngineFixture {
protected:
    TaskCgroupTest() {
        // No call on it can succeed: it is a file.
        folder.write("cgroup", "");
        settings.cgroup_path = folder.path("cgroup");
        engine_info.emplace();
        engine_info->cgroup_driver = "cgroupfs";
        engine_info->cgroup_version = "2";
    }
    static std::string limited() {
        auto text = definition("web", {"app"});
        text.insert(1, R"("memory":"64",)");
        return text;
    }
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

TEST_F(TaskCgroupTest, OneThatCannotBeRemovedHindersNeitherTheNextTaskNorTheRemoval) {
    begin();
    declare("web.json", limited());
    loop.run_until([&] { return log.count(Level::info, "task accepted") >= 2; });
    EXPECT_GE(log.count(Level::info, "task accepted"), 2U) << log.all();
    EXPECT_GE(log.count(Level::warn, "cannot remove a task's cgroup yet"), 1U) << log.all();
    undeclare("web.json");
    EXPECT_TRUE(is_gone()) << log.all();
    EXPECT_TRUE(rows().empty());
}

} // namespace
} // namespace agent::engine
