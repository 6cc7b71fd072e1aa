// What is on its way about a container, and how long it is waited for.

#include "observer/observer_fixture.hpp"

namespace agent::observer {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

class PendingTest : public ObserverFixture {
protected:
    /// A container that Docker has made, and its declared task in the World.
    std::string created(const std::string& name) {
        const auto id = docker.make_container(name);
        observer->look(id);
        EXPECT_TRUE(becomes(id, "CREATED"));
        settle_down();
        docker.forget_calls();
        return id;
    }
    /// One that has run, and that may run again.
    std::string ended(const std::string& name) {
        const auto id = created(name);
        docker.run_container(name);
        EXPECT_TRUE(becomes(id, "RUNNING"));
        docker.die(name);
        EXPECT_TRUE(becomes(id, "STOPPED"));
        auto task = *world.find_by_docker_id(id).task;
        task.declared = true;
        task.desired = model::TaskStatus::running;
        task.containers[0].desired = model::ContainerStatus::running;
        world.put(task);
        settle_down();
        docker.forget_calls();
        return id;
    }
    void wait_for_all(const std::vector<std::string>& ids) {
        std::vector<std::shared_ptr<std::optional<bool>>> waiting;
        for (const auto& id : ids)
            waiting.push_back(wait(id));
        for (const auto& each : waiting)
            loop.run_until([&] { return each->has_value(); });
        settle_down();
    }
    bool is_pending(const std::string& id) {
        return observer->is_pending(*world.find_by_docker_id(id).container);
    }
    std::shared_ptr<std::optional<bool>> wait(const std::string& id) {
        return loop.start(waits(id, steady_clock::now() + 500ms));
    }
    base::Async<bool> waits(std::string id, steady_clock::time_point end) {
        co_await observer->wait(id, end);
        co_return true;
    }
};

TEST_F(PendingTest, AContainerThatIsBeingStartedIsWaitedForUntilItIsSeen) {
    begin();
    const auto id = created("web");
    observer->start_begins(id);
    EXPECT_TRUE(is_pending(id));
    const auto done = wait(id);
    loop.run_for(100ms);
    EXPECT_FALSE(done->has_value());
    EXPECT_EQ(docker.count("inspect "), 0U) << "it is Docker's turn";
    docker.run_container("web");
    loop.run_until([&] { return done->has_value(); });
    EXPECT_TRUE(done->has_value());
    EXPECT_EQ(status(id), "RUNNING");
    observer->start_has_ended(id);
    settle_down();
    EXPECT_FALSE(is_pending(id)) << "a start is not waited for any more when its outcome is known";
}

TEST_F(PendingTest, AStartThatDoesNotComeToItsEndIsWaitedForHalfASecond) {
    begin();
    const auto id = created("web");
    observer->start_begins(id);
    const auto begun = steady_clock::now();
    const auto done = wait(id);
    loop.run_until([&] { return done->has_value(); });
    ASSERT_TRUE(done->has_value());
    EXPECT_GE(steady_clock::now() - begun, 450ms);
    EXPECT_LT(steady_clock::now() - begun, 1500ms);
    observer->start_has_ended(id);
}

TEST_F(PendingTest, TheObserverGoesOnlyWhenEveryStartHasEnded) {
    begin();
    const auto id = created("web");
    observer->start_begins(id);
    end();
    EXPECT_DEATH(observer.reset(), "starts of containers: 1 left");
    observer->start_has_ended(id);
}

TEST_F(PendingTest, AFailedStartEndsTheWait) {
    begin();
    const auto id = created("web");
    observer->start_begins(id);
    ASSERT_TRUE(is_pending(id));
    const auto begun = steady_clock::now();
    const auto done = loop.start(waits(id, begun + 30s));
    loop.run_for(20ms);
    observer->start_has_ended(id);
    // Nobody starts it now; one look tells that it has not started.
    loop.run_until([&] { return done->has_value(); });
    EXPECT_TRUE(done->has_value());
    EXPECT_LT(steady_clock::now() - begun, 10s);
    EXPECT_EQ(status(id), "CREATED");
    EXPECT_EQ(docker.count("inspect "), 1U);
}

TEST_F(PendingTest, ALookThatBeganBeforeTheQuestionAboutWhatDoesNotRunIsNotTheLastWord) {
    docker.lose_events(true);
    begin();
    const auto id = created("web");
    docker.delay("inspect", 50ms);
    observer->look(id);
    const auto begun = steady_clock::now();
    const auto done = loop.start(waits(id, begun + 30s));
    loop.run_until([&] { return done->has_value(); });
    EXPECT_LT(steady_clock::now() - begun, 10s);
    EXPECT_EQ(docker.count("inspect "), 2U);
}

TEST_F(PendingTest, AHangingLookAtWhatHasNotRunKeepsNobodyWaitingForLong) {
    begin();
    const auto id = created("web");
    docker.delay("inspect", 60s);
    observer->look(id);
    loop.run_for(1s);
    EXPECT_TRUE(is_pending(id)) << "an engine that starts many is late to tell of each";
    loop.run_for(1500ms);
    EXPECT_FALSE(is_pending(id));
    observer->look(id);
    EXPECT_FALSE(is_pending(id)) << "however often something happens to it";
}

TEST_F(PendingTest, SoManyContainersThatHaveEndedAreLookedAtASecondForThoseWhoAsk) {
    begin();
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i)
        ids.push_back(ended("web-" + std::to_string(i)));
    wait_for_all(ids);
    EXPECT_EQ(docker.count("inspect "), 16U);
}

