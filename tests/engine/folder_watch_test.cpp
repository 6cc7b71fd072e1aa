#include "agent/engine/folder_watch.hpp"

#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace agent::engine {
namespace {

using namespace std::chrono_literals;

class FolderWatchTest : public testing::Test {
protected:
    FolderWatchTest() { std::filesystem::create_directories(folder.path("tasks.d")); }

    void open() { watch = FolderWatch::open(loop.executor(), folder.path("tasks.d")).value(); }
    bool changes(std::chrono::milliseconds limit = 5s) {
        const auto begun = std::chrono::steady_clock::now();
        const bool changed = loop.run(watch->wait_for_change(20ms, limit));
        waited = std::chrono::steady_clock::now() - begun;
        return changed;
    }

    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    std::unique_ptr<FolderWatch> watch;
    std::chrono::steady_clock::duration waited{};
};

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

TEST_F(FolderWatchTest, EndsAtOnceWhenItsTaskIsCancelled) {
    open();
    const auto result = loop.start(watch->wait_for_change(20ms, 60s));
    loop.run_for(10ms);
    loop.tasks().cancel();
    loop.run_until([&] { return result->has_value(); });
    EXPECT_EQ(*result, false);
}

} // namespace
} // namespace agent::engine
