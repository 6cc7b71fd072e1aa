#include "base/time.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

std::string again(std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? to_rfc3339(*time) : "nothing";
}

TEST(Rfc3339, WritesUpToNineDigitsWithoutTrailingZeros) {
    EXPECT_EQ(again("2024-01-02T03:04:05Z"), "2024-01-02T03:04:05Z");
    EXPECT_EQ(again("2024-01-02T03:04:05.678900000Z"), "2024-01-02T03:04:05.6789Z");
    EXPECT_EQ(again("2024-01-02T03:04:05.000000001Z"), "2024-01-02T03:04:05.000000001Z");
    EXPECT_EQ(again("2024-01-02T03:04:05.1234567891Z"), "2024-01-02T03:04:05.123456789Z");
    EXPECT_EQ(to_rfc3339(Time()), "1970-01-01T00:00:00Z");
}

TEST(Rfc3339, ReadsAnyOffset) {
    EXPECT_EQ(again("2024-01-01T01:30:00+02:00"), "2023-12-31T23:30:00Z");
    EXPECT_EQ(again("2023-12-31T22:30:00.5-05:30"), "2024-01-01T04:00:00.5Z");
    EXPECT_EQ(again("2024-02-29t23:59:59z"), "2024-02-29T23:59:59Z");
    EXPECT_EQ(again("1969-12-31T23:59:59.75Z"), "1969-12-31T23:59:59.75Z");
}

TEST(Rfc3339, DockersNotYetIsNothing) {
    EXPECT_FALSE(parse_rfc3339("0001-01-01T00:00:00Z"));
}

TEST(Rfc3339, MalformedTextIsNothing) {
    for (const auto* text :
         {"", "2024", "2024-01-02", "2024-01-02T03:04:05", "2024-13-02T03:04:05Z",
          "2023-02-29T03:04:05Z", "2024-01-02T24:04:05Z", "2024-01-02T03:60:05Z",
          "2024-01-02T03:04:05.Z", "2024-01-02T03:04:05Zx", "2024-01-02T03:04:05+2:00",
          "-024-01-02T03:04:05Z", "2024-1-02T03:04:05Z", "9999-01-02T03:04:05Z"})
        EXPECT_FALSE(parse_rfc3339(text)) << text;
}

} // namespace
} // namespace base
