#include "agent/tasks/folder_watch.hpp"

#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <set>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;

class FolderWatchTest : public testing::Test {
protected:
    FolderWatchTest() { std::filesystem::create_directories(folder.path("tasks.d")); }

    void open() {
        watch =
            loop.run(FolderWatch::open(loop.executor(), workers, folder.path("tasks.d"))).value();
    }
    bool changes(std::chrono::milliseconds limit = 5s) {
        const auto begun = std::chrono::steady_clock::now();
        const bool changed = loop.run(watch->wait_for_change(20ms, limit));
        waited = std::chrono::steady_clock::now() - begun;
        return changed;
    }

    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    base::WorkerPool workers{1};
    std::unique_ptr<FolderWatch> watch;
    std::chrono::steady_clock::duration waited{};
};

// D9: the loop stood still where the folder's file system did not answer.
TEST_F(FolderWatchTest, FoldersAreLookedUpByWorkers) {
    std::promise<void> gate;
    auto wait = [open = gate.get_future().share()] {
        open.wait();
        return true;
    };
    const auto blocked = loop.start(base::offload(workers, std::move(wait)));
    const auto opened =
        loop.start(FolderWatch::open(loop.executor(), workers, folder.path("tasks.d")));
    loop.run_for(20ms);
    EXPECT_FALSE(opened->has_value()) << "the only worker is busy, and we are here";
    gate.set_value();
    loop.run_until([&] { return opened->has_value(); });
    watch = std::move(opened->value()).value();
    folder.write("tasks.d/a.json", "{}");
    EXPECT_TRUE(changes());
}

TEST_F(FolderWatchTest, SilenceLastsUntilTheLimit) {
    open();
    EXPECT_FALSE(changes(50ms));
    EXPECT_GE(waited, 50ms);
}

TEST_F(FolderWatchTest, HearsWhenFilesAreWrittenMovedAndRemoved) {
    open();
    folder.write("tasks.d/a.json", "{}");
    EXPECT_TRUE(changes());
    EXPECT_LT(waited, 2s);
    std::filesystem::rename(folder.path("tasks.d/a.json"), folder.path("tasks.d/b.json"));
    EXPECT_TRUE(changes());
    folder.remove("tasks.d/b.json");
    EXPECT_TRUE(changes());
    EXPECT_FALSE(changes(50ms)) << "each change is told once";
}

TEST_F(FolderWatchTest, ABurstIsOneChange) {
    open();
    for (int i = 0; i < 300; ++i)
        folder.write("tasks.d/" + std::to_string(i) + ".json", "{}");
    EXPECT_TRUE(changes());
    EXPECT_FALSE(changes(50ms));
}

TEST_F(FolderWatchTest, HearsOfAFolderThatIsMadeLater) {
    folder.remove("tasks.d");
    open();
    std::filesystem::create_directories(folder.path("tasks.d"));
    EXPECT_TRUE(changes());
    folder.write("tasks.d/a.json", "{}");
    EXPECT_TRUE(changes());
}

TEST_F(FolderWatchTest, FollowsTheNameWhenTheFolderIsReplaced) {
    open();
    std::filesystem::create_directories(folder.path("new"));
    std::filesystem::rename(folder.path("tasks.d"), folder.path("old"));
    std::filesystem::rename(folder.path("new"), folder.path("tasks.d"));
    EXPECT_TRUE(changes());
    folder.write("tasks.d/a.json", "{}");
    EXPECT_TRUE(changes());
}

// F10: what a link leads to is changed without a change in the folder.

TEST_F(FolderWatchTest, HearsWhenWhatALinkLeadsToIsWrittenOrReplaced) {
    folder.write("repository/deploy/web.json", "{}");
    std::filesystem::create_symlink(folder.path("repository/deploy/web.json"),
                                    folder.path("tasks.d/web.json"));
    open();
    folder.write("repository/deploy/web.json", "{ }");
    EXPECT_TRUE(changes());
    folder.write("repository/deploy/other.json", "{}");
    EXPECT_FALSE(changes(50ms)) << "nothing leads there";
    // As git does.
    folder.remove("repository/deploy/web.json");
    EXPECT_TRUE(changes());
    folder.write("repository/deploy/web.json", "{  }");
    EXPECT_TRUE(changes());
    folder.write("new.json", "{}");
    std::filesystem::rename(folder.path("new.json"), folder.path("repository/deploy/web.json"));
    EXPECT_TRUE(changes());
    EXPECT_FALSE(changes(50ms));
}

