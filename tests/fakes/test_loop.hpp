#pragma once
// Runs coroutines to their end in a test. Declare it before what lives on it.

#include "base/async.hpp"
#include "base/error.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace fakes {

class TestLoop {
public:
    ~TestLoop() { io_.reset(); } // before its tasks, of which it ends those that have not ended
    base::Executor executor() { return io_->get_executor(); }
    base::TaskGroup& tasks() { return tasks_; }

    /// Starts it; the result appears while the loop runs.
    template <class T>
    std::shared_ptr<std::optional<T>> start(base::Async<T> operation) {
        auto result = std::make_shared<std::optional<T>>();
        tasks_.spawn("test", store(std::move(operation), result));
        return result;
    }

    /// Runs it to its end; an operation that takes longer than 30 s ends the test program.
    template <class T>
    T run(base::Async<T> operation) {
        const auto result = start(std::move(operation));
        run_until([&] { return result->has_value(); });
        return std::move(result->value());
    }

    /// Runs the loop until `done()` or 30 s have passed.
    template <class Done>
    void run_until(Done done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!done() && std::chrono::steady_clock::now() < end)
            run_for(std::chrono::milliseconds(5));
    }

    void run_for(std::chrono::milliseconds time) {
        io_->restart();
        io_->run_for(time);
    }

private:
    template <class T>
    static base::Async<void> store(base::Async<T> operation,
                                   std::shared_ptr<std::optional<T>> result) {
        auto value = co_await std::move(operation);
        result->emplace(std::move(value));
    }

    std::optional<boost::asio::io_context> io_{std::in_place, 1};
    base::TaskGroup tasks_{io_->get_executor()};
};

} // namespace fakes
