#include "agent/wiring/loop_watchdog.hpp"

#include "base/files.hpp"
#include "base/log.hpp"

#include <boost/asio/post.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

namespace agent::wiring {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

namespace {

constexpr auto period = milliseconds(5);

/// How long the calling thread has waited for a CPU since it began (the second figure of
/// schedstat).
nanoseconds waited_for_cpu() {
    const auto text = base::read_file("/proc/thread-self/schedstat", 256);
    if (!text)
        return nanoseconds(0);
    const auto blank = text->find(' ');
    return nanoseconds(std::strtoll(text->c_str() + blank + 1, nullptr, 10));
}

} // namespace

struct LoopWatchdog::Impl {
    Impl(base::Executor executor, milliseconds most) : loop(std::move(executor)), limit(most) {}

    /// On the loop thread: how long ago was this asked for, and how much of it was the machine's?
    void answer(steady_clock::time_point asked) {
        const auto waited = waited_for_cpu();
        const auto late = steady_clock::now() - asked;
        // Only what was waited since the answer before can be part of this delay.
        const auto excused = waited - waited_before;
        waited_before = waited;
        if (late - excused > limit)
            base::log::error(
                "loop stalled",
                {{"ms", std::chrono::duration_cast<milliseconds>(late - excused).count()}});
        answered = true;
    }

    base::Executor loop;
    milliseconds limit;
    nanoseconds waited_before{0};
    std::atomic<bool> answered = true;
    std::atomic<bool> ended = false;
    std::thread thread;
};

LoopWatchdog::LoopWatchdog(base::Executor loop, milliseconds limit)
    : impl_(std::make_shared<Impl>(std::move(loop), limit)) {
    impl_->waited_before = waited_for_cpu();
    impl_->thread = std::thread([impl = impl_.get(), weak = std::weak_ptr<Impl>(impl_)] {
        while (!impl->ended) {
            if (impl->answered.exchange(false)) {
                const auto asked = steady_clock::now();
                boost::asio::post(impl->loop, [weak, asked] {
                    if (const auto alive = weak.lock())
                        alive->answer(asked);
                });
            }
            std::this_thread::sleep_for(period);
        }
    });
}

LoopWatchdog::~LoopWatchdog() {
    impl_->ended = true;
    impl_->thread.join();
}

} // namespace agent::wiring
