#include "agent/host/loop_watchdog.hpp"

#include "base/files.hpp"
#include "base/log.hpp"

#include <boost/asio/post.hpp>

#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

namespace agent::host {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

namespace {

constexpr auto period = milliseconds(5);

/// How long each of our threads has waited for a CPU since it began (the second figure of schedstat).
/// The loop may wait for a lock that another of them holds, and that one for a CPU.
std::map<std::string, nanoseconds> waits_of_threads() {
    std::map<std::string, nanoseconds> waits;
    std::error_code ignored; // a thread may end while we look
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
        const auto text = base::read_file(thread.path().string() + "/schedstat", 256);
        if (!text)
            continue;
        const auto blank = text->find(' ');
        waits[thread.path().filename().string()] =
            nanoseconds(std::strtoll(text->c_str() + blank + 1, nullptr, 10));
    }
    return waits;
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

/// What the calling thread has done since it began.
rusage spent_by_thread() {
    rusage spent{};
    ::getrusage(RUSAGE_THREAD, &spent);
    return spent;
}

long milliseconds_between(const timeval& from, const timeval& to) {
    return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_usec - from.tv_usec) / 1000;
}

/// Sums up the time in which we could have run, and the machine did not let us.
class MachineTime {
public:
    /// Since the call before.
    nanoseconds lost() {
        auto waits = waits_of_threads();
        const auto stolen = stolen_from_machine();
        auto sum = stolen - stolen_;
        for (const auto& [thread, wait] : waits) {
            const auto before = waits_.find(thread);
            sum += wait - (before == waits_.end() ? nanoseconds(0) : before->second);
        }
        waits_ = std::move(waits);
        stolen_ = stolen;
        return sum;
    }

private:
    std::map<std::string, nanoseconds> waits_;
    nanoseconds stolen_{0};
};

} // namespace

struct LoopWatchdog::Impl {
    Impl(base::Executor executor, milliseconds most) : loop(std::move(executor)), limit(most) {}

    /// On the loop thread: how long ago was this asked for, and how much of it was the machine's?
    void answer() {
        const auto since = nanoseconds(asked.exchange(0));
        // Not set yet: we were quicker than the one who asks.
        const auto late = since.count() == 0 ? nanoseconds(0) : now() - since;
        // Only what was lost since the answer before can be part of this delay.
        const auto excused = machine.lost() + nanoseconds(overslept.exchange(0));
        const auto before = std::exchange(spent, spent_by_thread());
        if (late - excused > limit)
            // Did we compute, did the kernel work for us, or did we sleep in a call that blocks?
            base::log::error(
                "loop stalled",
                {{"ms", std::chrono::duration_cast<milliseconds>(late - excused).count()},
                 {"user_ms", milliseconds_between(before.ru_utime, spent.ru_utime)},
                 {"kernel_ms", milliseconds_between(before.ru_stime, spent.ru_stime)},
                 {"page_faults", spent.ru_minflt - before.ru_minflt},
                 {"disk_page_faults", spent.ru_majflt - before.ru_majflt},
                 {"sleeps", spent.ru_nvcsw - before.ru_nvcsw}});
        answered = true;
    }

    static nanoseconds now() { return steady_clock::now().time_since_epoch(); }

    base::Executor loop;
    milliseconds limit;
    /// Set after the question was posted, so that a watchdog without a CPU is not taken for a stall.
    std::atomic<nanoseconds::rep> asked = 0;
    MachineTime machine;
    /// How much later than asked for the watchdog was woken since the answer before: a hypervisor that
    /// keeps all CPUs does not always say so.
    std::atomic<nanoseconds::rep> overslept = 0;
    rusage spent{}; ///< by the loop's thread, at the answer before
    std::atomic<bool> answered = true;
    std::atomic<bool> ended = false;
    std::thread thread;
};

LoopWatchdog::LoopWatchdog(base::Executor loop, milliseconds limit)
    : impl_(std::make_shared<Impl>(std::move(loop), limit)) {
    impl_->machine.lost();
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
            const auto asleep_since = Impl::now();
            std::this_thread::sleep_for(period);
            impl->overslept += (Impl::now() - asleep_since - period).count();
        }
    });
}

LoopWatchdog::~LoopWatchdog() {
    impl_->ended = true;
    impl_->thread.join();
}

} // namespace agent::host
