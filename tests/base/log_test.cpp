#include "base/log.hpp"

#include "base/error.hpp"
#include "base/fd_linux.hpp"
#include "base/log_batch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace base {
namespace {

class Log : public testing::Test {
protected:
    Log() {
        log::set_sink([this](log::Level level, std::string_view line) {
            lines_.emplace_back(level, std::string(line));
        });
    }
    ~Log() override {
        log::set_sink(nullptr);
        log::set_level(log::Level::info);
    }

    std::vector<std::pair<log::Level, std::string>> lines_;
};

TEST_F(Log, WritesTextAndFieldsInOneLine) {
    log::info("container started", {{"id", "abc"}, {"ports", 2}, {"bytes", std::size_t{7}}});
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_EQ(lines_[0].first, log::Level::info);
    EXPECT_EQ(lines_[0].second, "container started id=abc ports=2 bytes=7");
}

TEST_F(Log, QuotesValuesThatWouldBreakTheLine) {
    log::warn("odd", {{"a", "two words"}, {"b", ""}, {"c", "say \"x\""}, {"d", "1\n2\x1b[31m"}});
    EXPECT_EQ(lines_.at(0).second, R"(odd a="two words" b="" c="say \"x\"" d="1\n2?[31m")");
}

TEST_F(Log, ShowsWhatIsNoCharacterAndWhatControlsAsAQuestionMark) {
    log::warn("odd\nforged\x1b[31m", {{"del", "a\x7F"}, {"c1", "a\xC2\x9B"}, {"half", "a\xC3"}});
    EXPECT_EQ(lines_.at(0).second, R"(odd\nforged?[31m del="a?" c1="a??" half="a?")");
    log::warn("größer", {{"name", "日本"}, {"c2", "\xC2\xA0"}});
    EXPECT_EQ(lines_.at(1).second, "größer name=日本 c2=\xC2\xA0") << "all other characters stay";
}

TEST_F(Log, CutsLongValues) {
    log::error("long", {{"value", std::string(5000, 'x')}});
    EXPECT_LT(lines_.at(0).second.size(), 2100U);
    EXPECT_TRUE(lines_.at(0).second.ends_with("…"));
    std::string umlauts = "x";
    while (umlauts.size() < 5000)
        umlauts += "ä";
    log::error("long", {{"value", umlauts}});
    EXPECT_TRUE(lines_.at(1).second.ends_with("ää…")) << "between two characters";
    EXPECT_EQ(lines_.at(1).second.size(), std::string("long value=…").size() + 2047);
}

TEST_F(Log, DropsLinesBelowTheLevel) {
    log::debug("not wanted");
    log::set_level(log::Level::debug);
    log::debug("wanted");
    log::set_level(log::Level::error);
    log::warn("not wanted either");
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_EQ(lines_[0].second, "wanted");
    EXPECT_FALSE(log::enabled(log::Level::warn));
    EXPECT_TRUE(log::enabled(log::Level::error));
}

TEST_F(Log, SaysWhyWithCodeAndText) {
    log::warn("cannot look", {log::why(Error(Errc::timeout, "no answer"))});
    EXPECT_EQ(lines_.at(0).second, "cannot look error=\"timeout: no answer\"");
}

TEST(LogBatch, KeepsLinesInMemoryUntilTheyAreFlushedOrAnotherLineIsWritten) {
    testing::internal::CaptureStderr();
    EXPECT_TRUE(log::info_soon("first", {{"a", 1}}));
    EXPECT_FALSE(log::info_soon("second", {}));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");

    testing::internal::CaptureStderr();
    log::flush();
    const auto flushed = testing::internal::GetCapturedStderr();
    EXPECT_LT(flushed.find("info first a=1\n"), flushed.find("info second\n"));
    EXPECT_TRUE(flushed.ends_with("info second\n"));

    testing::internal::CaptureStderr();
    EXPECT_TRUE(log::info_soon("third", {}));
    log::warn("now");
    const auto written = testing::internal::GetCapturedStderr();
    EXPECT_LT(written.find("info third\n"), written.find("warning now\n"));
    EXPECT_TRUE(written.ends_with("warning now\n"));
    log::flush();
}

TEST(LogBatch, DropsLinesBelowTheLevel) {
    log::set_level(log::Level::warn);
    EXPECT_FALSE(log::info_soon("not wanted", {}));
    log::set_level(log::Level::info);
}

/// Standard error is a pipe that is read when a test wants it.
class LogPipe : public testing::Test {
protected:
    LogPipe() : before_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reading_ = Fd(ends[0]);
        const Fd writing(ends[1]);
        EXPECT_EQ(::dup2(writing.get(), STDERR_FILENO), STDERR_FILENO);
        log::set_sink(nullptr);
    }
    ~LogPipe() override {
        EXPECT_EQ(::dup2(before_.get(), STDERR_FILENO), STDERR_FILENO);
        log::set_sink(nullptr);
    }

    /// Reads until this was said; all that was.
    std::string read_until(const std::string& text) {
        std::array<char, 4096> buffer{};
        while (said_.find(text) == said_.npos) {
            const auto size = ::read(reading_.get(), buffer.data(), buffer.size());
            EXPECT_GT(size, 0);
            said_.append(buffer.data(), static_cast<std::size_t>(size));
        }
        return said_;
    }

    Fd before_;
    Fd reading_;
    std::string said_;
};

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

// D10: the loop thread waited in write() until the watchdog ended the process.
TEST_F(LogPipe, ThatIsNotReadDelaysNobodyAndItsLostLinesAreCountedWhenItIsReadAgain) {
    constexpr std::size_t lines = 20'000;
    const auto begun = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < lines; ++i)
        log::info("a line of some length that is told");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));

    const std::string notice = " warning the log was not read; lines are lost lines=";
    read_until(notice);
    log::info("again");
    const auto said = read_until(" info again\n");
    const auto lost = std::stoul(said.substr(said.find(notice) + notice.size()));
    EXPECT_GT(lost, 0U);
    EXPECT_EQ(count_of(said, " info a line of some length that is told\n") + lost, lines);
    EXPECT_EQ(count_of(said, notice), 1U);
}

TEST_F(LogPipe, ThatIsReadSlowlyLosesNothing) {
    constexpr std::size_t lines = 3000;
    for (std::size_t i = 0; i < lines; ++i)
        log::info("a line of some length that is told");
    log::info("last");
    const auto said = read_until(" info last\n");
    EXPECT_EQ(count_of(said, " info a line of some length that is told\n"), lines);
    EXPECT_EQ(count_of(said, "lost"), 0U);
}

} // namespace
} // namespace base
