// Which files of the tasks folder count as removed, and when (D6).

#include "agent/tasks/missing_files.hpp"

#include "fakes/captured_log.hpp"

#include <gtest/gtest.h>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;
using Names = MissingFiles::Names;

class MissingFilesTest : public testing::Test {
protected:
    /// After so much more time the folder has these files; those that are removed are known no more,
    /// as the engine has it.
    Names read(const Names& there, std::chrono::seconds later = 0s,
               const std::string& folder = "usual") {
        now += later;
        const auto removed = files.read(folder, known, there, now);
        for (const auto& name : removed)
            known.erase(name);
        known.insert(there.begin(), there.end());
        return removed;
    }

    fakes::CapturedLog log;
    MissingFiles files{30s};
    Names known;
    MissingFiles::Clock::time_point now = MissingFiles::Clock::now();
};

TEST_F(MissingFilesTest, FileThatIsGoneByItselfIsRemovedAtOnce) {
    EXPECT_EQ(read({"a", "b"}), Names());
    EXPECT_EQ(read({"b"}), Names{"a"});
    EXPECT_EQ(read({}), Names{"b"}) << "also the last one";
    EXPECT_EQ(files.until(), std::nullopt);
    EXPECT_EQ(read({}), Names()) << "once";
}

TEST_F(MissingFilesTest, FewOfManyAreRemovedAtOnce) {
    read({"a", "b", "c", "d"});
    EXPECT_EQ(read({"c", "d"}), (Names{"a", "b"}));
    EXPECT_EQ(log.all(), "");
}

TEST_F(MissingFilesTest, MostAtOnceAreRemovedWhenTheGraceIsOver) {
    for (const auto& left : {Names{}, Names{"c"}}) {
        read({"a", "b", "c"});
        EXPECT_EQ(read(left), Names());
        EXPECT_EQ(files.until(), now + 30s);
        EXPECT_EQ(read(left, 29s), Names());
        Names gone{"a", "b", "c"};
        for (const auto& name : left)
            gone.erase(name);
        EXPECT_EQ(read(left, 1s), gone);
        EXPECT_EQ(files.until(), std::nullopt);
    }
    EXPECT_EQ(log.count(Level::warn, "files are missing from the tasks folder"), 2U) << log.all();
    EXPECT_EQ(log.count(Level::warn, "most of its files went at once"), 2U) << log.all();
    EXPECT_EQ(log.count(Level::warn, "files stayed missing"), 2U) << log.all();
}

TEST_F(MissingFilesTest, AllThatComeBackWereNeverRemoved) {
    read({"a", "b"});
    read({});
    EXPECT_EQ(read({"a", "b"}, 29s), Names());
    EXPECT_EQ(read({"a", "b"}, 60s), Names());
    EXPECT_EQ(files.until(), std::nullopt);
    EXPECT_EQ(log.count(Level::info, "are there again"), 1U) << log.all();
    EXPECT_EQ(read({"b"}), Names{"a"}) << "as ever";
}

TEST_F(MissingFilesTest, GraceBeginsAnewWithEachThatComesBack) {
    read({"a", "b", "c"});
    read({});
    EXPECT_EQ(read({"a"}, 29s), Names());
    EXPECT_EQ(read({"a"}, 29s), Names()) << "the folder is being filled";
    EXPECT_EQ(read({"a", "b"}, 0s), Names());
    EXPECT_EQ(read({"a", "b"}, 30s), Names{"c"});
}

TEST_F(MissingFilesTest, OthersMayComeAndGoMeanwhile) {
    read({"a", "b"});
    read({});
    EXPECT_EQ(read({"new", "newer"}, 10s), Names());
    EXPECT_EQ(read({"new"}, 10s), Names{"newer"}) << "gone by itself";
    EXPECT_EQ(read({"new"}, 10s), (Names{"a", "b"}));
}

// Another folder.

TEST_F(MissingFilesTest, AnotherFolderHoldsASingleFileToo) {
    read({"a"});
    EXPECT_EQ(read({}, 1s, "mount point"), Names());
    EXPECT_EQ(log.count(Level::warn, "it is another folder than before"), 1U) << log.all();
    EXPECT_EQ(read({}, 29s, "mount point"), Names());
    EXPECT_EQ(files.whole_folder(), "usual");
    EXPECT_EQ(read({}, 1s, "mount point"), Names{"a"});
    EXPECT_EQ(files.whole_folder(), "mount point");
}

TEST_F(MissingFilesTest, AnotherFolderWithTheSameFilesIsTakenAtOnce) {
    read({"a", "b"});
    EXPECT_EQ(read({"a", "b", "c"}, 1s, "new"), Names());
    EXPECT_EQ(files.whole_folder(), "new");
    EXPECT_EQ(read({"a", "b"}, 1s, "new"), Names{"c"});
}

TEST_F(MissingFilesTest, FolderThatComesBackIsAsBefore) {
    read({"a"});
    read({}, 1s, "mount point");
    EXPECT_EQ(read({"a"}, 20s), Names());
    EXPECT_EQ(read({}, 20s), Names{"a"}) << "by itself, from the usual folder";
}

TEST_F(MissingFilesTest, GraceBeginsAnewWithEachChangeOfTheFolder) {
    read({"a"});
    read({}, 1s, "one");
    EXPECT_EQ(read({}, 29s, "two"), Names());
    EXPECT_EQ(read({}, 29s, "two"), Names());
    files.note_absence();
    EXPECT_EQ(read({}, 29s, "two"), Names()) << "it was away meanwhile";
    EXPECT_EQ(read({}, 30s, "two"), Names{"a"});
}

TEST_F(MissingFilesTest, FolderThatTheEarlierRunKnewIsRemembered) {
    known = {"a"};
    files.remember("usual");
    EXPECT_EQ(read({}), Names{"a"});
}

TEST_F(MissingFilesTest, FolderThatNobodyKnewIsAnother) {
    known = {"a"};
    EXPECT_EQ(read({}), Names());
    EXPECT_EQ(read({}, 30s), Names{"a"});
}

} // namespace
} // namespace agent::tasks
