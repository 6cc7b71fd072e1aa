// What the next steps of a task are, in every situation that it may be met in.

#include "agent/tasks/plan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::tasks {

/// For the messages of a failing test.
void PrintTo(const Step& step, std::ostream* out) {
    *out << to_string(step.action) << ' ' << step.container;
    if (!step.reason.empty())
        *out << " (" << step.reason << ')';
}

namespace {

using namespace std::chrono_literals;
using definition::Dependency;
using model::Container;
using model::ContainerStatus;
using model::ContainerType;
using model::TaskStatus;
using Steps = std::vector<Step>;

using enum model::ContainerStatus;

const base::Time noon{std::chrono::seconds(1'700'000'000)};

Step step(Action action, std::string container = {}) {
    return {action, std::move(container), {}};
}

/// A task of containers a, b, c, …, and what is known of it. Everything is provisioned unless said.
class PlanTest : public testing::Test {
protected:
    Container& add(ContainerStatus known, ContainerType type = ContainerType::normal) {
        definition::ContainerDefinition each;
        each.name = std::string(1, static_cast<char>('a' + definition.containers.size()));
        if (type == ContainerType::normal)
            definition.containers.push_back(each);
        Container made;
        made.declared = true;
        made.type = type;
        made.name = type == ContainerType::cni_pause         ? "cni"
                    : type == ContainerType::namespace_pause ? "ns"
                                                             : each.name;
        made.known = known;
        if (known != none && known != pulled)
            made.docker_id = "id-" + made.name;
        if (known >= running)
            made.started_at = noon - 1h;
        if (known == stopped) {
            made.exit_code = 0;
            made.finished_at = noon - 1min;
        }
        task.containers.push_back(made);
        return task.containers.back();
    }

    definition::ContainerDefinition& defined(std::size_t index) {
        return definition.containers.at(index);
    }

    /// Stopped, and removed from Docker.
    Container& add_removed() {
        auto& made = add(stopped);
        made.docker_id.clear();
        return made;
    }

    void wants_to_stop() {
        task.desired = TaskStatus::stopped;
        task.execution_stopped_at = noon - 1min;
        for (auto& each : task.containers)
            each.desired = stopped;
    }

    Situation situation() const {
        return {task, definition, goal, provisioned, released, busy, noon, 10min, pull_upfront};
    }
    Plan plan() const { return next_steps(situation()); }
    Steps steps() const { return plan().steps; }

    model::Task task;
    definition::TaskDefinition definition;
    Goal goal = Goal::run;
    bool provisioned = true;
    bool released = false;
    std::set<std::string> busy;
    bool pull_upfront = false;
};

// Up.

TEST_F(PlanTest, ProvisionsAndPullsSideBySideAndCreatesOnlyThen) {
    provisioned = false;
    add(none);
    add(pulled);
    EXPECT_EQ(steps(), (Steps{step(Action::provision), step(Action::pull, "a")}));
    busy = {"", "a"};
    EXPECT_EQ(steps(), Steps()) << "both are under way";
    provisioned = true;
    EXPECT_EQ(steps(), (Steps{step(Action::create, "b")}));
}

TEST_F(PlanTest, ProvisionsNothingWhenNothingIsToBeStarted) {
    provisioned = false;
    add(running);
    add(stopped);
    add_removed();
    EXPECT_EQ(steps(), Steps());
}

TEST_F(PlanTest, ProvisionsAlsoBeforeOneThatIsThereIsStarted) {
    provisioned = false;
    add(created);
    add(stopped).restart_policy = {true, {}, 1s};
    EXPECT_EQ(steps(), (Steps{step(Action::provision)})) << "the host may have been started again";
    busy = {""};
    EXPECT_EQ(steps(), Steps());
    busy.clear();
    provisioned = true;
    EXPECT_EQ(steps(), (Steps{step(Action::start, "a"), step(Action::restart, "b")}));
    provisioned = false;
    task.containers.erase(task.containers.begin());
    definition.containers.erase(definition.containers.begin());
    EXPECT_EQ(steps(), (Steps{step(Action::provision)})) << "a restart alone needs it too";
}

TEST_F(PlanTest, StartsWhatLinksToAnotherOnlyWhenThatOneRunsOrNeverWill) {
    add(created);
    add(created);
    defined(0).links = {"b:db"};
    EXPECT_EQ(steps(), (Steps{step(Action::start, "b")}));
    task.containers[1].known = running;
    EXPECT_EQ(steps(), (Steps{step(Action::start, "a")}));
    task.containers.pop_back();
    definition.containers.pop_back();
    add(stopped).restart_policy = {true, {}, 1s};
    EXPECT_EQ(steps(), (Steps{step(Action::restart, "b")}));
    task.containers[1].restart_policy.enabled = false;
    EXPECT_EQ(steps(), (Steps{step(Action::start, "a")})) << "Docker says what is wrong";
}

TEST_F(PlanTest, BringsContainersUpSideBySide) {
    add(none);
    add(pulled);
    add(created);
    add(running);
    EXPECT_EQ(steps(), (Steps{step(Action::pull, "a"), step(Action::create, "b"),
                              step(Action::start, "c")}));
    busy = {"a", "b"};
    EXPECT_EQ(steps(), (Steps{step(Action::start, "c")}));
}

TEST_F(PlanTest, WaitsForThePauseContainersBeforeAnyIsCreated) {
    add(pulled);
    add(none, ContainerType::namespace_pause);
    add(none, ContainerType::cni_pause);
    EXPECT_EQ(steps(), (Steps{step(Action::create, "ns"), step(Action::create, "cni")}));
    task.containers[1].known = running;
    task.containers[2].known = created;
    EXPECT_EQ(steps(), (Steps{step(Action::start, "cni")}));
    task.containers[2].known = running;
    EXPECT_EQ(steps(), (Steps{step(Action::attach, "cni")})) << "running is not steady for it";
    task.containers[2].known = resources_provisioned;
    EXPECT_EQ(steps(), (Steps{step(Action::create, "a")}));
    task.containers[1].known = created;
    EXPECT_EQ(steps(), (Steps{step(Action::start, "ns")}));
    provisioned = false;
    task.containers[1] = task.containers[2];
    task.containers[1].known = none;
    task.containers[1].docker_id.clear();
    EXPECT_EQ(steps(), (Steps{step(Action::provision)})) << "no pause without its cgroup";
}

TEST_F(PlanTest, WaitsWithThePullForWhatIsDependedOnUnlessItIsToComeUpfront) {
    add(none);
    add(created);
    defined(0).depends_on = {{"b", Dependency::Condition::start}};
    EXPECT_EQ(steps(), (Steps{step(Action::start, "b")}));
    pull_upfront = true;
    EXPECT_EQ(steps(), (Steps{step(Action::pull, "a"), step(Action::start, "b")}));
    task.containers[0].known = pulled;
    EXPECT_EQ(steps(), (Steps{step(Action::start, "b")})) << "it is not created before its time";
    task.containers[1].known = running;
    EXPECT_EQ(steps(), (Steps{step(Action::create, "a")}));
}

TEST_F(PlanTest, FailsWhatDependsOnWhatWillNeverBeAndSaysWhy) {
    add(none);
    add(stopped).exit_code = 3;
    defined(0).depends_on = {{"b", Dependency::Condition::success}};
    const Step failed{Action::fail, "a", "container b did not succeed"};
    EXPECT_EQ(steps(), (Steps{failed}));
    task.containers[0].known = pulled;
    EXPECT_EQ(steps(), (Steps{failed})) << "also when it is pulled already";
    busy = {"a"};
    EXPECT_EQ(steps(), Steps());
}

TEST_F(PlanTest, LooksAgainWhenAStartTimeoutEnds) {
    add(none);
    add(running);
    defined(0).depends_on = {{"b", Dependency::Condition::healthy}};
    EXPECT_EQ(plan().look_again, std::nullopt);
    defined(1).start_timeout = 7200s;
    EXPECT_EQ(plan().look_again, noon + 1h) << "it runs for an hour";
    EXPECT_EQ(steps(), Steps());
    defined(1).start_timeout = 3600s;
    EXPECT_EQ(steps(), (Steps{{Action::fail, "a",
                               "container b did not become healthy within its startTimeout"}}));
}

TEST_F(PlanTest, RestartsAsThePolicySaysAndLeavesTheRestStopped) {
    auto& ended = add(stopped);
    ended.essential = false;
    add(running);
    EXPECT_EQ(steps(), Steps());
    task.containers[0].restart_policy = {true, {}, 60s};
    EXPECT_EQ(steps(), (Steps{step(Action::restart, "a")}));
    busy = {"a"};
    EXPECT_EQ(steps(), Steps());
    busy.clear();
    task.containers[0].restart_policy.ignored_exit_codes = {0};
    EXPECT_EQ(steps(), Steps());
    EXPECT_EQ(plan().look_again, std::nullopt);
}

// Down.

TEST_F(PlanTest, GoalAndDesiredStatusBothStopATask) {
    add(running);
    EXPECT_EQ(steps(), Steps());
    goal = Goal::stop;
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "a")}));
    goal = Goal::run;
    wants_to_stop();
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "a")}));
}

