// Which fields a pattern of the host file describes, and where in a text a fault is.

#include "agent/tables/unsupported_fields.hpp"

#include "agent/tables/findings.hpp"

#include <gtest/gtest.h>

namespace agent::tables {
namespace {

TEST(UnsupportedFieldPattern, DescribesThePathOrAPartOfItFromNameToName) {
    constexpr std::string_view field = "containerDefinitions[].healthCheck.command";
    for (const auto* pattern :
         {"*", "containerDefinitions[].healthCheck.command", "containerDefinitions[].health*",
          "containerDefinitions[].healthCheck", "containerDefinitions[]", "containerDefinitions",
          "healthCheck", "healthCheck.command", "command", "health?heck"})
        EXPECT_TRUE(describes(pattern, field)) << pattern;
    for (const auto* pattern :
         {"", "health", "Check", "healthcheck", "containerDefinitions.command", "healthCheck.",
          ".command", "volumes"})
        EXPECT_FALSE(describes(pattern, field)) << pattern;
}

TEST(LineOfAFault, IsThatOfItsFieldOrOfWhatIsAroundIt) {
    const Lines lines{{"", 1}, {"images", 2}, {"images.a", 3}, {"images.a.b c", 4}, {"list[1]", 7}};
    const auto line = [&](const std::string& what) {
        return line_of(base::Error(base::Errc::invalid_argument, what), lines);
    };
    EXPECT_EQ(line("images.a: no"), 3U);
    EXPECT_EQ(line("images.a.b c: no"), 4U);
    EXPECT_EQ(line("images.ab: no"), 2U);
    EXPECT_EQ(line("list[1].x[0]: no"), 7U);
    EXPECT_EQ(line("list[10]: no"), 1U);
    EXPECT_EQ(line("expected an object, got a list"), 1U);
    EXPECT_EQ(line_of(base::Error(base::Errc::invalid_argument, "a: no"), {}), 0U);
}

} // namespace
} // namespace agent::tables
