#include "base/log.hpp"

#include "base/error.hpp"
#include "base/log_batch.hpp"

#include <gtest/gtest.h>

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

} // namespace
} // namespace base
