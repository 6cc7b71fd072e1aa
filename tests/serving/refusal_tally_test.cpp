// D14: what is written of a storm of refusals.

#include "agent/serving/refusal_tally.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace agent::serving {
namespace {

using namespace std::chrono_literals;

class RefusalTallyTest : public testing::Test {
protected:
    /// Whether the refusal is written at once.
    bool add(std::string_view task, std::chrono::milliseconds at, std::string_view path = "/v4") {
        handlers::AuditEntry refusal;
        refusal.status = 429;
        refusal.peer = {"169.254.172.2", 40112};
        refusal.path = path;
        refusal.user_agent = "curl";
        refusal.refused_task = task;
        return tally.add(refusal, start + at);
    }
    /// The counts that are due, in the order of their tasks' ARNs: "3 7 ".
    std::string due(std::chrono::milliseconds at) {
        std::string counts;
        for (const auto& sum : tally.due(start + at))
            counts += std::to_string(sum.refusals) + ' ';
        return counts;
    }
    /// When something is due, after the start; -1 ms for nothing.
    std::chrono::milliseconds next() const {
        const auto at = tally.next();
        return at ? std::chrono::duration_cast<std::chrono::milliseconds>(*at - start) : -1ms;
    }

    const RefusalTally::Clock::time_point start = RefusalTally::Clock::now();
    RefusalTally tally;
};

TEST_F(RefusalTallyTest, FirstOfATaskIsWrittenAtOnceAndTheOthersOfItsSecondAreCounted) {
    EXPECT_TRUE(add("arn:a", 0ms));
    EXPECT_EQ(next(), -1ms) << "nothing is counted yet";
    for (int i = 1; i <= 500; ++i)
        EXPECT_FALSE(add("arn:a", std::chrono::milliseconds(i)));
    EXPECT_EQ(next(), 1000ms);
    EXPECT_EQ(due(999ms), "");
    EXPECT_EQ(due(1000ms), "500 ");
    EXPECT_EQ(next(), -1ms);
}

TEST_F(RefusalTallyTest, StormIsOneLineASecond) {
    std::size_t lines = 0;
    std::string counts;
    for (auto at = 0ms; at < 10'000ms; at += 10ms) {
        counts += due(at);
        lines += add("arn:a", at) ? 1 : 0;
    }
    EXPECT_EQ(lines, 1U);
    EXPECT_EQ(counts, "99 100 100 100 100 100 100 100 100 ");
}

TEST_F(RefusalTallyTest, TasksAreCountedApartAndStrangersTogether) {
    for (const auto* task : {"arn:a", "arn:b", ""}) {
        EXPECT_TRUE(add(task, 0ms)) << task;
        EXPECT_FALSE(add(task, 1ms)) << task;
    }
    EXPECT_FALSE(add("arn:b", 2ms));
    EXPECT_EQ(due(1000ms), "1 1 2 ");
}

TEST_F(RefusalTallyTest, WhoIsQuietForASecondIsWrittenAtOnceAgain) {
    EXPECT_TRUE(add("arn:a", 0ms));
    EXPECT_TRUE(add("arn:a", 1000ms));
    EXPECT_FALSE(add("arn:a", 1500ms));
    EXPECT_EQ(due(2000ms), "1 ");
    EXPECT_FALSE(add("arn:a", 2999ms)) << "its line was written less than a second ago";
    EXPECT_EQ(due(3000ms), "1 ");
    EXPECT_TRUE(add("arn:a", 4000ms));
}

TEST_F(RefusalTallyTest, SumTellsWhatTheLastRefusalAskedFor) {
    add("arn:a", 0ms, "/first");
    add("arn:a", 1ms, "/second");
    add("arn:a", 2ms, "/third");
    const auto sums = tally.rest();
    ASSERT_EQ(sums.size(), 1U);
    const auto entry = sums[0].entry();
    EXPECT_EQ(entry.status, 429U);
    EXPECT_EQ(entry.peer.address, "169.254.172.2");
    EXPECT_EQ(entry.path, "/third");
    EXPECT_EQ(entry.user_agent, "curl");
    EXPECT_EQ(entry.refusals, 2U);
    EXPECT_TRUE(tally.rest().empty());
}

TEST_F(RefusalTallyTest, ForgetsTasksThatAreQuietAgain) {
    for (int i = 0; i < 100; ++i)
        add("arn:" + std::to_string(i), 0ms);
    EXPECT_EQ(tally.tasks(), 100U);
    add("arn:another", 1000ms);
    EXPECT_EQ(tally.tasks(), 1U);
}

} // namespace
} // namespace agent::serving
