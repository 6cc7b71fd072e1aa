#include "base/async.hpp"

#include "base/empty_at_end.hpp"
#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <list>

namespace asio = boost::asio;

namespace base {

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);

/// A cancelled task must not be torn apart by an exception at its next await: it reads `false` from
/// its waits and leaves by itself.
Async<void> run_task(Async<void> task) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(task);
}

} // namespace

Async<StopToken> stop_token() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return StopToken(state);
}

Async<bool> sleep_for(std::chrono::steady_clock::duration time) {
    const auto stop = co_await stop_token();
    if (stop.requested())
        co_return false;
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    const auto [failure] = co_await timer.async_wait(token);
    co_return !failure;
}

struct Notifier::Impl {
    explicit Impl(Executor executor) : loop(std::move(executor)) {}
    Executor loop;
    std::list<std::pair<asio::steady_timer*, bool*>> waiting;
    using Waiter = decltype(waiting)::iterator;
};

/// Takes a waiter off the list when its wait is over, however it ends.
class Notifier::Unregister {
public:
    Unregister(Impl& impl, Impl::Waiter waiter, const bool& notified)
        : impl_(impl), waiter_(waiter), notified_(notified) {}
    ~Unregister() {
        // Who notifies empties the list.
        if (!notified_)
            impl_.waiting.erase(waiter_);
    }
    Unregister(const Unregister&) = delete;
    Unregister& operator=(const Unregister&) = delete;

private:
    Impl& impl_;
    Impl::Waiter waiter_;
    const bool& notified_;
};

Notifier::Notifier(Executor loop) : impl_(std::make_shared<Impl>(std::move(loop))) {}

Notifier::~Notifier() {
    notify_all();
}

void Notifier::notify_all() {
    for (auto& [timer, notified] : impl_->waiting) {
        *notified = true;
        timer->cancel();
    }
    impl_->waiting.clear();
}

Async<bool> Notifier::wait_for(std::chrono::steady_clock::duration limit) {
    const auto stop = co_await stop_token();
    if (stop.requested())
        co_return false;
    const bool notified = co_await wait_through_cancellation(limit);
    co_return notified;
}

Async<bool> Notifier::wait_through_cancellation(std::chrono::steady_clock::duration limit) {
    const auto keep = impl_;
    bool notified = false;
    asio::steady_timer timer(keep->loop, limit);
    const auto waiter = keep->waiting.emplace(keep->waiting.end(), &timer, &notified);
    // Also when the loop ends and this frame is destroyed where it waits.
    const Unregister unregister(*keep, waiter, notified);
    const auto [ignored] = co_await timer.async_wait(token);
    static_cast<void>(ignored);
    co_return notified;
}

struct TaskGroup::Impl {
    explicit Impl(Executor executor) : loop(executor), emptied(executor) {}
    Executor loop;
    std::list<asio::cancellation_signal> signals;
    Notifier emptied;
    /// A task's place in the list: until it has ended, or the loop has and has destroyed it.
    class Place;
};

class TaskGroup::Impl::Place {
public:
    explicit Place(std::shared_ptr<Impl> impl)
        : impl_(std::move(impl)), signal_(impl_->signals.emplace(impl_->signals.end())) {}
    ~Place() { impl_->signals.erase(signal_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    asio::cancellation_slot slot() { return signal_->slot(); }

private:
    std::shared_ptr<Impl> impl_;
    std::list<asio::cancellation_signal>::iterator signal_;
};

TaskGroup::TaskGroup(Executor loop) : impl_(std::make_shared<Impl>(std::move(loop))) {}

TaskGroup::~TaskGroup() {
    assert_empty_at_end("tasks of a group", size());
}

void TaskGroup::spawn(std::string name, Async<void> task) {
    auto place = std::make_unique<Impl::Place>(impl_);
    const auto slot = place->slot();
    auto ended = [impl = impl_, place = std::move(place),
                  name = std::move(name)](std::exception_ptr failure) mutable {
        if (failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& exception) {
                log::error("a task ended by an exception; this is a bug",
                           {{"task", name}, {"what", exception.what()}});
            }
            std::abort();
        }
        place.reset();
        if (impl->signals.empty())
            impl->emptied.notify_all();
    };
    auto guarded = run_task(std::move(task));
    asio::co_spawn(impl_->loop, std::move(guarded),
                   asio::bind_cancellation_slot(slot, std::move(ended)));
}

void TaskGroup::cancel() {
    // Asio hands the signal on by dispatch. Were this not run by the loop itself, it would arrive
    // later, when a task that has ended meanwhile has taken its signal away.
    auto emit = [impl = impl_] {
        // A handler may end its task at once and take itself off the list: step before emitting.
        for (auto entry = impl->signals.begin(); entry != impl->signals.end();) {
            auto& signal = *entry++;
            signal.emit(asio::cancellation_type::terminal);
        }
    };
    asio::dispatch(impl_->loop, std::move(emit));
}

Async<bool> TaskGroup::wait(std::chrono::steady_clock::duration limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!impl_->signals.empty()) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= end)
            co_return false;
        co_await impl_->emptied.wait_through_cancellation(end - now);
    }
    co_return true;
}

std::size_t TaskGroup::size() const {
    return impl_->signals.size();
}

struct WorkerPool::Impl {
    explicit Impl(std::size_t most) : count(most) {}
    const std::size_t count;
    std::optional<asio::thread_pool> threads; ///< from the first work on
    std::atomic<std::size_t> queued = 0;
    std::atomic<std::size_t> running = 0;
};

WorkerPool::WorkerPool(std::size_t threads) : impl_(std::make_unique<Impl>(threads)) {}

WorkerPool::~WorkerPool() {
    join();
    // Whoever has brought work after a join() waits for ever.
    assert_empty_at_end("work of a pool", impl_->queued + impl_->running);
}

PoolDepth WorkerPool::depth() const {
    return {impl_->count, impl_->queued, impl_->running};
}

void WorkerPool::join() {
    if (impl_->threads)
        impl_->threads->join();
}

Async<void> WorkerPool::run(std::function<void()> work) {
    const auto loop = co_await asio::this_coro::executor;
    auto initiate = [impl = impl_.get(), loop](auto handler, std::function<void()> job) {
        auto finish = std::make_shared<decltype(handler)>(std::move(handler));
        auto guard = asio::prefer(loop, asio::execution::outstanding_work.tracked);
        if (!impl->threads)
            impl->threads.emplace(impl->count);
        ++impl->queued;
        asio::post(*impl->threads, [impl, finish, guard, job = std::move(job)] {
            ++impl->running;
            --impl->queued;
            job();
            // Before the caller goes on, so that it does not count itself.
            --impl->running;
            asio::post(guard, [finish] { std::move (*finish)(); });
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        std::move(initiate), asio::use_awaitable, std::move(work));
}

} // namespace base
