// Lines that are written by a thread, and what becomes of them when it cannot keep up.

#include "base/line_writer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace base {
namespace {

using Worth = LineWriter::Worth;

/// What is written, from when the gate is open.
struct Book {
    std::promise<void> gate;
    std::shared_future<void> open{gate.get_future()};
    std::promise<void> first; ///< a line is in the writer's hands
    bool met = false;
    std::mutex mutex;
    std::vector<std::string> lines;

    void write(const std::string& line) {
        if (!met)
            first.set_value();
        met = true;
        open.wait();
        const std::lock_guard lock(mutex);
        lines.push_back(line);
    }
};

class LineWriterTest : public testing::Test {
protected:
    /// The writer stands in its first line; nothing waits.
    void hold_up() {
        writer->add("first", Worth::kept);
        book->first.get_future().wait();
    }
    /// Opens the gate and ends the writer.
    std::vector<std::string> end() {
        book->gate.set_value();
        writer.reset();
        const std::lock_guard lock(book->mutex);
        return book->lines;
    }

    std::shared_ptr<Book> book = std::make_shared<Book>();
    std::unique_ptr<LineWriter> writer = std::make_unique<LineWriter>(
        4, [book = book](const std::string& line) { book->write(line); });
};

using Written = std::vector<std::string>;

TEST_F(LineWriterTest, WritesAllInOrderBeforeItsEnd) {
    for (const auto* line : {"a", "b", "c"})
        writer->add(line, Worth::kept);
    EXPECT_EQ(end(), (Written{"a", "b", "c"}));
}

TEST_F(LineWriterTest, LosesTheOldestWhereThereIsNoRoom) {
    hold_up();
    for (const auto* line : {"1", "2", "3", "4", "5", "6"})
        writer->add(line, Worth::kept);
    EXPECT_EQ(writer->waiting(), 4U);
    EXPECT_EQ(writer->lost(), 2U);
    EXPECT_EQ(end(), (Written{"first", "3", "4", "5", "6"}));
}

// D14
TEST_F(LineWriterTest, LosesNoLineThatMattersForOneThatDoesNot) {
    hold_up();
    writer->add("kept 1", Worth::kept);
    for (const auto* line : {"spare 1", "spare 2", "spare 3", "spare 4"})
        writer->add(line, Worth::spare);
    writer->add("kept 2", Worth::kept);
    writer->add("kept 3", Worth::kept);
    writer->add("kept 4", Worth::kept);
    writer->add("spare 5", Worth::spare);
    EXPECT_EQ(writer->lost(), 5U);
    EXPECT_EQ(end(), (Written{"first", "kept 1", "kept 2", "kept 3", "kept 4"}));
}

// D10: it held up the end of the process for as long as nobody read.
TEST_F(LineWriterTest, ThatIsStuckHoldsUpNobodysEndForLong) {
    hold_up();
    const auto begun = std::chrono::steady_clock::now();
    writer.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
    book->gate.set_value();
}

} // namespace
} // namespace base
