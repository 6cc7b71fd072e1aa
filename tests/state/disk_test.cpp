#include "agent/state/disk.hpp"

#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace agent::state {
namespace {

using base::Errc;
using base::Error;
using base::Result;

class DiskTest : public testing::Test {
protected:
    Result<int> run(Result<int> outcome) {
        auto work = [outcome] { return outcome; };
        return loop.run(disk.run(std::move(work)));
    }

    Result<int> read(Result<int> outcome) {
        auto work = [outcome] { return outcome; };
        return loop.run(disk.read(std::move(work)));
    }

    fakes::TestLoop loop;
    Disk disk;
};

TEST_F(DiskTest, GivesBackWhatTheWorkReturns) {
    EXPECT_EQ(run(7).value(), 7);
    EXPECT_EQ(run(Error(Errc::exhausted, "full")).error().code(), Errc::exhausted);
}

TEST_F(DiskTest, TellsItsTroubleUntilSomethingSucceeds) {
    EXPECT_EQ(disk.trouble(), "");
    for (const auto code : {Errc::io, Errc::corrupt, Errc::permission, Errc::unavailable}) {
        EXPECT_FALSE(run(Error(code, "no space left")));
        EXPECT_EQ(disk.trouble(), "no space left");
        EXPECT_TRUE(run(1));
        EXPECT_EQ(disk.trouble(), "");
    }
}

// A disk that is full can be read: its health must not come and go with each look.
TEST_F(DiskTest, WhatCouldNotBeWrittenIsTroubleUntilAWriteSucceeds) {
    EXPECT_FALSE(run(Error(Errc::io, "no space left")));
    EXPECT_TRUE(read(1));
    EXPECT_EQ(disk.trouble(), "no space left");
    EXPECT_FALSE(read(Error(Errc::io, "unreadable")));
    EXPECT_EQ(disk.trouble(), "no space left");
    EXPECT_TRUE(run(1));
    EXPECT_EQ(disk.trouble(), "") << "what can be written can be read";
}

TEST_F(DiskTest, WhatCouldNotBeReadIsTroubleUntilAnythingSucceeds) {
    EXPECT_FALSE(read(Error(Errc::corrupt, "unreadable")));
    EXPECT_EQ(disk.trouble(), "unreadable");
    EXPECT_TRUE(read(1));
    EXPECT_EQ(disk.trouble(), "");
    EXPECT_FALSE(read(Error(Errc::corrupt, "unreadable")));
    EXPECT_TRUE(run(1));
    EXPECT_EQ(disk.trouble(), "");
}

TEST_F(DiskTest, LookAtMemorySaysNothingOfTheDisk) {
    auto number = [] { return 7; };
    EXPECT_FALSE(run(Error(Errc::io, "broken")));
    EXPECT_EQ(loop.run(disk.look(std::move(number))), 7);
    EXPECT_EQ(disk.trouble(), "broken");
}

TEST_F(DiskTest, WhatTheCallerDidWrongIsNotTheDisksTrouble) {
    EXPECT_FALSE(run(Error(Errc::exhausted, "the pool is full")));
    EXPECT_FALSE(run(Error(Errc::invalid_argument, "no such owner")));
    EXPECT_EQ(disk.trouble(), "");
    EXPECT_FALSE(run(Error(Errc::io, "broken")));
    EXPECT_FALSE(run(Error(Errc::exhausted, "the pool is full")));
    EXPECT_EQ(disk.trouble(), "broken") << "it has not succeeded since";
}

TEST_F(DiskTest, DoesOnePieceOfWorkAtATime) {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    std::vector<std::shared_ptr<std::optional<Result<int>>>> results;
    for (int i = 0; i < 20; ++i) {
        auto work = [&now, &most, i]() -> Result<int> {
            const int mine = ++now;
            if (mine > most)
                most = mine;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            --now;
            return i;
        };
        results.push_back(loop.start(disk.run(std::move(work))));
    }
    loop.run_until([&] { return results.back()->has_value(); });
    EXPECT_EQ(results.back()->value().value(), 19) << "in the order of asking";
    EXPECT_EQ(most, 1);
}

} // namespace
} // namespace agent::state
