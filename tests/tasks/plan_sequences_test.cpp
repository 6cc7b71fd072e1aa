// Random tasks in a random world: whatever happens, the plan keeps its order and comes to an end.

#include "tasks/plan_simulation.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace agent::tasks {
namespace {

TEST(PlanSequences, KeepTheOrderAndEndWhateverHappens) {
    std::map<Action, int> counts;
    for (unsigned seed = 1; seed <= 4000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Simulation simulation(seed);
        simulation.live(static_cast<int>(simulation.pick(80)), true);
        simulation.stop();
        simulation.live(static_cast<int>(simulation.pick(20)), true);
        EXPECT_TRUE(simulation.come_to_rest()) << "it steps on for ever";
        EXPECT_TRUE(simulation.forgotten()) << "it waits, and nothing will happen";
        for (const auto& [action, count] : simulation.counts())
            counts[action] += count;
    }
    EXPECT_EQ(counts.size(), static_cast<std::size_t>(Action::forget) + 1);
    for (const auto& [action, count] : counts)
        EXPECT_GT(count, 50) << "the sequences had too little of " << to_string(action);
}

TEST(PlanSequences, BringUpAllThatCanBeWhenNothingHappens) {
    for (unsigned seed = 1; seed <= 2000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Simulation simulation(seed);
        EXPECT_TRUE(simulation.come_to_rest());
        if (!simulation.stopped_by_itself() && !simulation.forgotten())
            simulation.expect_as_far_as_possible();
        simulation.stop();
        EXPECT_TRUE(simulation.come_to_rest());
        EXPECT_TRUE(simulation.forgotten());
    }
}

} // namespace
} // namespace agent::tasks
