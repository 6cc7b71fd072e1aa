#include "base/base64.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace base {
namespace {

// The vectors of RFC 4648, section 10.
const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"}};

TEST(Base64, KnowsTheVectorsOfItsStandard) {
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(encode_base64_url(bytes), text);
        EXPECT_EQ(decode_base64(text), bytes);
    }
}

TEST(Base64, ReadsBothAlphabetsAndWritesTheOneForUrls) {
    const std::string bytes = "\xfb\xff\xbf";
    EXPECT_EQ(encode_base64_url(bytes), "-_-_");
    EXPECT_EQ(decode_base64("-_-_"), bytes);
    EXPECT_EQ(decode_base64("+/+/"), bytes);
    EXPECT_EQ(decode_base64("Zg"), "f") << "padding may be missing";
}

TEST(Base64, ReturnsEveryByteAsItWas) {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(decode_base64(encode_base64_url(bytes)), bytes);
}

TEST(Base64, RefusesWhatIsNone) {
    for (const auto* text : {"Zg==Zg==", "a b", "Zm9v\n", "Zm9vY", "{}", "Z"})
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

} // namespace
} // namespace base
