// What a pattern describes.

#include "base/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

TEST(Pattern, WithoutStarAndQuestionMarkIsItself) {
    EXPECT_TRUE(matches("abc", "abc"));
    EXPECT_TRUE(matches("", ""));
    for (const auto* text : {"", "ab", "abcd", "abd", "Abc", "xabc"})
        EXPECT_FALSE(matches("abc", text)) << text;
    EXPECT_FALSE(matches("", "a"));
    EXPECT_FALSE(matches("[a-c]", "b"));
    EXPECT_TRUE(matches("[a-c]", "[a-c]"));
}

TEST(Pattern, StarIsAnyText) {
    for (const auto* text : {"", "a", "*", "a/b:c"})
        EXPECT_TRUE(matches("*", text)) << text;
    for (const auto* text : {"ac", "abc", "a/bb/c", "acc", "abcbc", "a*c"})
        EXPECT_TRUE(matches("a*c", text)) << text;
    for (const auto* text : {"", "a", "c", "ab", "bac", "acb"})
        EXPECT_FALSE(matches("a*c", text)) << text;
    EXPECT_TRUE(matches("a**c***", "abc"));
    EXPECT_TRUE(matches("*ab*ab*", "xabab"));
    EXPECT_FALSE(matches("*ab*ab*", "xabxb"));
    EXPECT_TRUE(matches("*aab", "aaaab")) << "it takes back what it took too much of";
    EXPECT_TRUE(matches("a*b*c", "abbbcbc"));
}

TEST(Pattern, QuestionMarkIsOneCharacter) {
    EXPECT_TRUE(matches("?", "a"));
    EXPECT_TRUE(matches("?", "?"));
    EXPECT_FALSE(matches("?", ""));
    EXPECT_FALSE(matches("?", "ab"));
    EXPECT_TRUE(matches("a??d", "abcd"));
    EXPECT_TRUE(matches("*?", "a"));
    EXPECT_FALSE(matches("*?", ""));
    EXPECT_TRUE(matches("?*?", "ab"));
    EXPECT_FALSE(matches("?*?", "a"));
}

/// Who tries every way of a star would not come to an end here.
TEST(Pattern, CostsLittleWhateverItSays) {
    const std::string text(2000, 'a');
    std::string pattern;
    for (int i = 0; i < 500; ++i)
        pattern += "a*";
    EXPECT_TRUE(matches(pattern, text));
    EXPECT_FALSE(matches(pattern + 'b', text));
    EXPECT_FALSE(matches(std::string(500, '*') + 'b', text));
    EXPECT_TRUE(matches(std::string(500, '*') + 'a', text));
    EXPECT_FALSE(matches("*" + std::string(1000, 'a') + "b", text));
}

} // namespace
} // namespace base
