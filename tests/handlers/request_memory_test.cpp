// What a request's Authorization leaves in memory.

#include "handlers/http/request_parser.hpp"

#include "tests/base/freed_memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>

namespace handlers_test {
namespace {

using handlers::http::RequestParser;
using Step = RequestParser::Progress;

/// What is looked for: not the beginning, which even clear() writes over.
constexpr std::string_view marker = "MARKER-0123456789-0123456789-0123456789";
constexpr char with_token[] =
    "GET /v2/credentials/x HTTP/1.1\r\nHost: h\r\n"
    "Authorization: token MARKER-0123456789-0123456789-0123456789\r\n\r\n";

Step feed(RequestParser& parser, std::string_view bytes) {
    const auto room = parser.prepare();
    EXPECT_GE(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    parser.commit(bytes.size());
    return parser.next();
}

TEST(RequestMemory, HasTheTokenOfARequestOnlyUntilTheNext) {
    const auto longer =
        "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(sizeof(with_token), 'x') + "\r\n\r\n";
    const base_test::FreedMemory memory(marker);
    {
        std::optional<RequestParser> parser(std::in_place, 1024, 1024);
        ASSERT_EQ(feed(*parser, with_token), Step::complete);
        EXPECT_TRUE(parser->request().authorization.ends_with(marker));
        parser->begin();
        // Written over the first one's bytes.
        ASSERT_EQ(feed(*parser, longer), Step::complete);
    }
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

TEST(RequestMemory, HasNoTokenWhenTheConnectionIsOver) {
    std::string of_line_feeds = with_token;
    std::erase(of_line_feeds, '\r');
    for (const auto& bytes : {std::string(with_token), of_line_feeds}) {
        const base_test::FreedMemory memory(marker);
        {
            RequestParser parser(1024, 1024);
            ASSERT_EQ(feed(parser, bytes), Step::complete);
            EXPECT_TRUE(parser.request().authorization.ends_with(marker));
        }
        EXPECT_EQ(memory.blocks_with_text(), 0U)
            << "in the request, or in the bytes that were read";
    }
}

TEST(RequestMemory, HasNoTokenWhenTheBodyCameLater) {
    auto with_body = std::string(with_token);
    with_body.insert(with_body.size() - 2, "Content-Length: 1\r\n");
    const base_test::FreedMemory memory(marker);
    {
        RequestParser parser(1024, 1024);
        ASSERT_EQ(feed(parser, with_body), Step::read_more);
        ASSERT_EQ(feed(parser, "x"), Step::complete);
    }
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

} // namespace
} // namespace handlers_test
