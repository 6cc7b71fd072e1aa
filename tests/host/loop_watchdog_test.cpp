#include "agent/host/loop_watchdog.hpp"

#include "fakes/captured_log.hpp"
#include "fakes/test_loop.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace agent::host {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

constexpr auto limit = 20ms;

/// By the thread's own CPU time, however busy the machine is.
void compute(std::chrono::milliseconds cpu_time) {
    const auto used = [] {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    const auto end = used() + cpu_time;
    while (used() < end) {
    }
}

TEST(LoopWatchdog, ReportsALoopThatIsBlocked) {
    const fakes::CapturedLog log;
    fakes::TestLoop loop;
    const LoopWatchdog watchdog(loop.executor(), limit);
    loop.run_for(50ms);
    EXPECT_EQ(log.count(Level::error, "loop stalled"), 0U) << log.all();
    // Of a machine that is busy with others some are excused.
    for (int i = 0; i < 50 && log.count(Level::error, "loop stalled") == 0; ++i) {
        boost::asio::post(loop.executor(), [] { std::this_thread::sleep_for(100ms); });
        loop.run_for(300ms);
    }
    loop.run_for(50ms);
    EXPECT_EQ(log.count(Level::error, "loop stalled"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::error, "ms="), 1U) << "it says for how long";
}

TEST(LoopWatchdog, ReportsWorkThatTakesTooLongToo) {
    const fakes::CapturedLog log;
    fakes::TestLoop loop;
    const LoopWatchdog watchdog(loop.executor(), limit);
    loop.run_for(20ms);
    // Of a machine that is busy with others some are excused.
    for (int i = 0; i < 50 && log.count(Level::error, "loop stalled") == 0; ++i) {
        boost::asio::post(loop.executor(), [] { compute(60ms); });
        loop.run_for(100ms);
    }
    EXPECT_GE(log.count(Level::error, "loop stalled"), 1U);
}

/// All threads of the test on one CPU; given back at the end.
class OneCpu {
public:
    OneCpu() {
        ::sched_getaffinity(0, sizeof before_, &before_);
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(::sched_getcpu(), &one);
        EXPECT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    }
    ~OneCpu() { ::sched_setaffinity(0, sizeof before_, &before_); }
    OneCpu(const OneCpu&) = delete;
    OneCpu& operator=(const OneCpu&) = delete;

private:
    cpu_set_t before_{};
};

TEST(LoopWatchdog, DoesNotBlameTheLoopForABusyMachine) {
    const OneCpu one_cpu;
    const fakes::CapturedLog log;
    fakes::TestLoop loop;
    const LoopWatchdog watchdog(loop.executor(), limit);
    std::atomic<bool> ended = false;
    std::vector<std::thread> greedy(12);
    for (auto& thread : greedy)
        thread = std::thread([&] {
            while (!ended) {
            }
        });
    // Each piece is far below the limit, but others take the CPU in its midst.
    std::chrono::steady_clock::duration longest{};
    for (int i = 0; i < 100 && longest < 3 * limit; ++i) {
        boost::asio::post(loop.executor(), [&] {
            const auto begun = std::chrono::steady_clock::now();
            compute(8ms);
            longest = std::max(longest, std::chrono::steady_clock::now() - begun);
        });
        loop.run_for(10ms);
    }
    loop.run_for(50ms);
    ended = true;
    for (auto& thread : greedy)
        thread.join();
    EXPECT_GE(longest, 3 * limit) << "the machine was not busy enough to tell";
    EXPECT_EQ(log.count(Level::error, "loop stalled"), 0U) << log.all();
}

} // namespace
} // namespace agent::host
