// A file that is written in place and in pieces: it is read when it is closed, not when something
// else makes the engine look at the folder.

#include "tasks/tasks_fixture.hpp"

#include <fstream>

namespace agent::tasks {
namespace {

using Level = base::log::Level;
using Story = std::vector<std::string>;

/// Each of its beginnings that ends with a line is a definition of its own.
constexpr auto first_half = "family: web\n"
                            "containerDefinitions:\n"
                            "- {name: app, image: busybox, metadataEnable: false}\n";
constexpr auto second_half = "- {name: side, image: busybox, metadataEnable: false}\n";

class SlowWriterTest : public SupervisorFixture {
protected:
    /// Makes the engine look at the folder, and waits until it has.
    void change_another_file() {
        const auto field = "x" + std::to_string(++changes);
        declare("other.json", "{\"" + field + "\":1}");
        const auto report = field + ": unknown field";
        loop.run_until([&] { return log.count(Level::error, report) == 1; });
        ASSERT_EQ(log.count(Level::error, report), 1U) << log.all();
        settle_down();
    }
    int changes = 0;
};

TEST_F(SlowWriterTest, NewFileIsReadWhenItIsClosed) {
    begin();
    settle_down();
    std::ofstream writer(folder.path("tasks.d/web.yaml"));
    change_another_file();
    writer << first_half << std::flush;
    change_another_file();
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(log.count(Level::error, "web.yaml"), 0U) << "an empty one is not told, either";
    writer << second_half;
    writer.close();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->containers.size(), 2U);
    EXPECT_EQ(log.count(Level::info, "task accepted"), 1U) << log.all();
}

TEST_F(SlowWriterTest, FileThatIsWrittenAnewKeepsItsTaskUntilItIsClosed) {
    begin();
    declare("web.yaml", std::string(first_half) + second_half);
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    docker.forget_calls();
    std::ofstream writer(folder.path("tasks.d/web.yaml"));
    change_another_file();
    writer << first_half << std::flush;
    change_another_file();
    EXPECT_EQ(story(), Story()) << log.all();
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
    writer.close();
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_EQ(running_task()->containers.size(), 1U);
    EXPECT_EQ(log.count(Level::error, "web.yaml"), 0U) << log.all();
}

TEST_F(SlowWriterTest, FileThatIsRemovedWhileItIsWrittenEndsItsTask) {
    begin();
    declare("web.yaml", first_half);
    ASSERT_TRUE(runs()) << log.all();
    std::ofstream writer(folder.path("tasks.d/web.yaml"));
    settle_down();
    undeclare("web.yaml");
    EXPECT_TRUE(is_gone()) << log.all();
}

} // namespace
} // namespace agent::tasks
