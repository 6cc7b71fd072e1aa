#include "agent/tables/document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <random>
#include <string>

namespace agent::tables {
namespace {

using base::Errc;
using Json = nlohmann::ordered_json;

std::string repeat(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

std::string yaml_fault(std::string_view text) {
    const auto result = read_yaml(text, PlainScalars::typed);
    return result ? "no error" : result.error().what();
}

std::string json_fault(std::string_view text) {
    const auto result = read_json(text);
    return result ? "no error" : result.error().what();
}

Json yaml(std::string_view text, PlainScalars scalars = PlainScalars::typed) {
    const auto result = read_yaml(text, scalars);
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return result ? *result : Json();
}

TEST(JsonDocument, KeepsTheOrderOfKeys) {
    EXPECT_EQ(read_json(R"({"z": 1, "a": [true, null, -2, 1.5, "t"]})")->dump(),
              R"({"z":1,"a":[true,null,-2,1.5,"t"]})");
}

TEST(JsonDocument, RefusesAKeyThatIsThereTwiceWithItsPath) {
    EXPECT_EQ(json_fault(R"({"a": [{}, {"b": {"c": 1, "c": 2}}]})"), "a[1].b.c: is there twice");
}

TEST(JsonDocument, SaysWhereItIsNotJson) {
    EXPECT_EQ(json_fault("{\n  \"a\": tru }").substr(0, 73),
              "not valid JSON at line 2, column 11: syntax error while parsing value - i");
    EXPECT_TRUE(json_fault("").starts_with("not valid JSON at line 1"));
    EXPECT_TRUE(json_fault("{} {}").starts_with("not valid JSON at line 1, column 4"));
    EXPECT_LT(json_fault('"' + std::string(100'000, 'x') + '\x01').size(), 300u);
}

TEST(JsonDocument, RefusesBrokenUtf8) {
    EXPECT_TRUE(json_fault("\"\xff\"").starts_with("not valid JSON"));
}

TEST(JsonDocument, HasALimitOnDepth) {
    EXPECT_TRUE(read_json(repeat("[", 32) + repeat("]", 32)));
    const auto deep = read_json(repeat("[", 500'000));
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().code(), Errc::too_large);
    EXPECT_EQ(deep.error().what(), "nested deeper than 32 levels");
}

TEST(JsonDocument, HasALimitOnValuesAndOnKeys) {
    EXPECT_EQ(json_fault("[" + repeat("0,", 100'000) + "0]"), "more than 100000 values");
    std::string object = "{";
    for (int i = 0; i < 1001; ++i)
        object += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
    EXPECT_EQ(json_fault(object + "}"), ": more than 1000 keys");
}

TEST(YamlDocument, ReadsScalarsAsYaml12DoesAndQuotedOnesAsText) {
    EXPECT_EQ(yaml("[true, False, null, ~, 12, -3, +4, 1.5, 1e3]").dump(),
              "[true,false,null,null,12,-3,4,1.5,1000.0]");
    EXPECT_EQ(yaml("['true', \"12\", 'null']").dump(), R"(["true","12","null"])");
    EXPECT_EQ(yaml("a:\nb: ''").dump(), R"({"a":null,"b":""})");
    EXPECT_EQ(yaml("a: |\n  12\nb: >-\n  x\n  y\n").dump(), R"({"a":"12\n","b":"x y"})");
}

TEST(YamlDocument, LeavesTextWhatYamlsVersionsReadDifferently) {
    EXPECT_EQ(
        yaml("[yes, no, on, off, y, 0755, 0x1F, 0o17, 1_000, 12:30:45, 2024-01-02, .inf, 1.2.3]")
            .dump(),
        R"(["yes","no","on","off","y","0755","0x1F","0o17","1_000","12:30:45","2024-01-02",)"
        R"(".inf","1.2.3"])");
}

TEST(YamlDocument, LeavesAllScalarsTextWhenAskedTo) {
    EXPECT_EQ(yaml("a: 012\nb: true\nc: 1.50\nd: null", PlainScalars::text).dump(),
              R"({"a":"012","b":"true","c":"1.50","d":null})");
}

TEST(YamlDocument, HonoursCoreTagsAndRefusesOthers) {
    EXPECT_EQ(yaml("a: !!str 12\nb: !!map {c: !!seq [x]}").dump(), R"({"a":"12","b":{"c":["x"]}})");
    EXPECT_EQ(yaml_fault("a: !custom 1"), "line 1, column 4: the tag '!custom' is not supported");
    EXPECT_EQ(yaml_fault("a: !!binary aGk="),
              "line 1, column 4: the tag 'tag:yaml.org,2002:binary' is not supported");
    EXPECT_EQ(yaml_fault("a: !!set {x, y}"),
              "line 1, column 4: the tag 'tag:yaml.org,2002:set' is not supported");
}

TEST(YamlDocument, CopiesWhatAnAliasNames) {
    EXPECT_EQ(yaml("a: &x {k: [1, 2]}\nb: *x\nc: &y 5\nd: *y").dump(),
              R"({"a":{"k":[1,2]},"b":{"k":[1,2]},"c":5,"d":5})");
    EXPECT_EQ(yaml_fault("a: &x [*x]"), "line 1, column 8: an alias inside of what it names");
}

TEST(YamlDocument, RefusesABillionLaughs) {
    std::string text = "l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
    for (int i = 1; i < 12; ++i) {
        const auto name = "*l" + std::to_string(i - 1);
        text += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [" + name +
                repeat(", " + name, 9) + "]\n";
    }
    const auto result = read_yaml(text, PlainScalars::typed);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Errc::too_large);
}

TEST(YamlDocument, RefusesALongTextThatIsMultiplied) {
    const auto text = "a: &a " + std::string(100'000, 'x') + "\nb: [" + repeat("*a, ", 100) + "]";
    EXPECT_NE(yaml_fault(text).find("more than 4194304 bytes of text"), std::string::npos);
}

TEST(YamlDocument, RefusesNestingByAliases) {
    std::string text = "a0: &a0 [x]\n";
    for (int i = 1; i < 60; ++i)
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" +
                std::to_string(i - 1) + "]\n";
    EXPECT_NE(yaml_fault(text).find("nested deeper than 32 levels"), std::string::npos);
}

TEST(YamlDocument, RefusesWhatHasNoPlaceInJson) {
    EXPECT_EQ(yaml_fault("a: 1\n---\nb: 2\n"),
              "line 2, column 1: a second document; one file declares one");
    EXPECT_EQ(yaml_fault("a: &x {b: 1}\nc:\n  <<: *x\n"),
              "line 3, column 3: merge keys (<<) are not supported");
    EXPECT_EQ(yaml_fault("? [a, b]\n: c\n"),
              "line 1, column 3: a key must be a plain or quoted text");
    EXPECT_EQ(yaml_fault("a: 1\nb: 2\na: 3\n"), "line 3, column 1: a: is there twice");
    EXPECT_EQ(yaml_fault(std::string("a: b\nc: d\x04\ne: f\n")),
              "not valid YAML: control character at line 2");
    EXPECT_EQ(yaml_fault("a: \xff"), "not valid YAML: not UTF-8");
    EXPECT_TRUE(yaml_fault("a: [1, 2").starts_with("not valid YAML: line "));
    EXPECT_TRUE(yaml_fault("a: *nothing").starts_with("not valid YAML: line 1, column 4"));
}

TEST(YamlDocument, IsNullWithoutADocument) {
    EXPECT_TRUE(yaml("").is_null());
    EXPECT_TRUE(yaml("# nothing here\n").is_null());
    EXPECT_TRUE(yaml("---\n").is_null());
}

TEST(YamlDocument, EndsSoonOnDepthAndOnSize) {
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& text :
         {repeat("[", 500'000), repeat("{a: ", 250'000), repeat("- ", 500'000),
          repeat("? ", 500'000), repeat("a: 1\n", 200'000), repeat("&a ", 300'000),
          repeat("!", 1'000'000), repeat("[a],", 200'000), repeat("- a\n", 200'000)})
        EXPECT_FALSE(read_yaml(text, PlainScalars::typed)) << text.substr(0, 8);
    for (const auto& text :
         {std::string(1'000'000, ' ') + "a", repeat("a", 1'000'000), repeat("# \n", 300'000)})
        EXPECT_TRUE(read_yaml(text, PlainScalars::typed)) << text.substr(0, 8);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

// Broken input of any kind ends in an error or a document, never in a crash or without end.
TEST(Documents, SurviveTruncatedAndMutatedInput) {
    const std::string sound_json =
        R"({"family":"web","tags":[{"key":"a","value":"b\u00e9\n"}],"n":[1,-2.5e3,true,null]})";
    const std::string sound_yaml = "family: web\ntags: &t\n  - {key: a, value: \"b\\u00e9\"}\n"
                                   "more: *t\ntext: |\n  line\n\t# c\nq: 'it''s'\n? k\n: !!str 5\n";
    std::mt19937 random(20240611);
    for (const auto& sound : {sound_json, sound_yaml}) {
        for (std::size_t length = 0; length < sound.size(); ++length) {
            (void)read_json(sound.substr(0, length));
            (void)read_yaml(sound.substr(0, length), PlainScalars::typed);
        }
        for (int round = 0; round < 3000; ++round) {
            auto text = sound;
            for (int change = 0; change < 1 + round % 4; ++change)
                text[random() % text.size()] = static_cast<char>(random() % 256);
            text.erase(random() % text.size(), random() % 8);
            (void)read_json(text);
            (void)read_yaml(text, PlainScalars::typed);
        }
    }
    constexpr std::string_view marks = "-:?,[]{}#&*!|>'\"%@` \n\tab1~<";
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        for (std::size_t i = random() % 40; i > 0; --i)
            text += marks[random() % marks.size()];
        (void)read_yaml(text, PlainScalars::typed);
    }
    EXPECT_TRUE(read_json(sound_json));
    EXPECT_TRUE(read_yaml(sound_json, PlainScalars::typed)) << "YAML takes JSON";
}

} // namespace
} // namespace agent::tables
