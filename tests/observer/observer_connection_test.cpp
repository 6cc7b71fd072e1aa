// The observer while the engine goes and comes: nothing is lost for longer than the next look.

#include "observer/observer_fixture.hpp"

#include <algorithm>

namespace agent::observer {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

class ObserverConnectionTest : public ObserverFixture {
protected:
    void wait_for_reconnection(std::size_t streams) {
        loop.run_until(
            [&] { return docker.streams_opened().size() >= streams && observer->connected(); });
        ASSERT_TRUE(observer->connected());
    }
};

TEST_F(ObserverConnectionTest, ReopensACutStreamSinceTheLastEventAndLooksAtAll) {
    begin();
    const auto id = docker.make_container("web");
    docker.run_container("web");
    ASSERT_TRUE(becomes(id, "RUNNING"));
    docker.lose_events(true);
    docker.die("web", 7);
    settle_down();
    EXPECT_EQ(status(id), "RUNNING") << "the event was lost";
    docker.lose_events(false);
    docker.cut_events();
    wait_for_reconnection(2);
    EXPECT_EQ(status(id), "STOPPED");
    ASSERT_EQ(docker.streams_opened().size(), 2U);
    EXPECT_EQ(docker.streams_opened()[0], std::nullopt) << "the first time, from now on";
    EXPECT_NE(docker.streams_opened()[1], std::nullopt);
}

TEST_F(ObserverConnectionTest, FullLookFindsWhatCameWentAndRestartedUnseen) {
    const auto goes = docker.make_container("goes");
    const auto restarts = docker.make_container("restarts");
    docker.run_container("restarts");
    begin();
    const auto first_start = world.find_by_docker_id(restarts).container->started_at;
    docker.lose_events(true);
    docker.destroy("goes");
    docker.die("restarts");
    docker.run_container("restarts");
    const auto comes = docker.make_container("comes");
    docker.lose_events(false);
    docker.cut_events();
    wait_for_reconnection(2);
    EXPECT_EQ(status(goes), "");
    EXPECT_EQ(status(comes), "CREATED");
    EXPECT_GT(world.find_by_docker_id(restarts).container->started_at, first_start)
        << "it runs as before, and is another run";
}

TEST_F(ObserverConnectionTest, FullLookPassesOverWhatEndedAndIsKnownToHave) {
    const auto id = docker.make_container("done");
    docker.run_container("done");
    docker.die("done");
    begin();
    ASSERT_EQ(status(id), "STOPPED");
    docker.cut_events();
    wait_for_reconnection(2);
    EXPECT_EQ(docker.count("inspect "), 0U);
}

TEST_F(ObserverConnectionTest, AnswersFromWhatItKnowsWhileTheEngineIsAwayAndSaysSoOnce) {
    const auto id = docker.make_container("web");
    docker.run_container("web");
    begin();
    docker.set_away(true);
    loop.run_until([&] { return !observer->connected(); });
    EXPECT_FALSE(observer->connected());
    loop.run_for(400ms);
    EXPECT_EQ(status(id), "RUNNING");
    EXPECT_EQ(log.count(Level::warn, "docker engine is away"), 1U) << log.all();
    const auto attempts = docker.count("connect");
    EXPECT_GE(attempts, 3U);
    EXPECT_LE(attempts, 12U) << "attempts come slower and slower";
    docker.set_away(false);
    const auto back = std::chrono::steady_clock::now();
    wait_for_reconnection(2);
    EXPECT_LT(std::chrono::steady_clock::now() - back, 2s);
}

base::Async<base::Result<>> ask_info(fakes::FakeDocker& docker, int& asked) {
    const auto info = co_await docker.info();
    if (!info)
        co_return info.error();
    ++asked;
    co_return base::Result<>();
}

TEST_F(ObserverConnectionTest, WhatFollowsFromTheEngineIsAskedAtEachReturnBeforeAnythingElse) {
    int asked = 0;
    prepare = [&] { observer->on_return([&] { return ask_info(docker, asked); }); };
    begin();
    EXPECT_EQ(asked, 1);
    docker.cut_events();
    wait_for_reconnection(2);
    EXPECT_EQ(asked, 2);
    const auto& calls = docker.calls();
    const auto place = [&](const std::string& call) {
        return std::find(calls.begin(), calls.end(), call) - calls.begin();
    };
    EXPECT_LT(place("info "), place("events ")) << "nobody acts on what the engine was before";
    EXPECT_LT(place("connect "), place("info "));
    for (int i = 0; i < 3; ++i)
        docker.fail_next("info", base::Error(base::Errc::timeout, "no answer"));
    docker.forget_calls();
    docker.cut_events();
    loop.run_until([&] { return docker.count("info") == 3; });
    EXPECT_FALSE(observer->connected());
    EXPECT_EQ(docker.count("events"), 0U);
    wait_for_reconnection(3);
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(log.count(Level::warn, "docker engine is away"), 1U) << log.all();
}

base::Async<base::Result<>> find_tasks(const bool& fails, int& asked) {
    co_await base::sleep_for(1ms);
    ++asked;
    if (fails)
        co_return base::Error(base::Errc::io, "the disk is sick");
    co_return base::Result<>();
}

TEST_F(ObserverConnectionTest, NothingIsLookedAtBeforeWhatHasToBeDoneFirstAndThatIsDoneOnce) {
    bool fails = true;
    int asked = 0;
    docker.make_container("web");
    observer =
        std::make_unique<Observer>(loop.executor(), docker, world, networks, ObserverSettings());
    observer->before_first_look([&] { return find_tasks(fails, asked); });
    tasks.spawn("observer", observer->run());
    loop.run_until([&] { return asked == 3; });
    EXPECT_FALSE(observer->connected());
    EXPECT_FALSE(loop.run(observer->look_at_all(50ms)));
    EXPECT_EQ(docker.count("list "), 0U);
    EXPECT_EQ(docker.count("inspect "), 0U);
    EXPECT_EQ(log.count(Level::warn, "cannot find the tasks of an earlier run"), 1U) << log.all();
    fails = false;
    loop.run_until([&] { return observer->connected(); });
    EXPECT_EQ(world.tasks().size(), 1U);
    const auto once = asked;
    const auto streams = docker.streams_opened().size();
    docker.cut_events();
    wait_for_reconnection(streams + 1);
    EXPECT_EQ(asked, once);
}

TEST_F(ObserverConnectionTest, SilentStreamIsCheckedByAPing) {
    begin();
    docker.hang_events();
    loop.run_until([&] { return docker.count("ping") > 2; });
    EXPECT_TRUE(observer->connected()) << "silence alone is normal";
    EXPECT_EQ(docker.streams_opened().size(), 1U);
    docker.fail_next("ping", base::Error(base::Errc::timeout, "no answer"));
    wait_for_reconnection(2);
    EXPECT_EQ(log.count(Level::warn, "does not answer a ping"), 1U);
    const auto id = docker.make_container("web");
    docker.run_container("web");
    EXPECT_TRUE(becomes(id, "RUNNING")) << "the new stream is heard";
}

TEST_F(ObserverConnectionTest, IsConnectedOnlyAfterAFullLookAndTriesUntilOneSucceeds) {
    begin();
    docker.delay("list", 30ms);
    for (int i = 0; i < 2; ++i)
        docker.fail_next("list", base::Error(base::Errc::internal, "broken"));
    docker.cut_events();
    loop.run_until([&] { return docker.count("list ") == 2; });
    EXPECT_FALSE(observer->connected());
    wait_for_reconnection(4);
    EXPECT_EQ(log.count(Level::warn, "cannot list docker's containers"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::info, "looked at whole again"), 1U) << log.all();
}

// D7: its answer to the first question alone had it asked 25 times a second, with two lines each.
TEST_F(ObserverConnectionTest, EngineThatAnswersAndCannotBeLookedAtIsAskedEverLaterAndToldOfOnce) {
    begin();
    for (int i = 0; i < 100; ++i)
        docker.fail_next("events", base::Error(base::Errc::internal, "no events here"));
    docker.cut_events();
    loop.run_for(1s);
    EXPECT_GE(docker.count("connect"), 3U);
    EXPECT_LE(docker.count("connect"), 10U);
    EXPECT_EQ(log.count(Level::warn, "cannot open docker's event stream"), 1U) << log.all();
    EXPECT_LE(log.count(Level::info, "docker engine answers"), 2U) << log.all();
}

TEST_F(ObserverConnectionTest, PauseIsShortAgainOnceTheEngineWasLookedAtWhole) {
    begin();
    for (int i = 0; i < 4; ++i)
        docker.fail_next("events", base::Error(base::Errc::internal, "no events here"));
    docker.cut_events();
    wait_for_reconnection(2);
    // A long one would be long each time, a busy machine is slow now and then.
    auto least = std::chrono::steady_clock::duration::max();
    for (std::size_t streams = 3; streams < 8; ++streams) {
        const auto begun = std::chrono::steady_clock::now();
        docker.cut_events();
        wait_for_reconnection(streams);
        least = std::min(least, std::chrono::steady_clock::now() - begun);
    }
    EXPECT_LT(least, 250ms);
}

TEST_F(ObserverConnectionTest, OneListServesAllWhoAskedBeforeItAndNobodyWhoAskedLater) {
    begin();
    docker.delay("list", 50ms);
    const auto first = loop.start(observer->look_at_all(5s));
    loop.run_for(10ms);
    std::vector<std::shared_ptr<std::optional<bool>>> answers;
    for (int i = 0; i < 10; ++i)
        answers.push_back(loop.start(observer->look_at_all(5s)));
    loop.run_until([&] { return first->has_value(); });
    EXPECT_EQ(*first, true);
    EXPECT_FALSE(answers.front()->has_value()) << "that list may be older than what they look for";
    loop.run_until([&] { return answers.back()->has_value(); });
    for (const auto& answer : answers)
        EXPECT_EQ(*answer, true);
    EXPECT_EQ(docker.count("list "), 2U);
    EXPECT_TRUE(loop.run(observer->look_at_all(5s)));
    EXPECT_EQ(docker.count("list "), 3U);
}

TEST_F(ObserverConnectionTest, SharedLookEndsAtItsLimitAndSaysWhenTheEngineFailed) {
    begin();
    docker.hang("list", "");
    EXPECT_FALSE(loop.run(observer->look_at_all(20ms))) << "it would hang for an hour";
    docker.mend("list", "");
    EXPECT_TRUE(loop.run(observer->look_at_all(20s)));
    docker.fail_next("list", base::Error(base::Errc::unavailable, "away"));
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(loop.run(observer->look_at_all(20s)));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s) << "at once, not at its limit";
}

base::Async<bool> look_and_wait(Observer& observer, std::string docker_id) {
    co_await observer.look_and_wait(docker_id);
    co_return true;
}

TEST_F(ObserverConnectionTest, WhoWaitsForALookGetsOneThatBeganAfterHeAsked) {
    const auto id = docker.make_container("web");
    docker.run_container("web");
    begin();
    docker.delay("inspect", 30ms);
    observer->look(id);
    loop.run_until([&] { return docker.count("inspect ") == 1; });
    const auto waited = loop.start(look_and_wait(*observer, id));
    loop.run_until([&] { return waited->has_value(); });
    EXPECT_EQ(docker.count("inspect "), 2U) << "the first had begun before";
}

TEST_F(ObserverConnectionTest, EndsAtOnceInTheMiddleOfALook) {
    docker.make_container("web");
    begin();
    docker.delay("inspect", 20s);
    observer->look(docker.container("web").id);
    settle_down();
    const auto begun = std::chrono::steady_clock::now();
    end();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
}

} // namespace
} // namespace agent::observer
