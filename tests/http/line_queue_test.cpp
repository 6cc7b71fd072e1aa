#include "agent/http/line_queue.hpp"

#include <gtest/gtest.h>

namespace agent::http {

TEST(LineQueue, JoinsPiecesAndCutsLines) {
    LineQueue queue{QueueLimits()};
    ASSERT_TRUE(queue.push("on"));
    EXPECT_FALSE(queue.has_line());
    ASSERT_TRUE(queue.push("e\r\n\r\n\ntwo\nthr"));
    EXPECT_EQ(queue.pop(), "one");
    EXPECT_EQ(queue.pop(), "two");
    EXPECT_EQ(queue.pop(), std::nullopt);
    queue.finish();
    EXPECT_EQ(queue.pop(), "thr");
    EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(LineQueue, RefusesALineOverItsBound) {
    LineQueue queue{QueueLimits{8, 10, 100}};
    ASSERT_TRUE(queue.push("12345678"));
    const auto more = queue.push("9");
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code(), base::Errc::too_large);
}

TEST(LineQueue, RefusesToGrowOverItsCountAndBytes) {
    LineQueue few{QueueLimits{100, 2, 1000}};
    ASSERT_TRUE(few.push("a\nb\n"));
    EXPECT_EQ(few.push("c\n").error().code(), base::Errc::exhausted);
    LineQueue small{QueueLimits{100, 1000, 10}};
    ASSERT_TRUE(small.push("1234567890\n"));
    EXPECT_EQ(small.push("1\n").error().code(), base::Errc::exhausted);
}

TEST(LineQueue, HasRoomAgainWhenRead) {
    LineQueue queue{QueueLimits{100, 2, 10}};
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(queue.push("12345\n"));
        ASSERT_EQ(queue.pop(), "12345");
    }
}

} // namespace agent::http
