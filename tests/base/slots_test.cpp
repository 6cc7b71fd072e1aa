// D16: turns come in the order in which they were asked for, and cost the same however many wait.

#include "base/slots.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace base {
namespace {

using namespace std::chrono_literals;

class SlotsTest : public testing::Test {
protected:
    Executor loop() { return io_.get_executor(); }
    /// Runs until nothing is left to do; how many handlers that took.
    std::size_t run() {
        io_.restart();
        return io_.run_for(30s);
    }
    void run_for(std::chrono::milliseconds time) {
        io_.restart();
        io_.run_for(time);
    }

    boost::asio::io_context io_{1};
};

Async<void> work_in_turn(Slots& slots, std::string name, std::vector<std::string>& order) {
    const bool taken = co_await slots.take();
    order.push_back(taken ? name : name + " left");
    if (!taken)
        co_return;
    co_await sleep_for(1ms);
    slots.give_back();
}

Async<void> work_twice(Slots& slots, std::vector<std::string>& order) {
    const bool first = co_await slots.take();
    order.emplace_back(first ? "first" : "cancelled");
    co_await sleep_for(10ms);
    slots.give_back();
    const bool second = co_await slots.take();
    order.emplace_back(second ? "first again" : "cancelled");
    slots.give_back();
}

TEST_F(SlotsTest, LetsSoManyAtOnceAndTheOthersInTheirOrder) {
    Slots slots(loop(), 2);
    TaskGroup tasks(loop());
    std::vector<std::string> order;
    for (const auto* name : {"a", "b", "c", "d", "e"})
        tasks.spawn(name, work_in_turn(slots, name, order));
    run();
    EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

TEST_F(SlotsTest, WhoGivesBackAndAsksAgainIsBehindThoseWhoWait) {
    Slots slots(loop(), 1);
    TaskGroup tasks(loop());
    std::vector<std::string> order;
    tasks.spawn("first", work_twice(slots, order));
    tasks.spawn("second", work_in_turn(slots, "second", order));
    run();
    EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "first again"}));
}

TEST_F(SlotsTest, WhoIsCancelledLeavesTheLineAndTheNextHasTheTurn) {
    Slots slots(loop(), 1);
    TaskGroup holder(loop());
    TaskGroup impatient(loop());
    TaskGroup patient(loop());
    std::vector<std::string> order;
    holder.spawn("holder", work_twice(slots, order));
    impatient.spawn("impatient", work_in_turn(slots, "impatient", order));
    patient.spawn("patient", work_in_turn(slots, "patient", order));
    run_for(2ms);
    impatient.cancel();
    run();
    EXPECT_EQ(order,
              (std::vector<std::string>{"first", "impatient left", "patient", "first again"}));
}

TEST_F(SlotsTest, NobodyIsWokenButWhoseTurnItIs) {
    constexpr std::size_t waiting = 1000;
    Slots slots(loop(), 1);
    TaskGroup tasks(loop());
    std::vector<std::string> order;
    for (std::size_t i = 0; i < waiting; ++i)
        tasks.spawn("worker", work_in_turn(slots, std::to_string(i), order));
    const auto handlers = run();
    EXPECT_EQ(order.size(), waiting);
    EXPECT_LT(handlers, 20 * waiting);
}

Async<void> keep_one(Slots& slots) {
    const bool taken = co_await slots.take();
    EXPECT_TRUE(taken);
}

TEST_F(SlotsTest, GoOnlyWhenAllHaveBeenGivenBack) {
    const auto keep = [this] {
        TaskGroup tasks(loop());
        Slots slots(loop(), 2);
        tasks.spawn("keeper", keep_one(slots));
        run();
    };
    EXPECT_DEATH(keep(), "slots: 1 left");
}

} // namespace
} // namespace base