TEST_F(FolderWatchTest, HearsWhenALinkOnTheWayLeadsElsewhere) {
    folder.write("releases/1/web.json", "{}");
    folder.write("releases/2/web.json", "{ }");
    std::filesystem::create_directory_symlink("releases/1", folder.path("current"));
    std::filesystem::create_symlink("../current/web.json", folder.path("tasks.d/web.json"));
    open();
    std::filesystem::create_directory_symlink("releases/2", folder.path("next"));
    std::filesystem::rename(folder.path("next"), folder.path("current"));
    EXPECT_TRUE(changes());
    folder.write("releases/2/web.json", "{  }");
    EXPECT_TRUE(changes());
    folder.write("releases/1/web.json", "{   }");
    EXPECT_FALSE(changes(50ms)) << "it does not lead there any more";
}

TEST_F(FolderWatchTest, HearsWhenWhatALinkLeadsToIsMadeAgainWithItsFolder) {
    folder.write("repository/deploy/web.json", "{}");
    std::filesystem::create_symlink(folder.path("repository/deploy/web.json"),
                                    folder.path("tasks.d/web.json"));
    open();
    folder.remove("repository/deploy");
    EXPECT_TRUE(changes());
    std::filesystem::create_directory(folder.path("repository/deploy"));
    EXPECT_TRUE(changes());
    folder.write("repository/deploy/web.json", "{}");
    EXPECT_TRUE(changes());
}

TEST_F(FolderWatchTest, ALinkIsBeingWrittenWhileWhatItLeadsToIs) {
    folder.write("web.json", "{}");
    std::filesystem::create_symlink(folder.path("web.json"), folder.path("tasks.d/web.json"));
    open();
    {
        std::ofstream again(folder.path("web.json"), std::ios::app);
        again << "}" << std::flush;
        EXPECT_EQ(watch->being_written(), std::set<std::string>{"web.json"});
    }
    EXPECT_EQ(watch->being_written(), std::set<std::string>());
    EXPECT_TRUE(changes());
}

// Git removes a file, makes it and writes it.
TEST_F(FolderWatchTest, ALinkIsBeingWrittenFromWhenWhatItLeadsToIsMade) {
    folder.write("web.json", "{}");
    std::filesystem::create_symlink(folder.path("web.json"), folder.path("tasks.d/web.json"));
    open();
    folder.remove("web.json");
    {
        std::ofstream made(folder.path("web.json"));
        EXPECT_EQ(watch->being_written(), std::set<std::string>{"web.json"})
            << "nothing stands in it yet";
    }
    EXPECT_EQ(watch->being_written(), std::set<std::string>());
    EXPECT_TRUE(changes());
}

TEST_F(FolderWatchTest, ALinkOnTheWayIsCompleteWhenItIsMade) {
    folder.write("releases/1/web.json", "{}");
    folder.write("releases/2/web.json", "{ }");
    std::filesystem::create_directory_symlink("releases/1", folder.path("current"));
    std::filesystem::create_symlink("../current/web.json", folder.path("tasks.d/web.json"));
    open();
    folder.remove("current");
    std::filesystem::create_directory_symlink("releases/2", folder.path("current"));
    EXPECT_TRUE(changes());
    EXPECT_EQ(watch->being_written(), std::set<std::string>());
}

TEST_F(FolderWatchTest, FollowsOnlyLinksThatAreRead) {
    folder.write("repository/web.json", "{}");
    std::filesystem::create_symlink(folder.path("repository/web.json"),
                                    folder.path("tasks.d/README"));
    open();
    folder.write("repository/web.json", "{ }");
    EXPECT_FALSE(changes(50ms));
    std::filesystem::create_symlink(folder.path("repository/web.json"),
                                    folder.path("tasks.d/web.overrides.json"));
    EXPECT_TRUE(changes());
    folder.write("repository/web.json", "{  }");
    EXPECT_TRUE(changes());
}

// Files that somebody is writing.

using Names = std::set<std::string>;

