#include "base/async.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace base {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class AsyncTest : public testing::Test {
protected:
    Executor loop() { return io_.get_executor(); }
    /// Runs until nothing is left to do; what takes longer than ten seconds hangs.
    void run() {
        io_.restart();
        io_.run_for(10s);
    }
    void run_for(Clock::duration time) {
        io_.restart();
        io_.run_for(time);
    }

    template <class Done>
    void run_until(Done done) {
        for (const auto end = Clock::now() + 10s; !done() && Clock::now() < end;)
            run_for(1ms);
    }

    boost::asio::io_context io_{1};
};

Async<void> record_sleep(Clock::duration time, std::vector<std::string>& record) {
    const bool slept = co_await sleep_for(time);
    record.emplace_back(slept ? "slept" : "cancelled");
    const bool again = co_await sleep_for(time);
    record.emplace_back(again ? "slept again" : "cancelled again");
}

TEST_F(AsyncTest, SleepReturnsTrueAfterItsTime) {
    TaskGroup tasks(loop());
    std::vector<std::string> record;
    const auto start = Clock::now();
    tasks.spawn("sleeper", record_sleep(10ms, record));
    run();
    EXPECT_GE(Clock::now() - start, 20ms);
    EXPECT_EQ(record, (std::vector<std::string>{"slept", "slept again"}));
    EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(AsyncTest, CancelledTaskLeavesEveryLaterWaitAtOnce) {
    TaskGroup tasks(loop());
    std::vector<std::string> record;
    for (int i = 0; i < 3; ++i)
        tasks.spawn("sleeper", record_sleep(1h, record));
    run_for(5ms);
    EXPECT_EQ(tasks.size(), 3U);
    tasks.cancel();
    run();
    EXPECT_EQ(record.size(), 6U);
    EXPECT_EQ(record.front(), "cancelled");
    EXPECT_EQ(record.back(), "cancelled again");
    EXPECT_EQ(tasks.size(), 0U);
}

Async<void> record_wait(Notifier& notifier, Clock::duration limit, std::string& record) {
    const bool notified = co_await notifier.wait_for(limit);
    record += notified ? 'n' : 't';
}

TEST_F(AsyncTest, NotifierWakesAllWhoWaitNowAndNobodyLater) {
    Notifier notifier(loop());
    TaskGroup tasks(loop());
    std::string record;
    notifier.notify_all();
    tasks.spawn("a", record_wait(notifier, 1h, record));
    tasks.spawn("b", record_wait(notifier, 1h, record));
    run_for(5ms);
    EXPECT_EQ(record, "");
    notifier.notify_all();
    tasks.spawn("c", record_wait(notifier, 10ms, record));
    run();
    EXPECT_EQ(record, "nnt");
}

TEST_F(AsyncTest, CancelledWaitOnANotifierIsForgottenByIt) {
    Notifier notifier(loop());
    TaskGroup tasks(loop());
    std::string record;
    tasks.spawn("a", record_wait(notifier, 1h, record));
    run_for(5ms);
    tasks.cancel();
    run();
    EXPECT_EQ(record, "t");
    notifier.notify_all();
    run();
    EXPECT_EQ(record, "t");
}

TEST_F(AsyncTest, DestroyedNotifierWakesItsWaiters) {
    TaskGroup tasks(loop());
    std::string record;
    auto notifier = std::make_unique<Notifier>(loop());
    tasks.spawn("a", record_wait(*notifier, 1h, record));
    run_for(5ms);
    notifier.reset();
    run();
    EXPECT_EQ(record, "n");
}

TEST(Notifier, OutlivesALoopThatEndsWhileSomebodyWaits) {
    auto io = std::make_unique<boost::asio::io_context>(1);
    Notifier notifier(io->get_executor());
    TaskGroup tasks(io->get_executor());
    std::string record;
    tasks.spawn("a", record_wait(notifier, 1h, record));
    io->run_for(5ms);
    io.reset();
    notifier.notify_all();
    EXPECT_EQ(record, "");
}

Async<void> wait_for_group(TaskGroup& group, Clock::duration limit, std::optional<bool>& result) {
    result = co_await group.wait(limit);
}

TEST_F(AsyncTest, GroupIsWaitedForUntilItsLastTaskHasEnded) {
    TaskGroup work(loop());
    TaskGroup waiters(loop());
    std::vector<std::string> record;
    std::optional<bool> result;
    waiters.spawn("empty", wait_for_group(work, 1h, result));
    run();
    EXPECT_EQ(result, true) << "an empty group is waited for already";
    result.reset();
    work.spawn("short", record_sleep(5ms, record));
    work.spawn("long", record_sleep(15ms, record));
    waiters.spawn("all", wait_for_group(work, 1h, result));
    run();
    EXPECT_EQ(result, true);
    EXPECT_EQ(record.size(), 4U);
}

TEST_F(AsyncTest, WaitForAGroupHasALimitAndWorksInACancelledTask) {
    TaskGroup work(loop());
    TaskGroup waiters(loop());
    std::vector<std::string> record;
    std::optional<bool> result;
    work.spawn("long", record_sleep(200ms, record));
    waiters.spawn("impatient", wait_for_group(work, 5ms, result));
    run_until([&] { return result.has_value(); });
    EXPECT_EQ(result, false);
    result.reset();
    waiters.spawn("cancelled", wait_for_group(work, 10s, result));
    waiters.cancel();
    run();
    EXPECT_EQ(result, true);
    EXPECT_EQ(record.size(), 2U);
}

Async<void> offload_text(WorkerPool& pool, std::string text, std::string& result,
                         std::thread::id& worker, std::thread::id& after) {
    auto work = [text, &worker] {
        worker = std::this_thread::get_id();
        return std::make_unique<std::string>(text + "!");
    };
    const auto answer = co_await offload(pool, std::move(work));
    after = std::this_thread::get_id();
    result = *answer;
}

TEST_F(AsyncTest, OffloadedWorkRunsElsewhereAndComesBackToTheLoop) {
    WorkerPool pool(2);
    TaskGroup tasks(loop());
    std::string result;
    std::thread::id worker;
    std::thread::id after;
    tasks.spawn("offload", offload_text(pool, std::string(100, 'x'), result, worker, after));
    run();
    EXPECT_EQ(result, std::string(100, 'x') + "!");
    EXPECT_NE(worker, std::this_thread::get_id());
    EXPECT_EQ(after, std::this_thread::get_id());
}

Async<void> offload_slow(WorkerPool& pool, int& done) {
    auto work = [] {
        std::this_thread::sleep_for(1ms);
        return 1;
    };
    done += co_await offload(pool, std::move(work));
}

TEST_F(AsyncTest, ManyOffloadsAllComeBackEvenWhenCancelled) {
    WorkerPool pool(2);
    TaskGroup tasks(loop());
    int done = 0;
    for (int i = 0; i < 50; ++i)
        tasks.spawn("offload", offload_slow(pool, done));
    run_for(5ms);
    tasks.cancel();
    run();
    EXPECT_EQ(done, 50);
    EXPECT_EQ(tasks.size(), 0U);
}

Async<void> offload_until(WorkerPool& pool, std::shared_future<void> told, int& done) {
    auto work = [told] {
        told.wait();
        return 1;
    };
    done += co_await offload(pool, std::move(work));
}

// D5
TEST_F(AsyncTest, PoolTellsHowMuchItHasToDo) {
    WorkerPool pool(2);
    TaskGroup tasks(loop());
    std::promise<void> tell;
    const auto told = tell.get_future().share();
    int done = 0;
    EXPECT_EQ(pool.depth().threads, 2U);
    for (int i = 0; i < 5; ++i)
        tasks.spawn("offload", offload_until(pool, told, done));
    run_until([&] { return pool.depth().running == 2 && pool.depth().queued == 3; });
    EXPECT_EQ(pool.depth().running, 2U);
    EXPECT_EQ(pool.depth().queued, 3U);
    tell.set_value();
    run();
    EXPECT_EQ(done, 5);
    EXPECT_EQ(pool.depth().running, 0U);
    EXPECT_EQ(pool.depth().queued, 0U);
}

TEST_F(AsyncTest, GroupGoesOnlyWhenItsTasksHaveEnded) {
    const auto leave_one = [this] {
        std::vector<std::string> record;
        TaskGroup tasks(loop());
        tasks.spawn("sleeper", record_sleep(1h, record));
        run_for(1ms);
    };
    EXPECT_DEATH(leave_one(), "tasks of a group: 1 left");
}

TEST_F(AsyncTest, NobodyBringsWorkToAPoolThatWasJoined) {
    const auto come_late = [this] {
        int done = 0;
        TaskGroup tasks(loop());
        WorkerPool pool(1);
        tasks.spawn("in time", offload_slow(pool, done));
        run();
        pool.join();
        tasks.spawn("late", offload_slow(pool, done));
        run_for(1ms);
    };
    EXPECT_DEATH(come_late(), "work of a pool: 1 left");
}

} // namespace
} // namespace base
