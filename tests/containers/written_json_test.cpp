// JSON that stays as it is written but where it is changed.

#include "agent/containers/written_json.hpp"

#include <gtest/gtest.h>

namespace agent::containers {
namespace {

using Kind = WrittenValue::Kind;

WrittenValue read(std::string_view text) {
    auto value = read_written_json(text);
    EXPECT_TRUE(value) << text << ": " << (value ? "" : value.error().what());
    return value ? std::move(*value) : WrittenValue{};
}

/// A string as it reads.
std::string reads(std::string_view text) {
    const auto value = read(text);
    EXPECT_EQ(value.kind, Kind::string) << text;
    return text_of(text, value);
}

TEST(WrittenJson, KnowsThePlaceOfEveryValue) {
    const std::string text = " {\"a\" : [1, -2.5e+3,null] , \"b\":{\"c\":true}}\n";
    const auto value = read(text);
    EXPECT_EQ(value.kind, Kind::object);
    ASSERT_EQ(value.members.size(), 2U);
    const auto written = [&](const WrittenValue& part) {
        return text.substr(part.begin, part.end - part.begin);
    };
    EXPECT_EQ(written(value), text.substr(1, text.size() - 2));
    const auto& list = value.members[0].value;
    EXPECT_EQ(value.members[0].key, "a");
    EXPECT_EQ(written(list), "[1, -2.5e+3,null]");
    ASSERT_EQ(list.members.size(), 3U);
    EXPECT_EQ(written(list.members[1].value), "-2.5e+3");
    EXPECT_EQ(list.members[2].value.kind, Kind::null);
    EXPECT_EQ(written(value.members[1].value.members[0].value), "true");
}

TEST(WrittenJson, ReadsStringsAsGoDoes) {
    EXPECT_EQ(reads(R"("a\"\\\/\b\f\n\r\t")"), "a\"\\/\b\f\n\r\t");
    EXPECT_EQ(reads(R"("\u0041\u00e9\u20ac")"), "A\u00e9\u20ac");
    EXPECT_EQ(reads(R"("\ud83d\uDE00")"), "\U0001F600");
    EXPECT_EQ(reads(R"("\ud83d x \ude00\ud83d\u0041")"), "\uFFFD x \uFFFD\uFFFDA");
    EXPECT_EQ(reads("\"\xFF\xC3\x28\xE2\x82\""), "\uFFFD\uFFFD(\uFFFD\uFFFD");
    EXPECT_EQ(reads(R"("\u0000")"), std::string(1, '\0'));
    EXPECT_EQ(reads("\"\x7F\""), "\x7F");
}

TEST(WrittenJson, RefusesWhatIsNoJson) {
    for (const auto* text : {"",           " ",
                             "{",          "[1,]",
                             "{\"a\":1,}", "{a:1}",
                             "{\"a\" 1}",  "[1 2]",
                             "01",         "-",
                             "1.",         "1e",
                             "+1",         ".5",
                             "tru",        "nul",
                             "\"",         "\"\n\"",
                             "\"\\x\"",    "\"\\u12g4\"",
                             "\"\\u12\"",  "{} {}",
                             "[]]",        "'a'",
                             "NaN",        "\xEF\xBB\xBF{}",
                             "/**/{}",     "{\"a\":1 \"b\":2}"}) {
        const auto value = read_written_json(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code(), base::Errc::invalid_argument) << text;
        EXPECT_TRUE(value.error().what().starts_with("not valid JSON at byte ")) << text;
    }
    EXPECT_EQ(read_written_json("{\"password\":x").error().what(), "not valid JSON at byte 12");
}

TEST(WrittenJson, HasLimits) {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']');
    };
    EXPECT_TRUE(read_written_json(nested(64)));
    EXPECT_EQ(read_written_json(nested(65)).error().what(), "nested deeper than 64 levels");
    EXPECT_FALSE(read_written_json(std::string(1 << 20, '['))) << "and it ends at once";
    const auto long_text = [](std::size_t bytes) {
        return '"' + std::string(bytes - 2, 'x') + '"';
    };
    EXPECT_TRUE(read_written_json(long_text(4 << 20)));
    EXPECT_EQ(read_written_json(long_text((4 << 20) + 1)).error().code(), base::Errc::too_large);
    std::string many = "[0";
    for (int i = 0; i < 100'000; ++i)
        many += ",0";
    EXPECT_EQ(read_written_json(many + "]").error().code(), base::Errc::too_large);
}

TEST(JsonEdits, ChangeOnlyTheirPlaces) {
    const std::string text = R"({ "a" : 1.00 , "list":[ ], "o":{}, "b":[1 ,2 ] })";
    const auto value = read(text);
    JsonEdits edits;
    edits.append(value, R"("z":0)");
    edits.append(value.members[3].value, "3");
    edits.append(value.members[3].value, "4");
    edits.append(value.members[1].value, "\"x\"");
    edits.append(value.members[1].value, "\"y\"");
    edits.append(value.members[2].value, "\"k\":null");
    edits.replace(value.members[3].value.members[1].value, "22");
    edits.replace(value.members[0].value, "-1");
    EXPECT_EQ(edits.apply(text),
              R"({ "a" : -1 , "list":["x","y" ], "o":{"k":null}, "b":[1 ,22,3,4 ],"z":0 })");
    EXPECT_EQ(JsonEdits().apply(text), text);
}

} // namespace
} // namespace agent::containers
