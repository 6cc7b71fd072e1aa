#include "handlers/http/route.hpp"

#include <gtest/gtest.h>

#include <array>

namespace {

using handlers::http::find_route;
using handlers::http::match;
using handlers::http::Request;
using handlers::http::Response;
using handlers::http::Route;

Request request(std::string_view target) {
    Request made;
    made.target = *handlers::http::parse_target(target);
    return made;
}

bool matches(std::string_view pattern, std::string_view target) {
    auto made = request(target);
    return match(pattern, made);
}

TEST(Route, MatchesLiteralSegmentsExactly) {
    EXPECT_TRUE(matches("/v2/metadata", "/v2/metadata"));
    EXPECT_FALSE(matches("/v2/metadata", "/v2/metadata/"));
    EXPECT_TRUE(matches("/v2/metadata/", "/v2/metadata/"));
    EXPECT_FALSE(matches("/v2/metadata", "/v2/meta"));
    EXPECT_FALSE(matches("/v2/metadata", "/v2"));
    EXPECT_FALSE(matches("/v2/metadata", "/V2/metadata"));
    EXPECT_TRUE(matches("/", "/"));
    EXPECT_FALSE(matches("/", "/a"));
}

TEST(Route, MatchesTheDecodedSegment) {
    EXPECT_TRUE(matches("/v2/metadata", "/v%32/metadata"));
    EXPECT_FALSE(matches("/v2/metadata", "/v2%2Fmetadata"));
}

TEST(Route, CapturesOneSegmentThatMayBeEmpty) {
    auto made = request("/v3//x");
    EXPECT_TRUE(match("/v3/{id}/x", made));
    EXPECT_EQ(made.capture("id"), "");
    made = request("/v3/a%2Fb/x");
    EXPECT_TRUE(match("/v3/{id}/x", made));
    EXPECT_EQ(made.capture("id"), "a/b");
    EXPECT_EQ(made.capture("other"), "");
    EXPECT_FALSE(matches("/v3/{id}", "/v3"));
    EXPECT_TRUE(matches("/v3/{id}", "/v3/"));
    EXPECT_FALSE(matches("/v3/{id}", "/v3/a/"));
}

TEST(Route, CapturesTheRestWhenItIsNotEmpty) {
    auto made = request("/v2/metadata/a/b");
    EXPECT_TRUE(match("/v2/metadata/{id+}", made));
    EXPECT_EQ(made.capture("id"), "a/b");
    EXPECT_TRUE(matches("/v2/metadata/{id+}", "/v2/metadata/a/"));
    EXPECT_FALSE(matches("/v2/metadata/{id+}", "/v2/metadata/"));
    EXPECT_FALSE(matches("/v2/metadata/{id+}", "/v2/metadata"));
}

TEST(Route, TakesTheFirstRowAndForgetsCapturesOfOthers) {
    struct Nothing {};
    const auto answer = [](const Request&, Nothing&) { return Response(); };
    static constexpr Route<Nothing>::Now handler = answer;
    constexpr std::array table{Route<Nothing>{"/{a}/task", handler},
                               Route<Nothing>{"/{b}/{c}", handler}};
    auto made = request("/x/y");
    EXPECT_EQ(find_route(table, made).route, &table[1]);
    EXPECT_EQ(made.captures.size(), 2U);
    made = request("/x/task");
    EXPECT_EQ(find_route(table, made).route, &table[0]);
    made = request("/x");
    EXPECT_EQ(find_route(table, made).route, nullptr);
}

TEST(Route, TellsAWrongMethodFromAWrongPath) {
    struct Nothing {};
    const auto answer = [](const Request&, Nothing&) { return Response(); };
    static constexpr Route<Nothing>::Now handler = answer;
    constexpr std::array table{Route<Nothing>{"PUT", "/{a}/state", handler},
                               Route<Nothing>{"GET", "/{b}/state", handler}};
    auto made = request("/x/state");
    made.method = "GET";
    EXPECT_EQ(find_route(table, made).route, &table[1]);
    made.method = "POST";
    EXPECT_EQ(find_route(table, made).route, nullptr);
    EXPECT_TRUE(find_route(table, made).other_method);
    made = request("/x/other");
    made.method = "POST";
    EXPECT_FALSE(find_route(table, made).other_method);
}

TEST(Route, CapturesARestThatMayBeEmpty) {
    EXPECT_TRUE(matches("/v2/credentials/{id*}", "/v2/credentials/"));
    EXPECT_TRUE(matches("/v2/credentials/{id*}", "/v2/credentials/a/b"));
    EXPECT_FALSE(matches("/v2/credentials/{id*}", "/v2/credentials"));
}

} // namespace