TEST_F(PlanTest, StopsInReverseWithThePausesLast) {
    add(running);
    add(running);
    add(running);
    add(running, ContainerType::namespace_pause);
    add(resources_provisioned, ContainerType::cni_pause);
    defined(1).depends_on = {{"a", Dependency::Condition::start}};
    defined(2).links = {"b:db"};
    wants_to_stop();
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "c")}));
    task.containers[2].known = stopped;
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "b")}));
    task.containers[1].known = stopped;
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "a")}));
    busy = {"a"};
    EXPECT_EQ(steps(), Steps());
    busy.clear();
    task.containers[0].known = stopped;
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "ns"), step(Action::stop, "cni")}));
}

TEST_F(PlanTest, WhatNeverRanIsGivenUpOrRemovedAtOnce) {
    add(none);
    add(pulled);
    add(created);
    add(running);
    add(none, ContainerType::cni_pause);
    wants_to_stop();
    EXPECT_EQ(steps(), (Steps{step(Action::give_up, "a"), step(Action::give_up, "b"),
                              step(Action::remove, "c"), step(Action::stop, "d"),
                              step(Action::give_up, "cni")}));
    busy = {"a", "c"};
    EXPECT_EQ(steps(), (Steps{step(Action::give_up, "b"), step(Action::stop, "d"),
                              step(Action::give_up, "cni")}));
}

