#include "agent/wiring/loop_watchdog.hpp"

#include "base/files.hpp"
#include "base/log.hpp"

#include <boost/asio/post.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <sstream>
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

/// How long the hypervisor has kept CPUs from this machine (the eighth figure of /proc/stat, in ticks).
nanoseconds stolen_from_machine() {
    constexpr auto tick = milliseconds(10);
    const auto text = base::read_file("/proc/stat", 1 << 20);
    if (!text)
        return nanoseconds(0);
    std::istringstream line(text->substr(0, text->find('\n')));
    std::string name;
    long long ticks = 0;
    line >> name;
    for (int column = 0; column < 8; ++column)
        line >> ticks;
    return ticks * tick;
}

/// Time in which the calling thread could have run, and the machine did not let it.
nanoseconds kept_waiting() {
    return waited_for_cpu() + stolen_from_machine();
}

} // namespace

struct LoopWatchdog::Impl {
    Impl(base::Executor executor, milliseconds most) : loop(std::move(executor)), limit(most) {}

    /// On the loop thread: how long ago was this asked for, and how much of it was the machine's?
    void answer() {
        const auto waited = kept_waiting();
        const auto since = nanoseconds(asked.exchange(0));
        // Not set yet: we were quicker than the one who asks.
        const auto late = since.count() == 0 ? nanoseconds(0) : now() - since;
        // Only what was waited since the answer before can be part of this delay.
        const auto excused = waited - waited_before;
        waited_before = waited;
        if (late - excused > limit)
            base::log::error(
                "loop stalled",
                {{"ms", std::chrono::duration_cast<milliseconds>(late - excused).count()}});
        answered = true;
    }

    static nanoseconds now() { return steady_clock::now().time_since_epoch(); }

    base::Executor loop;
    milliseconds limit;
    /// Set after the question was posted, so that a watchdog without a CPU is not taken for a stall.
    std::atomic<nanoseconds::rep> asked = 0;
    nanoseconds waited_before{0};
    std::atomic<bool> answered = true;
    std::atomic<bool> ended = false;
    std::thread thread;
};

LoopWatchdog::LoopWatchdog(base::Executor loop, milliseconds limit)
    : impl_(std::make_shared<Impl>(std::move(loop), limit)) {
    impl_->waited_before = kept_waiting();
    impl_->thread = std::thread([impl = impl_.get(), weak = std::weak_ptr<Impl>(impl_)] {
        while (!impl->ended) {
            if (impl->answered.exchange(false)) {
                impl->asked = 0;
                boost::asio::post(impl->loop, [weak] {
                    if (const auto alive = weak.lock())
                        alive->answer();
                });
                if (!impl->answered)
                    impl->asked = Impl::now().count();
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
