#pragma once
// The coroutine vocabulary. Everything asynchronous is an Async<Result<T>> on the one loop thread.
// Read docs/style.md (coroutines) before the first co_await: GCC 12 destroys owning temporaries in
// an expression with co_await twice; so inside it only names, std::move, literals and calls.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace base {

template <class T>
using Async = boost::asio::awaitable<T>;

using Executor = boost::asio::any_io_executor;

/// Tells whether the task that got it was asked to end (TaskGroup::cancel). Valid while it runs.
class StopToken {
public:
    explicit StopToken(boost::asio::cancellation_state state) : state_(state) {}
    bool requested() const { return state_.cancelled() != boost::asio::cancellation_type::none; }

private:
    boost::asio::cancellation_state state_;
};

/// The calling task's: `const auto stop = co_await stop_token(); while (!stop.requested()) …`.
Async<StopToken> stop_token();

/// Waits. Returns false at once when the enclosing task was cancelled, true after the time.
Async<bool> sleep_for(std::chrono::steady_clock::duration time);

/// Something that others wait for; a wait ends at the next notify, at its time limit, or when the
/// waiter's task is cancelled. Lives on the loop thread.
class Notifier {
public:
    explicit Notifier(Executor loop);
    ~Notifier();
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    /// Wakes all who wait now.
    void notify_all();
    /// True when notified, false when the limit passed or the task was cancelled.
    Async<bool> wait_for(std::chrono::steady_clock::duration limit);
    /// The same for those who clean up: a task that was cancelled before still waits. It may return
    /// early, false, when the cancellation comes during the wait.
    Async<bool> wait_through_cancellation(std::chrono::steady_clock::duration limit);

private:
    struct Impl;
    class Unregister;
    std::shared_ptr<Impl> impl_;
};

/// Runs coroutines that nobody awaits, and can end them together: each is cancelled by cancel(),
/// and wait() returns when the last has ended. An exception that leaves a task is a bug: it is
/// logged and ends the process (the service manager restarts us). Destroy it only when empty.
class TaskGroup {
public:
    explicit TaskGroup(Executor loop);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts a task. Its parameters must be values, or outlive the group.
    void spawn(std::string name, Async<void> task);
    /// Asks every running task to end: its pending wait returns as cancelled. Called outside the
    /// loop, it takes effect when the loop runs.
    void cancel();
    /// Until no task runs, or the limit passes; false then. Works in a cancelled task too.
    Async<bool> wait(std::chrono::steady_clock::duration limit);
    std::size_t size() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// How much a pool has to do at this moment.
struct PoolDepth {
    std::size_t threads = 0; ///< so much is done at once, at most
    std::size_t queued = 0;  ///< waits for a thread
    std::size_t running = 0;
};

/// A few threads for blocking work of one kind (fsync, SQLite, netlink): what hangs holds back the
/// rest of its pool, so work that may hang has a pool of its own. Work takes values, returns a value
/// and touches nothing of the loop's. The threads are started with the first work. Destroy the pool
/// before what the work refers to.
class WorkerPool {
public:
    explicit WorkerPool(std::size_t threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Runs `work` on a pool thread and comes back to the calling coroutine's loop. Not
    /// cancellable.
    Async<void> run(std::function<void()> work);
    PoolDepth depth() const;
    /// Lets queued work finish and ends the threads.
    void join();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// `auto work = [values]{ return …; }; auto result = co_await offload(pool, std::move(work));`
/// The lambda must be named first (see above).
template <class Work>
Async<std::invoke_result_t<Work>> offload(WorkerPool& pool, Work work) {
    std::optional<std::invoke_result_t<Work>> result;
    auto store = [&] { result.emplace(work()); };
    std::function<void()> job = std::ref(store);
    co_await pool.run(std::move(job));
    co_return std::move(*result);
}

} // namespace base
