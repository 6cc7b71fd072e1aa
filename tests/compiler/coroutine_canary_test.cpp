// The shapes of coroutine that docs/style.md tells us to write, under the sanitizers: a compiler
// that makes wrong code of one of them is found here and not in the daemon.

#include "base/async.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using base::Async;
using namespace std::chrono_literals;

struct Request {
    std::string path;
    std::vector<std::string> fields;
};

Async<std::string> suspended(std::string text) {
    co_await base::sleep_for(1ms);
    co_return text;
}

Async<std::size_t> size_of(Request request) {
    co_await base::sleep_for(1ms);
    co_return request.path.size() + request.fields.size();
}

Async<std::string> call(std::function<std::string()> function) {
    co_await base::sleep_for(1ms);
    co_return function();
}

Async<bool> is_long(std::string text) {
    co_await base::sleep_for(1ms);
    co_return text.size() > 20;
}

Async<void> named_aggregate(std::string& seen) {
    Request request{std::string(40, 'p'), {"a", "b"}};
    const auto size = co_await size_of(std::move(request));
    seen = std::to_string(size);
}

Async<void> named_lambda(std::string& seen) {
    auto owned = std::make_shared<std::string>(40, 'o');
    auto lambda = [owned] { return *owned; };
    seen = co_await call(std::move(lambda));
}

Async<void> named_condition(std::string text, std::string& seen) {
    const bool too_long = co_await is_long(text);
    if (too_long)
        co_return;
    seen = text;
}

Async<void> condition_with_initializer(std::string text, std::string& seen) {
    if (const bool too_long = co_await is_long(text); too_long)
        co_return;
    seen = text;
}

Async<std::string> chosen(bool first) {
    if (first)
        co_return co_await suspended(std::string(40, '1'));
    co_return co_await suspended(std::string(40, '2'));
}

Async<void> returned_await(std::string& seen) {
    const auto one = co_await chosen(true);
    const auto two = co_await chosen(false);
    seen = one + two;
}

/// What the coroutine has written, once it has ended.
std::string run(Async<void> coroutine, const std::string& seen) {
    boost::asio::io_context io{1};
    base::TaskGroup tasks(io.get_executor());
    tasks.spawn("canary", std::move(coroutine));
    io.run_for(10s);
    EXPECT_EQ(tasks.size(), 0U);
    return seen;
}

TEST(CoroutineCanary, NamedAggregatesAndLambdasAreDestroyedOnce) {
    std::string seen;
    EXPECT_EQ(run(named_aggregate(seen), seen), "42");
    EXPECT_EQ(run(named_lambda(seen), seen), std::string(40, 'o'));
}

TEST(CoroutineCanary, NamedConditionsBranchRight) {
    std::string seen = "nothing";
    EXPECT_EQ(run(named_condition(std::string(40, 'x'), seen), seen), "nothing");
    EXPECT_EQ(run(condition_with_initializer(std::string(40, 'x'), seen), seen), "nothing");
    EXPECT_EQ(run(named_condition("short", seen), seen), "short");
    EXPECT_EQ(run(condition_with_initializer("brief", seen), seen), "brief");
}

TEST(CoroutineCanary, ReturnedAwaitsAndChoicesGiveTheirValue) {
    std::string seen;
    EXPECT_EQ(run(returned_await(seen), seen), std::string(40, '1') + std::string(40, '2'));
}

} // namespace
