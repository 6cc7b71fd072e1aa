// Which earlier look a look is compared with.

#include "agent/stats/history.hpp"

#include <gtest/gtest.h>

namespace agent::stats {
namespace {

using namespace std::chrono_literals;

class HistoryOfLooks : public testing::Test {
protected:
    /// A look so long after the start.
    model::StatsSample look(std::chrono::milliseconds at, std::uint64_t received = 0,
                            bool networks = true) {
        model::Stats stats;
        stats.read = base::Time(at);
        stats.cpu.total_ns = static_cast<std::uint64_t>(at.count());
        if (networks)
            stats.networks["eth0"] = {received, 0, 0, 0, 2 * received, 0, 0, 0};
        return history.complete(stats, History::Clock::time_point(1h + at));
    }
    static std::chrono::milliseconds previous(const model::StatsSample& sample) {
        return sample.previous_read ? std::chrono::duration_cast<std::chrono::milliseconds>(
                                          sample.previous_read->time_since_epoch())
                                    : -1ms;
    }

    History history;
};

TEST_F(HistoryOfLooks, TheFirstHasNoneBefore) {
    const auto first = look(0ms);
    EXPECT_FALSE(first.previous_read);
    EXPECT_FALSE(first.previous_cpu);
    EXPECT_FALSE(first.network_rate);
}

TEST_F(HistoryOfLooks, EachIsComparedWithTheOneBefore) {
    look(0ms);
    EXPECT_EQ(previous(look(1000ms)), 0ms);
    const auto third = look(2000ms);
    EXPECT_EQ(previous(third), 1000ms);
    EXPECT_EQ(third.previous_cpu->total_ns, 1000U);
    EXPECT_EQ(third.now.cpu.total_ns, 2000U);
}

TEST_F(HistoryOfLooks, OneInQuickSuccessionIsComparedWithAnOlderOne) {
    look(0ms);
    EXPECT_EQ(previous(look(1ms)), 0ms) << "there is no older one";
    look(1000ms);
    EXPECT_EQ(previous(look(1000ms)), 0ms);
    EXPECT_EQ(previous(look(1099ms)), 0ms);
    EXPECT_EQ(previous(look(1100ms)), 1000ms);
    EXPECT_EQ(previous(look(1101ms)), 1000ms);
}

TEST_F(HistoryOfLooks, BytesBetweenTwoLooksAreARate) {
    look(0ms, 100);
    const auto second = look(500ms, 1100);
    ASSERT_TRUE(second.network_rate);
    EXPECT_DOUBLE_EQ(second.network_rate->rx_bytes_per_sec, 2000);
    EXPECT_DOUBLE_EQ(second.network_rate->tx_bytes_per_sec, 4000);
}

TEST_F(HistoryOfLooks, NoRateIsToldOverAMomentOrWithoutInterfaces) {
    look(0ms, 100);
    EXPECT_FALSE(look(1ms, 1600).network_rate);
    EXPECT_TRUE(look(50ms, 1600).network_rate);
    EXPECT_FALSE(look(500ms, 0, false).network_rate);
}

TEST_F(HistoryOfLooks, NoRateIsToldWhereAnInterfaceHasGone) {
    look(0ms, 1000);
    EXPECT_FALSE(look(500ms, 10).network_rate);
    EXPECT_TRUE(look(1000ms, 20).network_rate);
}

} // namespace
} // namespace agent::stats
