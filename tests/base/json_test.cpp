#include "base/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>

namespace base {
namespace {

using Json = nlohmann::ordered_json;

TEST(GoJson, KeepsTheOrderOfKeysAndWritesEmptyOnesShort) {
    const Json document{{"b", 1}, {"a", Json::array()}, {"c", Json::object()}, {"d", nullptr}};
    EXPECT_EQ(to_go_json(document), R"({"b":1,"a":[],"c":{},"d":null})");
}

TEST(GoJson, EscapesWhatGoEscapes) {
    EXPECT_EQ(to_go_json(Json("<a href=\"x\">&\\</a>")),
              R"("\u003ca href=\"x\"\u003e\u0026\\\u003c/a\u003e")");
    EXPECT_EQ(to_go_json(Json("a\n\r\t\x01\x7F")), "\"a\\n\\r\\t\\u0001\x7F\"");
    EXPECT_EQ(to_go_json(Json("\u2028\u2029é€😀")), "\"\\u2028\\u2029é€😀\"");
    EXPECT_EQ(to_go_json(Json{{"<", 1}}), R"({"\u003c":1})");
}

TEST(GoJson, WritesInvalidUtf8AsTheReplacementCharacterByteByByte) {
    EXPECT_EQ(to_go_json(Json("a\xFFz")), R"("a\ufffdz")");
    EXPECT_EQ(to_go_json(Json("\xE2\x82")), R"("\ufffd\ufffd")");
    EXPECT_EQ(to_go_json(Json("\xC0\x80")), R"("\ufffd\ufffd")") << "overlong";
    EXPECT_EQ(to_go_json(Json("\xED\xA0\x80")), R"("\ufffd\ufffd\ufffd")") << "surrogate";
    EXPECT_EQ(to_go_json(Json("\xF4\x90\x80\x80")), R"("\ufffd\ufffd\ufffd\ufffd")");
}

TEST(GoJson, WritesNumbersAsGoDoes) {
    EXPECT_EQ(to_go_json(Json(2.0)), "2");
    EXPECT_EQ(to_go_json(Json(0.25)), "0.25");
    EXPECT_EQ(to_go_json(Json(-1.5)), "-1.5");
    EXPECT_EQ(to_go_json(Json(0.1 + 0.2)), "0.30000000000000004");
    EXPECT_EQ(to_go_json(Json(1e-6)), "0.000001");
    EXPECT_EQ(to_go_json(Json(1e-7)), "1e-7");
    EXPECT_EQ(to_go_json(Json(1.5e-10)), "1.5e-10");
    EXPECT_EQ(to_go_json(Json(1e20)), "100000000000000000000");
    EXPECT_EQ(to_go_json(Json(1e21)), "1e+21");
    EXPECT_EQ(to_go_json(Json(std::numeric_limits<std::int64_t>::max())), "9223372036854775807");
    EXPECT_EQ(to_go_json(Json(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
}

TEST(GoJson, IndentsByATabWithAFieldALine) {
    const Json document{{"a", {1, 2}}, {"b", Json::array()}, {"c", {{"d", "e"}}}};
    EXPECT_EQ(
        to_go_json_indented(document),
        "{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t],\n\t\"b\": [],\n\t\"c\": {\n\t\t\"d\": \"e\"\n\t}\n}");
}

TEST(GoText, IsAppendedAsTheWholeDocumentWouldHaveIt) {
    for (const std::string text : {"", "plain", "<a href=\"x\">&\\</a>", "a\n\r\t\x01\x7F",
                                   "\u2028\u2029é€😀", "a\xFFz", "\xE2\x82", "\xF4\x90\x80\x80"}) {
        std::string out = "before ";
        append_go_text(out, text);
        EXPECT_EQ(out, "before " + to_go_json(Json(text))) << text;
    }
    std::string out;
    append_go_text(out, std::string_view("a\0<", 3));
    EXPECT_EQ(out, R"("a\u0000\u003c")");
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
    EXPECT_EQ(parse_json(R"({"z":1,"a":[true,null]})").value().dump(),
              R"({"z":1,"a":[true,null]})");
}

TEST(ParseJson, RefusesWhatIsNoJson) {
    for (const auto* text : {"", "{", "{\"a\":}", "[1,]", "nul", "{} x", "\"\xFF\""}) {
        const auto parsed = parse_json(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code(), Errc::invalid_argument);
    }
    EXPECT_NE(parse_json("{\"a\":}").error().what().find("column 6"), std::string::npos)
        << parse_json("{\"a\":}").error().what();
}

TEST(ParseJson, RefusesWhatIsNestedTooDeeply) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(parse_json(nested(5), 5));
    EXPECT_FALSE(parse_json(nested(6), 5));
    EXPECT_TRUE(parse_json(nested(60)));
    EXPECT_EQ(parse_json(nested(100'000)).error().code(), Errc::invalid_argument);
}

} // namespace
} // namespace base