TEST_F(PendingTest, AllOfManyThatNobodyHasSeenRunAreLookedAtForThoseWhoAsk) {
    begin();
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i)
        ids.push_back(created("web-" + std::to_string(i)));
    wait_for_all(ids);
    EXPECT_EQ(docker.count("inspect "), 20U);
    wait_for_all(ids);
    EXPECT_EQ(docker.count("inspect "), 20U) << "each once a second";
}

TEST_F(PendingTest, WhatDoesNotRunIsLookedAtOnceASecondForAllWhoAsk) {
    docker.lose_events(true);
    begin();
    const auto id = created("web");
    ASSERT_TRUE(is_pending(id));
    docker.run_container("web"); // by hand, and the event is on its way
    const auto first = wait(id);
    const auto second = wait(id);
    loop.run_until([&] { return first->has_value() && second->has_value(); });
    EXPECT_EQ(status(id), "RUNNING");
    EXPECT_EQ(docker.count("inspect "), 1U);

    const auto other = created("other");
    const auto looked = wait(other);
    loop.run_until([&] { return looked->has_value(); });
    EXPECT_FALSE(is_pending(other)) << "it was looked at just now";
}

TEST_F(PendingTest, ALookAtWhatRunsIsWaitedForUnlessItTakesTooLong) {
    begin();
    const auto id = created("web");
    docker.run_container("web");
    ASSERT_TRUE(becomes(id, "RUNNING"));
    settle_down();
    EXPECT_FALSE(is_pending(id));
    docker.delay("inspect", 800ms);
    observer->look(id);
    EXPECT_TRUE(is_pending(id));
    loop.run_for(600ms);
    EXPECT_FALSE(is_pending(id)) << "an engine that hangs keeps nobody waiting";
}

TEST_F(PendingTest, WhatHasEndedForGoodIsNotWaitedFor) {
    begin();
    const auto id = created("web");
    auto task = *world.find_by_docker_id(id).task;
    task.declared = true;
    task.desired = model::TaskStatus::stopped;
    task.containers[0].desired = task.containers[0].known = model::ContainerStatus::stopped;
    world.put(task);
    EXPECT_FALSE(is_pending(id));
}

} // namespace
} // namespace agent::observer
