#include "base/secret.hpp"

#include "tests/base/freed_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace base {
namespace {

/// Long enough to be kept outside of a std::string.
constexpr std::string_view key = "a key that has a MARKER-0123456789-0123456789 in it";
/// What is looked for in memory: not its beginning, which even clear() writes over.
constexpr std::string_view marker = "MARKER-0123456789-0123456789";

TEST(Secret, IsTheTextThatItWasMadeOf) {
    EXPECT_EQ(Secret(key).view(), key);
    EXPECT_FALSE(Secret(key).empty());
    EXPECT_TRUE(Secret().empty());
    EXPECT_EQ(Secret().view(), "");
    constexpr std::string_view with_zero("a\0b", 3);
    EXPECT_EQ(Secret(with_zero).view(), with_zero);
    const bool from_text = std::is_convertible_v<std::string_view, Secret>;
    EXPECT_FALSE(from_text) << "a text becomes one only where that is said";
}

TEST(Secret, CopiesAreEachTheirOwn) {
    Secret first(key);
    const Secret second = first;
    EXPECT_NE(first.view().data(), second.view().data());
    first = Secret("other");
    EXPECT_EQ(first.view(), "other");
    EXPECT_EQ(second.view(), key);
    first = second;
    EXPECT_EQ(first.view(), key);
    EXPECT_EQ(second.view(), key);
}

TEST(Secret, MovesWithoutACopy) {
    Secret first(key);
    const char* const place = first.view().data();
    Secret second = std::move(first);
    EXPECT_EQ(second.view().data(), place);
    EXPECT_TRUE(first.empty()); // NOLINT: a moved one is empty
    Secret third("longer or shorter");
    third = std::move(second);
    EXPECT_EQ(third.view().data(), place);
    EXPECT_EQ(third.view(), key);
}

TEST(Secret, CanBeGivenToItself) {
    Secret secret(key);
    auto& same = secret;
    secret = same;
    EXPECT_EQ(secret.view(), key);
    secret = std::move(same);
    EXPECT_EQ(secret.view(), key);
}

TEST(Secret, EqualsTheSameTextOnly) {
    const Secret secret("0123456789");
    EXPECT_TRUE(secret.equals("0123456789"));
    for (const auto* other :
         {"", "012345678", "01234567890", "1123456789", "0123456788", "0123056789", "0123456789 "})
        EXPECT_FALSE(secret.equals(other)) << other;
    EXPECT_FALSE(Secret(std::string_view("a\0b", 3)).equals(std::string_view("a\0c", 3)));
    // Differences of several characters do not take each other back.
    EXPECT_FALSE(Secret("ab").equals("ba"));
    EXPECT_FALSE(Secret("\x01\x01").equals(std::string_view("\0\0", 2)));
    EXPECT_TRUE(Secret().equals(""));
    EXPECT_FALSE(Secret().equals("a"));
}

// Else the tests below could not fail.
TEST(FreedMemory, SeesWhatIsLeftInIt) {
    const base_test::FreedMemory memory(marker);
    {
        const std::string text(key);
        EXPECT_EQ(text, key);
    }
    EXPECT_EQ(memory.blocks_with_text(), 1U);
    {
        std::string text(key);
        EXPECT_EQ(text, key);
        text.clear();
    }
    EXPECT_EQ(memory.blocks_with_text(), 2U) << "a text that is only cleared";
    {
        const std::vector<char> bytes(key.begin(), key.end());
        EXPECT_EQ(bytes.size(), key.size());
        EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), key.begin()));
    }
    EXPECT_EQ(memory.blocks_with_text(), 3U);
}

TEST(Secret, LeavesNothingInMemory) {
    const base_test::FreedMemory memory(marker);
    {
        Secret first(key);
        Secret copy = first;
        copy = Secret("something shorter");
        copy = first;
        Secret moved = std::move(first);
        first = std::move(copy);
        moved = Secret();
    }
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

TEST(Wipe, EmptiesATextAndLeavesNothingInItsMemory) {
    const base_test::FreedMemory memory(marker);
    {
        std::string text(key);
        wipe(text);
        EXPECT_TRUE(text.empty());
        text = key;
        EXPECT_EQ(text, key) << "it can be used again";
        wipe(text);
    }
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

TEST(Wipe, ReachesWhatALongerContentHasLeftBehind) {
    const base_test::FreedMemory memory(marker);
    {
        std::string text = "begins with " + std::string(400, 'x');
        text.append(key); // in a place of its own: the first one had no room
        text.resize(3);
        wipe(text);
        EXPECT_TRUE(text.empty());
    }
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

TEST(Wipe, OfAnEmptyOrAShortTextIsHarmless) {
    std::string empty;
    wipe(empty);
    EXPECT_TRUE(empty.empty());
    std::string short_one = "short";
    wipe(short_one);
    EXPECT_TRUE(short_one.empty());
}

TEST(WipeAtEnd, WipesOnTheWayOutHoweverThatIs) {
    const base_test::FreedMemory memory(marker);
    std::string text(key);
    {
        const WipeAtEnd end(text);
        EXPECT_EQ(text, key);
    }
    EXPECT_TRUE(text.empty());
    text = key;
    try {
        const WipeAtEnd end(text);
        throw std::runtime_error("the program was not to be found");
    } catch (const std::runtime_error&) {
        EXPECT_TRUE(text.empty());
    }
    text = std::string(500, 'x'); // another place; the first is given back
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

} // namespace
} // namespace base
