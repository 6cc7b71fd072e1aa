#include "handlers/http/message.hpp"

#include <gtest/gtest.h>

namespace {

using namespace handlers::http;

std::string head_of(const Response& response, bool http_1_1, bool keep_alive) {
    HeadOptions options;
    options.date = "D";
    options.http_1_1 = http_1_1;
    options.keep_alive = keep_alive;
    std::string head;
    append_head(head, response, options);
    return head;
}

TEST(ResponseHead, HasDateAndLengthAndNoServer) {
    EXPECT_EQ(head_of(json(std::make_shared<const std::string>("{}")), true, true),
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: D\r\n"
              "Content-Length: 2\r\n\r\n");
    EXPECT_EQ(head_of(Response(), true, true),
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, SaysConnectionWhereItIsNotTheDefault) {
    EXPECT_NE(head_of(Response(), true, false).find("\r\nConnection: close\r\n"),
              std::string::npos);
    EXPECT_NE(head_of(Response(), false, true).find("\r\nConnection: keep-alive\r\n"),
              std::string::npos);
    EXPECT_NE(head_of(Response(), false, false).find("\r\nConnection: close\r\n"),
              std::string::npos);
}

TEST(ResponseHead, HasTheVersionThatWasAskedIn) {
    EXPECT_TRUE(head_of(Response(), true, true).starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(head_of(Response(), false, true).starts_with("HTTP/1.0 200 OK\r\n"));
}

TEST(Response, NotFoundIsGos) {
    EXPECT_EQ(head_of(not_found(), true, true),
              "HTTP/1.1 404 Not Found\r\nX-Content-Type-Options: nosniff\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nDate: D\r\nContent-Length: 19\r\n\r\n");
    EXPECT_EQ(not_found().body(), "404 page not found\n");
}

TEST(Response, JsonStringIsEscapedAsGoDoes) {
    const auto response = json_string(400, "no '<a>' & \"b\"");
    EXPECT_EQ(response.status, 400U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.body(), R"("no '\u003ca\u003e' \u0026 \"b\"")");
}

TEST(Response, RefusalEndsTheConnection) {
    const auto response = refusal(431);
    EXPECT_TRUE(response.close);
    EXPECT_EQ(response.body(), "431 Request Header Fields Too Large");
}

TEST(HttpDate, IsTheFixedForm) {
    EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

} // namespace
