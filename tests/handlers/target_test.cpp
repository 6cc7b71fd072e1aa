#include "handlers/http/target.hpp"

#include <gtest/gtest.h>

namespace {

using handlers::http::clean_location;
using handlers::http::parse_target;
using handlers::http::query_value;
using handlers::http::Target;
using Segments = std::vector<std::string>;

Target target(std::string_view text) {
    auto parsed = parse_target(text);
    EXPECT_TRUE(parsed) << text;
    return parsed ? std::move(*parsed) : Target();
}

TEST(Target, SplitsThePathAtItsSlashesAndKeepsATrailingOne) {
    EXPECT_EQ(target("/").segments, Segments{""});
    EXPECT_EQ(target("/v4/x/task").segments, (Segments{"v4", "x", "task"}));
    EXPECT_EQ(target("/v3/").segments, (Segments{"v3", ""}));
    EXPECT_EQ(target("//v3//task").segments, (Segments{"", "v3", "", "task"}));
}

TEST(Target, KeepsAnEncodedSlashInsideItsSegment) {
    EXPECT_EQ(target("/v4/a%2Fb/task").segments, (Segments{"v4", "a/b", "task"}));
    EXPECT_EQ(target("/v4/%2e%2e/task").segments, (Segments{"v4", "..", "task"}));
    EXPECT_EQ(target("/v4/a%00b").segments, (Segments{"v4", std::string("a\0b", 3)}));
}

TEST(Target, ReadsAbsoluteForms) {
    const auto parsed = target("http://169.254.170.2:80/v4/x?y=1");
    EXPECT_EQ(parsed.origin, "http://169.254.170.2:80");
    EXPECT_EQ(parsed.path, "/v4/x");
    EXPECT_EQ(parsed.query, "y=1");
    EXPECT_EQ(target("HTTP://host").path, "/");
    EXPECT_EQ(target("http://host?q").segments, Segments{""});
    EXPECT_EQ(target("http://host?q").query, "q");
}

TEST(Target, RefusesWhatIsNoTarget) {
    for (const auto* text : {"", "*", "v4", "/a b", "/%", "/%2", "/%zz", "/a#b", "/\x80", "/\n",
                             "host:80", "ftp://host/x", "http:/x", "http:x", "/a?%g1", "/a\\b"})
        EXPECT_FALSE(parse_target(text)) << text;
}

TEST(Target, IsUncleanByEmptyOrDotSegments) {
    for (const auto* text : {"/", "/a", "/a/", "/a/b", "/...", "/a%2F%2Fb"})
        EXPECT_TRUE(target(text).is_clean()) << text;
    for (const auto* text : {"//", "//a", "/a//b", "/a//", "/./a", "/a/..", "/a/.", "/%2E/a"})
        EXPECT_FALSE(target(text).is_clean()) << text;
}

TEST(Target, IsCleanedAsGoDoes) {
    EXPECT_EQ(clean_location(target("/v3//task")), "/v3/task");
    EXPECT_EQ(clean_location(target("//v2/credentials/test")), "/v2/credentials/test");
    EXPECT_EQ(clean_location(target("//v3//x//?a=b%20c")), "/v3/x/?a=b%20c");
    EXPECT_EQ(clean_location(target("/a/./b/../c")), "/a/c");
    EXPECT_EQ(clean_location(target("/../../a/..")), "/");
    EXPECT_EQ(clean_location(target("//a?")), "/a?");
    EXPECT_EQ(clean_location(target("http://host:1//a")), "http://host:1/a");
}

TEST(Target, NeverCleansToAnotherHost) {
    EXPECT_EQ(clean_location(target("///evil.example/")), "/evil.example/");
    EXPECT_EQ(clean_location(target("//%2Fevil.example")), "/%2Fevil.example");
    EXPECT_EQ(clean_location(target("//a%0D%0AX:%20y")), "/a%0D%0AX:%20y");
}

TEST(Target, FindsTheFirstValueOfAQueryKey) {
    const auto parsed = target("/v1/tasks?dockerid=a%2Bb+c&x&dockerid=2&e=");
    EXPECT_EQ(query_value(parsed, "dockerid"), "a+b c");
    EXPECT_EQ(query_value(parsed, "x"), "");
    EXPECT_EQ(query_value(parsed, "e"), "");
    EXPECT_EQ(query_value(parsed, "taskarn"), std::nullopt);
    EXPECT_EQ(query_value(target("/v1/tasks"), "dockerid"), std::nullopt);
    EXPECT_EQ(query_value(target("/v1/tasks?"), "dockerid"), std::nullopt);
    EXPECT_EQ(query_value(target("/v1/tasks?taskarn=arn:aws:ecs:r:1:task/c/t"), "taskarn"),
              "arn:aws:ecs:r:1:task/c/t");
}

// The body of a fuzz target, run on inputs that parsers have stumbled over: whatever is accepted
// has a canonical form, and that form is accepted, clean and stays the same.
void check_target(std::string_view text) {
    const auto parsed = parse_target(text);
    if (!parsed)
        return;
    ASSERT_FALSE(parsed->segments.empty()) << text;
    query_value(*parsed, "dockerid");
    const auto location = clean_location(*parsed);
    const auto again = parse_target(location);
    ASSERT_TRUE(again) << text << " → " << location;
    EXPECT_TRUE(again->is_clean()) << text << " → " << location;
    EXPECT_EQ(clean_location(*again), location) << text;
}

TEST(Target, HoldsItsRulesOnTheCorpus) {
    for (const auto* text : {"/",
                             "//",
                             "/.",
                             "/..",
                             "/%2e%2E/%2F",
                             "/%25",
                             "/%2525",
                             "/a%",
                             "/?",
                             "/??",
                             "/?%2",
                             "/;a=b",
                             "/:80",
                             "/a:b@c",
                             "//user@host/",
                             "/[::1]",
                             "/{id}",
                             "/~internal~ecs~pause",
                             "/%E2%80%A8",
                             "/%FF%FE",
                             "/%00/../%00",
                             "/a/%2E%2E%2F/b",
                             "http://[::1]:80//a/../b?c#d",
                             "http://[::1",
                             "http://u:p@h:0/..",
                             "http://h:99999/",
                             "http:///a",
                             "https://h/%",
                             "/a?b?c=/../",
                             "///..///",
                             "/v1/tasks?dockerid=%",
                             "/v1/tasks?&&==&=",
                             "/v1/tasks?a=%00",
                             "/\t",
                             " /",
                             "/a\r\nb"})
        check_target(text);
    // And every single byte in a path, plain and encoded.
    for (int byte = 0; byte < 256; ++byte) {
        const char* digits = "0123456789abcdef";
        check_target(std::string("/a") + static_cast<char>(byte) + "/b");
        check_target(std::string("/%") + digits[byte / 16] + digits[byte % 16]);
    }
}

} // namespace