TEST_F(FolderWatchTest, WhatIsHeardLateOfAPlaceThatIsWatchedNoMoreIsNotOfTheFoldersOwnFile) {
    folder.write("repository/web.json", "{}");
    folder.write("tasks.d/web.json", "{}");
    std::filesystem::create_symlink(folder.path("repository/web.json"),
                                    folder.path("tasks.d/other.json"));
    open();
    std::promise<void> gate;
    auto wait = [opened = gate.get_future().share()] {
        opened.wait();
        return true;
    };
    const auto blocked = loop.start(base::offload(workers, std::move(wait)));
    folder.remove("tasks.d/other.json");
    const auto changed = loop.start(watch->wait_for_change(20ms, 5s));
    // The look at where links lead now waits for the only worker.
    loop.run_until([&] { return workers.depth().running == 1 && workers.depth().queued == 1; });
    std::ofstream writer(folder.path("repository/web.json"), std::ios::app);
    writer << "}" << std::flush;
    gate.set_value();
    loop.run_until([&] { return changed->has_value(); });
    EXPECT_EQ(*changed, true);
    EXPECT_EQ(watch->being_written(), Names());
}

TEST_F(FolderWatchTest, KnowsWhichFilesAreBeingWrittenUntilTheyAreClosed) {
    open();
    {
        std::ofstream made(folder.path("tasks.d/a.json"));
        EXPECT_EQ(watch->being_written(), Names{"a.json"}) << "nothing stands in it yet";
        made << "{" << std::flush;
        EXPECT_EQ(watch->being_written(), Names{"a.json"});
    }
    EXPECT_EQ(watch->being_written(), Names());
    {
        std::ofstream again(folder.path("tasks.d/a.json"), std::ios::app);
        EXPECT_EQ(watch->being_written(), Names()) << "it is whole";
        again << "}" << std::flush;
        EXPECT_EQ(watch->being_written(), Names{"a.json"});
    }
    {
        std::ofstream emptied(folder.path("tasks.d/a.json"));
        EXPECT_EQ(watch->being_written(), Names{"a.json"}) << "it was emptied to be written anew";
    }
    EXPECT_EQ(watch->being_written(), Names());
    EXPECT_TRUE(changes()) << "what was looked at meanwhile is told no less";
}

TEST_F(FolderWatchTest, FileThatGoesAwayOrComesWholeIsNotBeingWritten) {
    open();
    std::ofstream removed(folder.path("tasks.d/removed.json"));
    std::ofstream moved(folder.path("tasks.d/moved.json"));
    EXPECT_EQ(watch->being_written(), (Names{"moved.json", "removed.json"}));
    folder.remove("tasks.d/removed.json");
    std::filesystem::rename(folder.path("tasks.d/moved.json"), folder.path("moved.json"));
    folder.write("whole.json", "{}");
    std::filesystem::create_hard_link(folder.path("whole.json"), folder.path("tasks.d/link.json"));
    std::filesystem::create_symlink(folder.path("whole.json"), folder.path("tasks.d/to.json"));
    std::filesystem::rename(folder.path("whole.json"), folder.path("tasks.d/whole.json"));
    std::filesystem::create_directories(folder.path("tasks.d/folder"));
    EXPECT_EQ(watch->being_written(), Names());
}

TEST_F(FolderWatchTest, LinkIsCompleteThoughItIsReadAndItsFirstNameGoes) {
    open();
    folder.write("whole.json", "{}");
    std::filesystem::create_hard_link(folder.path("whole.json"), folder.path("tasks.d/link.json"));
    folder.remove("whole.json");
    ASSERT_TRUE(changes());
    EXPECT_EQ(folder.read("tasks.d/link.json"), "{}");
    EXPECT_EQ(watch->being_written(), Names());
    EXPECT_FALSE(changes(100ms)) << "reading is no change";
}

TEST_F(FolderWatchTest, FileThatIsMadeDuringAWaitIsBeingWrittenAfterIt) {
    open();
    std::ofstream made(folder.path("tasks.d/a.json"));
    ASSERT_TRUE(changes());
    EXPECT_EQ(watch->being_written(), Names{"a.json"});
}

TEST_F(FolderWatchTest, WritingAloneIsNoChange) {
    folder.write("tasks.d/a.json", "");
    open();
    std::ofstream writer(folder.path("tasks.d/a.json"), std::ios::app);
    writer << "{" << std::flush;
    EXPECT_FALSE(changes(100ms));
    writer.close();
    EXPECT_TRUE(changes());
}

TEST_F(FolderWatchTest, EndsAtOnceWhenItsTaskIsCancelled) {
    open();
    const auto result = loop.start(watch->wait_for_change(20ms, 60s));
    loop.run_for(10ms);
    loop.tasks().cancel();
    loop.run_until([&] { return result->has_value(); });
    EXPECT_EQ(*result, false);
}

} // namespace
} // namespace agent::tasks
