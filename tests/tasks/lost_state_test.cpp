// The state file may be deleted at any time: labels and files say what was in it.

#include "tasks/tasks_fixture.hpp"

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Story = std::vector<std::string>;

class LostStateTest : public SupervisorFixture {
protected:
    /// A running task whose row is lost.
    void lose_state() {
        begin();
        declare("web.json", definition("web", {"app", "side"}));
        ASSERT_TRUE(runs()) << log.all();
        before = task();
        end();
        remove_state();
    }
    void remove_state() {
        for (const auto* name : {"agent.db", "agent.db-wal", "agent.db-shm"})
            folder.remove(name);
    }
    model::TaskPtr before;
};

TEST_F(LostStateTest, TaskIsFoundAgainByItsLabelsAndItsFile) {
    lose_state();
    begin();
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, before->arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(task()->containers[0].endpoint_id, before->containers[0].endpoint_id);
    EXPECT_EQ(story(), Story());
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].arn, before->arn);
    undeclare("web.json");
    EXPECT_TRUE(is_gone());
}

TEST_F(LostStateTest, TaskThatNoFileDeclaresIsLeftAloneAndTold) {
    lose_state();
    undeclare("web.json");
    declare("shop.json", definition("shop", {"other"}));
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->family, "shop");
    EXPECT_TRUE(docker.has_container(before->containers[0].docker_id));
    EXPECT_EQ(log.count(base::log::Level::warn, "no file declares"), 1U) << log.all();
    for (const auto& each : before->containers) {
        const auto now = agent->world.find_by_docker_id(each.docker_id);
        ASSERT_TRUE(now) << each.name;
        EXPECT_FALSE(now.task->declared);
        EXPECT_EQ(now.container->endpoint_id, each.endpoint_id) << "its URL is in its environment";
    }
}

TEST_F(LostStateTest, WhatRanOnceIsNotRunAgain) {
    settings.cleanup_wait = std::chrono::minutes(10);
    begin();
    auto once = definition("job", {"app"});
    once.insert(1, R"("x-ecs-node-agent":{"run":"once"},)");
    declare("job.json", once);
    ASSERT_TRUE(runs()) << log.all();
    docker.die(docker_name("app"), 0);
    ASSERT_TRUE(becomes(model::TaskStatus::stopped));
    settle_down();
    end();
    remove_state();
    begin();
    settle_down();
    EXPECT_EQ(log.count(base::log::Level::info, "task accepted"), 1U) << log.all();
    EXPECT_EQ(tasks().size(), 1U);
}

TEST_F(LostStateTest, RevisionGoesOnWhereTheLabelsSayThatItWas) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto first = task()->arn;
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(another_runs(first));
    before = running_task();
    ASSERT_EQ(before->revision, "2");
    end();
    remove_state();
    begin();
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->revision, "2");
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(another_runs(before->arn)) << log.all();
    EXPECT_EQ(running_task()->revision, "3");
}

TEST_F(LostStateTest, StoppedTasksOfTheFileAreCleanedUpAndDoNotBlockTheOneThatRuns) {
    settings.cleanup_wait = 10min;
    begin();
    auto text = definition("web", {"app"});
    text.insert(text.rfind('}', text.size() - 3),
                R"(,"restartPolicy":{"enabled":true,"restartAttemptPeriod":60})");
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    for (int i = 0; i < 3; ++i) {
        const auto stopped = running_task();
        // The last of them is one that its policy would start again.
        auto& state = docker.container(container(stopped, "app").docker_id).state;
        state.started_at = *state.started_at - 1h;
        declare("web.json", i % 2 == 0 ? text : definition("web", {"app"}));
        ASSERT_TRUE(another_runs(stopped->arn)) << log.all();
    }
    before = running_task();
    ASSERT_EQ(tasks().size(), 4U);
    end();
    remove_state();
    settings.cleanup_wait = 1s;
    begin();
    loop.run_until([&] { return tasks().size() == 4; });
    EXPECT_EQ(story(), Story());
    loop.run_until([&] { return tasks().size() == 1; });
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, before->arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(docker.container_names().size(), 1U);
    end();
    begin();
    EXPECT_EQ(task()->revision, before->revision);
}

TEST_F(LostStateTest, LabelsThatSomebodyElseWroteAreNotTaken) {
    lose_state();
    for (const auto& name : docker.container_names())
        docker.container(name).name = "/stolen-" + name;
    begin();
    loop.run_until([&] { return rows().size() == 1; });
    ASSERT_TRUE(runs());
    EXPECT_NE(task()->arn, before->arn)
        << "a name that does not follow from the labels is not ours";
}

} // namespace
} // namespace agent::tasks
