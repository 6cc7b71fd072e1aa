// What is written to an outlet that takes its time, or nothing at all.

#include "base/backlog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace base {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

/// What a scripted outlet took, and how much it takes.
struct Script {
    std::mutex mutex;
    std::vector<std::string> taken;
    std::atomic<std::size_t> room = 0; ///< records that it takes
    std::atomic<int> refusals = 0;     ///< calls before it takes any

    std::vector<std::string> all() {
        const std::lock_guard lock(mutex);
        return taken;
    }
};

class ScriptedOutlet : public Outlet {
public:
    explicit ScriptedOutlet(Script& script) : script_(script) {}

    std::size_t write(std::span<const Record> records) override {
        const std::lock_guard lock(script_.mutex);
        std::size_t count = 0;
        if (script_.refusals > 0) {
            --script_.refusals;
            return count;
        }
        for (; count < records.size() && script_.room > 0; ++count, --script_.room)
            script_.taken.push_back(records[count].bytes);
        return count;
    }

private:
    Script& script_;
};

class BacklogTest : public testing::Test {
protected:
    void write(std::string bytes, std::size_t lines = 1) {
        std::array records{Record{std::move(bytes), lines}};
        backlog->write(records);
    }
    /// Whether the outlet comes to have taken so many records.
    bool comes_to(std::size_t count) {
        const auto end = Steady::now() + 30s;
        while (script.all().size() < count && Steady::now() < end)
            std::this_thread::sleep_for(1ms);
        return script.all().size() == count;
    }

    Script script;
    std::unique_ptr<Backlog> backlog =
        std::make_unique<Backlog>(std::make_unique<ScriptedOutlet>(script), [](std::size_t lines) {
            return std::to_string(lines) + " lost";
        });
};

using Texts = std::vector<std::string>;

TEST_F(BacklogTest, WritesAtOnceWhatIsTaken) {
    script.room = 10;
    std::array records{Record{"a"}, Record{"b"}};
    backlog->write(records);
    EXPECT_EQ(script.all(), (Texts{"a", "b"}));
}

TEST_F(BacklogTest, WritesInOrderWhatHadToWaitAsSoonAsItIsTaken) {
    script.room = 1;
    for (const auto* text : {"a", "b", "c"})
        write(text);
    EXPECT_EQ(script.all(), Texts{"a"});
    script.room = 1;
    EXPECT_TRUE(comes_to(2)) << "though nothing more is written";
    script.room = 10;
    EXPECT_TRUE(comes_to(3));
    write("d");
    EXPECT_EQ(script.all(), (Texts{"a", "b", "c", "d"}));
}

// D10
TEST_F(BacklogTest, MakesNobodyWaitAndTellsOnceWhatIsLost) {
    const auto begun = Steady::now();
    const std::string large(1000, 'x');
    constexpr std::size_t written = 1000;
    for (std::size_t i = 0; i < written; ++i)
        write(large, 2);
    EXPECT_LT(Steady::now() - begun, 5s);
    // What is over the limit.
    constexpr std::size_t kept = (256U << 10) / 1000;
    script.room = 10;
    EXPECT_TRUE(comes_to(10));
    write("lost too");
    script.room = 10'000;
    ASSERT_TRUE(comes_to(kept + 1)) << "what waited, and the notice where the others are missing";
    EXPECT_EQ(script.all().back(), std::to_string(2 * (written - kept) + 1) + " lost");
    write("again");
    EXPECT_EQ(script.all().back(), "again");
    EXPECT_EQ(script.all().size(), kept + 2);
}

TEST_F(BacklogTest, HoldsUpNobodysEnd) {
    write("never taken");
    const auto begun = Steady::now();
    backlog.reset();
    EXPECT_GE(Steady::now() - begun, 150ms) << "it had its time";
    EXPECT_LT(Steady::now() - begun, 5s);
}

TEST_F(BacklogTest, GivesTheLastOnesTimeToBeTaken) {
    script.room = 1;
    script.refusals = 5;
    write("last");
    EXPECT_EQ(script.all(), Texts());
    backlog.reset();
    EXPECT_EQ(script.all(), Texts{"last"});
}

} // namespace
} // namespace base