TEST_F(PlanTest, WhatWasCreatedIsRemovedOnlyWhenNothingThatRunsNeedsIt) {
    add(created);
    add(running);
    defined(1).links = {"a"};
    wants_to_stop();
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "b")}));
    task.containers[1].known = stopped;
    EXPECT_EQ(steps(), (Steps{step(Action::remove, "a")}));
}

TEST_F(PlanTest, OneThatIsBeingRestartedStillNeedsWhatItDependsOn) {
    add(running);
    add(stopped);
    defined(1).links = {"a"};
    wants_to_stop();
    busy = {"b"};
    EXPECT_EQ(steps(), Steps());
    busy.clear();
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "a")}));
}

TEST_F(PlanTest, AwaitsNoRestartWhenTheTaskStops) {
    add(stopped).restart_policy = {true, {}, 1s};
    wants_to_stop();
    EXPECT_EQ(steps(), (Steps{step(Action::release)}));
}

TEST_F(PlanTest, ReleasesThenWaitsThenRemovesThenForgets) {
    add(stopped);
    add_removed();
    add(stopped, ContainerType::cni_pause);
    wants_to_stop();
    EXPECT_EQ(steps(), (Steps{step(Action::release)}));
    EXPECT_FALSE(is_at_rest(situation()));
    busy = {""};
    EXPECT_EQ(steps(), Steps());
    busy.clear();
    released = true;
    EXPECT_TRUE(is_at_rest(situation()));
    EXPECT_EQ(steps(), Steps());
    EXPECT_EQ(plan().look_again, noon + 9min) << "it stopped a minute ago";
    task.execution_stopped_at = noon - 10min;
    EXPECT_EQ(steps(), (Steps{step(Action::remove, "a")})) << "in its namespace";
    task.containers[0].docker_id.clear();
    EXPECT_EQ(steps(), (Steps{step(Action::remove, "cni")}));
    busy = {"cni"};
    EXPECT_EQ(steps(), Steps());
    busy.clear();
    task.containers[2].docker_id.clear();
    EXPECT_EQ(steps(), (Steps{step(Action::forget)}));
}

TEST_F(PlanTest, RestsOnlyWhenNothingRunsOrIsUnderWay) {
    add(stopped);
    add(running);
    released = true;
    EXPECT_FALSE(is_at_rest(situation())) << "it is to run";
    wants_to_stop();
    EXPECT_FALSE(is_at_rest(situation())) << "one runs";
    task.containers[1].known = stopped;
    EXPECT_TRUE(is_at_rest(situation()));
    busy = {"a"};
    EXPECT_FALSE(is_at_rest(situation()));
    busy.clear();
    task.containers[1].known = running;
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "b")})) << "somebody has started it again";
}

TEST_F(PlanTest, NeverTouchesAContainerThatMerelyJoined) {
    add(running);
    add(running).declared = false;
    definition.containers.pop_back();
    EXPECT_EQ(steps(), Steps());
    task.containers[1].known = created;
    EXPECT_EQ(steps(), Steps());
    wants_to_stop();
    task.containers[1].known = running;
    EXPECT_EQ(steps(), (Steps{step(Action::stop, "a")}));
    task.containers[0].known = stopped;
    task.containers[0].docker_id.clear();
    task.execution_stopped_at = noon - 1h;
    released = true;
    EXPECT_EQ(steps(), (Steps{step(Action::forget)}));
}

} // namespace
} // namespace agent::tasks
