// When a container may be created, by what it depends on.

#include "agent/tasks/dependencies.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using definition::Dependency;
using model::Container;
using State = Readiness::State;

using enum model::ContainerStatus;

const base::Time moment{std::chrono::seconds(1'700'000'000)};

Container db(model::ContainerStatus known) {
    Container made;
    made.declared = true;
    made.name = "db";
    made.known = known;
    if (known >= created)
        made.docker_id = "id";
    if (known >= running)
        made.started_at = moment - 10s;
    return made;
}

Container ended(std::int64_t exit_code) {
    auto made = db(stopped);
    made.exit_code = exit_code;
    made.finished_at = moment;
    return made;
}

Container with_health(const char* status) {
    auto made = db(running);
    made.health = model::Health{status, {}, 0, ""};
    return made;
}

Container never_started() {
    auto made = ended(128);
    made.started_at.reset();
    made.finished_at.reset();
    made.start_failed = true;
    return made;
}

Container never_created() {
    auto made = never_started();
    made.docker_id.clear();
    return made;
}

Container vanished() {
    auto made = db(stopped);
    made.docker_id.clear();
    return made;
}

Container awaiting_restart() {
    auto made = ended(1);
    made.restart_policy = {true, {}, 5s};
    return made;
}

class DependenciesTest : public testing::Test {
protected:
    DependenciesTest() {
        definition::ContainerDefinition other;
        other.name = "db";
        definition.containers = {other};
        app.name = "app";
    }

    void depend(Dependency::Condition condition) { app.depends_on = {{"db", condition}}; }

    Readiness on(const Container& other) {
        task.containers = {other};
        return readiness(app, task, definition, moment, start_timeout);
    }
    State state(const Container& other) { return on(other).state; }
    std::string reason(const Container& other) { return on(other).reason; }

    definition::ContainerDefinition app;
    definition::TaskDefinition definition;
    model::Task task;
    std::chrono::milliseconds start_timeout = 3min;
};

TEST_F(DependenciesTest, WithoutAnyItIsReady) {
    EXPECT_EQ(state(db(none)), State::ready);
}

TEST_F(DependenciesTest, StartIsThereFromTheFirstStartOn) {
    depend(Dependency::Condition::start);
    for (const auto status : {none, pulled, created})
        EXPECT_EQ(state(db(status)), State::waiting) << to_string(status);
    EXPECT_EQ(state(db(running)), State::ready);
    EXPECT_EQ(state(ended(1)), State::ready) << "it has run";
    EXPECT_EQ(state(vanished()), State::ready) << "so had this one";
    EXPECT_EQ(state(awaiting_restart()), State::ready);
    EXPECT_EQ(reason(never_started()), "container db was never started");
    EXPECT_EQ(reason(never_created()), "container db was never started");
}

TEST_F(DependenciesTest, CompleteIsAnyEnd) {
    depend(Dependency::Condition::complete);
    EXPECT_EQ(state(db(none)), State::waiting);
    EXPECT_EQ(state(db(running)), State::waiting);
    EXPECT_EQ(state(ended(0)), State::ready);
    EXPECT_EQ(state(ended(7)), State::ready);
    EXPECT_EQ(state(awaiting_restart()), State::waiting) << "it is not the end yet";
    EXPECT_EQ(reason(never_started()), "container db did not end");
}

TEST_F(DependenciesTest, SuccessIsTheEndWithZero) {
    depend(Dependency::Condition::success);
    EXPECT_EQ(state(db(running)), State::waiting);
    EXPECT_EQ(state(ended(0)), State::ready);
    EXPECT_EQ(state(awaiting_restart()), State::waiting) << "it may succeed yet";
    EXPECT_EQ(reason(ended(7)), "container db did not succeed");
    EXPECT_EQ(reason(vanished()), "container db did not succeed");
    EXPECT_EQ(reason(never_created()), "container db did not succeed");
}

TEST_F(DependenciesTest, HealthyNeedsThePassingCheckOfARunningContainer) {
    depend(Dependency::Condition::healthy);
    EXPECT_EQ(state(db(running)), State::waiting);
    EXPECT_EQ(state(with_health("")), State::waiting);
    EXPECT_EQ(state(with_health("UNHEALTHY")), State::waiting) << "it may recover";
    EXPECT_EQ(state(with_health("HEALTHY")), State::ready);
    auto gone = with_health("HEALTHY");
    gone.known = stopped;
    EXPECT_EQ(reason(gone), "container db did not become healthy");
    EXPECT_EQ(state(awaiting_restart()), State::waiting);
}

TEST_F(DependenciesTest, VolumesFromNeedsItCreated) {
    app.volumes_from = {{"db", false}};
    EXPECT_EQ(state(db(pulled)), State::waiting);
    EXPECT_EQ(state(db(created)), State::ready);
    EXPECT_EQ(state(ended(1)), State::ready) << "its volumes are there";
    EXPECT_EQ(reason(never_created()), "container db was never created");
    EXPECT_EQ(reason(vanished()), "container db was never created");
}

TEST_F(DependenciesTest, LinkNeedsItStartedWithOrWithoutAlias) {
    for (const auto* link : {"db", "db:database"}) {
        app.links = {link};
        EXPECT_EQ(state(db(created)), State::waiting);
        EXPECT_EQ(state(db(running)), State::ready);
        EXPECT_TRUE(depends_on(app, "db"));
    }
    EXPECT_FALSE(depends_on(app, "database"));
}

TEST_F(DependenciesTest, LinkIsWaitedForAsLongAsTheOtherIsAboutToRun) {
    const auto waits = [this](const Container& other) {
        task.containers = {other};
        return !link_waited_for(app, task).empty();
    };
    EXPECT_FALSE(waits(db(created))) << "nothing is linked";
    app.links = {"db:database"};
    for (const auto status : {none, pulled, created})
        EXPECT_TRUE(waits(db(status))) << to_string(status);
    EXPECT_TRUE(waits(awaiting_restart()));
    EXPECT_FALSE(waits(db(running)));
    EXPECT_FALSE(waits(ended(0))) << "it will not run again";
    EXPECT_FALSE(waits(vanished()));
    auto joined = db(created);
    joined.declared = false;
    EXPECT_FALSE(waits(joined)) << "one that merely joined has its name by chance";
}

TEST_F(DependenciesTest, StartTimeoutOfTheOneThatIsWaitedForCountsFromItsStart) {
    definition.containers[0].start_timeout = 30s;
    for (const auto condition : {Dependency::Condition::complete, Dependency::Condition::success,
                                 Dependency::Condition::healthy}) {
        depend(condition);
        EXPECT_EQ(on(db(running)).deadline, moment + 20s);
        EXPECT_EQ(on(db(created)).deadline, std::nullopt) << "it has not started";
        auto slow = db(running);
        slow.started_at = moment - 30s;
        EXPECT_EQ(state(slow), State::never);
        EXPECT_TRUE(reason(slow).ends_with(" within its startTimeout")) << reason(slow);
    }
    depend(Dependency::Condition::start);
    EXPECT_EQ(on(db(created)).deadline, std::nullopt) << "it is no limit for a start";
}

TEST_F(DependenciesTest, HealthHasALimitAlsoWithoutAStartTimeout) {
    depend(Dependency::Condition::healthy);
    EXPECT_EQ(on(db(running)).deadline, moment + 170s);
    EXPECT_EQ(on(db(created)).deadline, std::nullopt) << "it has not started";
    auto slow = db(running);
    slow.started_at = moment - 180s;
    EXPECT_EQ(state(slow), State::never);
    EXPECT_EQ(reason(slow),
              "container db did not become healthy within 180 s, the limit without a startTimeout");
    start_timeout = 10min;
    EXPECT_EQ(state(slow), State::waiting);
    depend(Dependency::Condition::success);
    start_timeout = 3min;
    EXPECT_EQ(state(slow), State::waiting) << "what is to end may take its time";
}

TEST_F(DependenciesTest, HealthMayTakeAsLongAsItsCheckNeedsToFail) {
    depend(Dependency::Condition::healthy);
    definition::HealthCheck check;
    check.start_period = 300s;
    check.interval = 60s;
    check.timeout = 10s;
    check.retries = 2;
    definition.containers[0].health_check = check;
    EXPECT_EQ(on(db(running)).deadline, moment - 10s + 440s);
}

TEST_F(DependenciesTest, SaysWhatIsWaitedFor) {
    depend(Dependency::Condition::healthy);
    using Texts = std::vector<std::string>;
    EXPECT_EQ(on(db(running)).waits_for, Texts{"container db to become healthy"});
    app.links = {"db"};
    EXPECT_EQ(on(db(created)).waits_for,
              (Texts{"container db to be started", "container db to become healthy"}));
    EXPECT_EQ(on(with_health("HEALTHY")).waits_for, Texts{});
    EXPECT_EQ(link_waited_for(app, task), "");
    task.containers = {db(created)};
    EXPECT_EQ(link_waited_for(app, task), "db");
}

TEST_F(DependenciesTest, AllMustBeThereAndTheFirstDeadlineCounts) {
    auto other = definition.containers[0];
    other.name = "cache";
    other.start_timeout = 15s;
    definition.containers[0].start_timeout = 30s;
    definition.containers.push_back(other);
    app.depends_on = {{"db", Dependency::Condition::healthy},
                      {"cache", Dependency::Condition::success}};
    auto cache = db(running);
    cache.name = "cache";
    task.containers = {db(running), cache};
    auto ready = readiness(app, task, definition, moment, start_timeout);
    EXPECT_EQ(ready.state, State::waiting);
    EXPECT_EQ(ready.deadline, moment + 5s);
    task.containers[0] = with_health("HEALTHY");
    EXPECT_EQ(readiness(app, task, definition, moment, start_timeout).state, State::waiting);
    task.containers[1] = ended(0);
    task.containers[1].name = "cache";
    EXPECT_EQ(readiness(app, task, definition, moment, start_timeout).state, State::ready);
}

TEST_F(DependenciesTest, OneThatIsNotOfTheTaskWillNeverBe) {
    depend(Dependency::Condition::start);
    auto joined = db(running);
    joined.declared = false;
    EXPECT_EQ(state(joined), State::never) << "it merely joined";
}

} // namespace
} // namespace agent::tasks
