#include "handlers/http/request_parser.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <iterator>
#include <random>

namespace {

using handlers::http::RequestParser;
using Step = RequestParser::Progress;

constexpr std::size_t header_limit = 512;
constexpr std::size_t body_limit = 100;

/// Feeds at most `piece` bytes at a time until the parser wants no more.
Step feed(RequestParser& parser, std::string_view bytes, std::size_t piece = 4096) {
    auto step = parser.has_bytes() ? parser.next() : Step::read_more;
    while ((step == Step::read_more || step == Step::send_continue) && !bytes.empty()) {
        const auto room = parser.prepare();
        EXPECT_FALSE(room.empty());
        const auto count = std::min({piece, bytes.size(), room.size()});
        std::memcpy(room.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        parser.commit(count);
        step = parser.next();
    }
    return step;
}

/// The status with which `bytes` are refused, 0 when they are not.
unsigned refusal_of(std::string_view bytes) {
    RequestParser parser(header_limit, body_limit);
    return feed(parser, bytes) == Step::refuse ? parser.refusal_status() : 0;
}

constexpr std::string_view simple =
    "GET /v4/x?y=1 HTTP/1.1\r\nHost: h\r\nUser-Agent: curl/8\r\n\r\n";

TEST(RequestParser, ReadsARequest) {
    RequestParser parser(header_limit, body_limit);
    ASSERT_EQ(feed(parser, simple), Step::complete);
    const auto& request = parser.request();
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target.path, "/v4/x");
    EXPECT_EQ(request.target.query, "y=1");
    EXPECT_EQ(request.user_agent, "curl/8");
    EXPECT_TRUE(request.http_1_1);
    EXPECT_TRUE(request.keep_alive);
}

TEST(RequestParser, ReadsARequestByteByByte) {
    RequestParser parser(header_limit, body_limit);
    EXPECT_EQ(feed(parser, simple, 1), Step::complete);
    EXPECT_FALSE(parser.has_bytes());
}

TEST(RequestParser, KeepsPipelinedRequestsForLater) {
    RequestParser parser(header_limit, body_limit);
    const auto two = std::string(simple) + "HEAD /two HTTP/1.1\r\nHost: h\r\n\r\n";
    ASSERT_EQ(feed(parser, two), Step::complete);
    EXPECT_TRUE(parser.has_bytes());
    parser.begin();
    ASSERT_EQ(feed(parser, {}), Step::complete);
    EXPECT_EQ(parser.request().method, "HEAD");
    EXPECT_EQ(parser.request().user_agent, "");
    EXPECT_FALSE(parser.has_bytes());
}

TEST(RequestParser, KeepsTheAuthorizationForThisRequestOnly) {
    RequestParser parser(header_limit, body_limit);
    const std::string with =
        "GET /one HTTP/1.1\r\nHost: h\r\naUTHORIZATION:  Basic a=b, c \r\n\r\n";
    ASSERT_EQ(feed(parser, with + std::string(simple) + with), Step::complete);
    EXPECT_EQ(parser.request().authorization, "Basic a=b, c");
    parser.begin();
    EXPECT_EQ(parser.request().authorization, "");
    ASSERT_EQ(feed(parser, {}), Step::complete);
    EXPECT_EQ(parser.request().target.path, "/v4/x");
    EXPECT_EQ(parser.request().authorization, "") << "what the last one said";
    parser.begin();
    ASSERT_EQ(feed(parser, {}), Step::complete);
    EXPECT_EQ(parser.request().authorization, "Basic a=b, c");
}

TEST(RequestParser, TakesTheFirstOfTwoAuthorizations) {
    RequestParser parser(header_limit, body_limit);
    ASSERT_EQ(feed(parser, "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: first\r\n"
                           "Authorization: second\r\nProxy-Authorization: third\r\n\r\n"),
              Step::complete);
    EXPECT_EQ(parser.request().authorization, "first");
}

TEST(RequestParser, KnowsWhenTheConnectionIsToStay) {
    const auto keep_alive = [](std::string_view bytes) {
        RequestParser parser(header_limit, body_limit);
        EXPECT_EQ(feed(parser, bytes), Step::complete);
        return parser.request().keep_alive;
    };
    EXPECT_TRUE(keep_alive("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_FALSE(keep_alive("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keep_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestParser, ReadsBodiesByLengthAndInChunksHoweverTheyArrive) {
    const std::string by_length =
        "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world";
    const std::string in_chunks = "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n";
    const std::string no_chunk =
        "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for (std::size_t piece = 1; piece < 40; ++piece) {
        for (const auto& [bytes, body] :
             {std::pair(by_length, "hello world"), std::pair(in_chunks, "hello world"),
              std::pair(no_chunk, "")}) {
            RequestParser parser(header_limit, body_limit);
            ASSERT_EQ(feed(parser, bytes, piece), Step::complete) << piece;
            EXPECT_EQ(parser.request().body, body);
            EXPECT_FALSE(parser.has_bytes());
            parser.begin();
            EXPECT_EQ(feed(parser, simple, piece), Step::complete);
        }
    }
}

TEST(RequestParser, AsksForTheContinuationOnceAndOnlyWhenTheBodyIsNotThere) {
    const std::string head = "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                             "Content-Length: 5\r\n\r\n";
    RequestParser waiting(header_limit, body_limit);
    EXPECT_EQ(feed(waiting, head), Step::send_continue);
    EXPECT_EQ(waiting.next(), Step::read_more);
    EXPECT_EQ(feed(waiting, "hello"), Step::complete);
    RequestParser sent(header_limit, body_limit);
    EXPECT_EQ(feed(sent, head + "hello"), Step::complete);
    EXPECT_EQ(refusal_of("PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                         "Content-Length: 101\r\n\r\n"),
              413U);
    EXPECT_EQ(refusal_of("GET /x HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n"), 417U);
}

TEST(RequestParser, RefusesWhatIsNoRequest) {
    for (const auto* bytes :
         {"\r\n\r\n", "\n\n", "GET\r\n\r\n", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
          "GET v4 HTTP/1.1\r\nHost: h\r\n\r\n", "GET * HTTP/1.1\r\nHost: h\r\n\r\n",
          "GET /% HTTP/1.1\r\nHost: h\r\n\r\n", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
          "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
          "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
          "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"})
        EXPECT_EQ(refusal_of(bytes), 400U) << bytes;
}

TEST(RequestParser, RefusesAtOnceWhatBeginsWithoutAVersion) {
    for (const auto* bytes : {"GET /\r\n", "GET /\n", "HELO h\r\n", "\n", "\x16\x03\x01\n"})
        EXPECT_EQ(refusal_of(bytes), 400U) << bytes;
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n"), 0U);
}

TEST(RequestParser, TakesLineFeedsAloneFromARequestWithoutABodyAsItsConnectionsLast) {
    const std::string_view line = "GET /v4/x?y=1 HTTP/1.1";
    for (const auto* rest :
         {"\nHost: h\nUser-Agent: curl/8\n\n", "\nHost: h\r\nUser-Agent: curl/8\r\n\r\n",
          "\r\nHost: h\nUser-Agent: curl/8\r\n\r\n", "\r\nHost: h\r\nUser-Agent: curl/8\r\n\n",
          "\nHost: h\nUser-Agent: curl/8\n\r\n",
          "\nHost: h\nConnection: keep-alive\nContent-Length: 0\nUser-Agent: curl/8\n\n"}) {
        const auto bytes = std::string(line) + rest;
        for (const std::size_t piece : {1, 2, 5, 4096}) {
            RequestParser parser(header_limit, body_limit);
            ASSERT_EQ(feed(parser, bytes, piece), Step::complete) << bytes;
            EXPECT_EQ(parser.request().target.path, "/v4/x");
            EXPECT_EQ(parser.request().user_agent, "curl/8");
            EXPECT_TRUE(parser.request().http_1_1);
            EXPECT_FALSE(parser.request().keep_alive) << bytes;
            EXPECT_FALSE(parser.has_bytes());
        }
    }
    RequestParser old(header_limit, body_limit);
    ASSERT_EQ(feed(old, "GET /v4 HTTP/1.0\nConnection: keep-alive\n\n"), Step::complete);
    EXPECT_FALSE(old.request().http_1_1);
    EXPECT_FALSE(old.request().keep_alive);
}

TEST(RequestParser, RefusesLineFeedsAloneWhereABodyWouldFollow) {
    for (const auto* bytes :
         {"PUT / HTTP/1.1\nHost: h\nContent-Length: 1\n\nx",
          "PUT / HTTP/1.1\r\nHost: h\r\nX: y\nContent-Length: 1\r\n\r\nx",
          "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\nx",
          "PUT / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n0\n\n",
          "PUT / HTTP/1.1\r\nHost: h\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "PUT / HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 1\n\n"})
        EXPECT_EQ(refusal_of(bytes), 400U) << bytes;
}

TEST(RequestParser, RefusesCarriageReturnsAlone) {
    for (const auto* bytes :
         {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\r\n\r\n", "GET / HTTP/1.1\nHost: h\nX: a\rb\n\n",
          "GET / HTTP/1.1\nHost: h\nX: a\r\r\n\n"})
        EXPECT_EQ(refusal_of(bytes), 400U) << bytes;
}

TEST(RequestParser, PassesOverTheFieldsBehindAChunkedBodyWhateverTheirNames) {
    const std::string in_chunks = "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "5\r\nhello\r\n0\r\n";
    for (const std::string field :
         {"Authorization: token", "X-Forwarded-For: 10.0.0.1", "User-Agent: other", "Host: other",
          "Connection: close", "Content-Length: 3", "Transfer-Encoding: chunked",
          "Transfer-Encoding: gzip", "Expect: miracles", "Upgrade: h2c", "Connection: ,@"}) {
        for (const std::size_t piece : {1, 3, 4096}) {
            RequestParser parser(header_limit, body_limit);
            ASSERT_EQ(feed(parser, in_chunks + field + "\r\n" + field + "\r\n\r\n", piece),
                      Step::complete)
                << field;
            const auto& request = parser.request();
            EXPECT_EQ(request.authorization, "");
            EXPECT_EQ(request.forwarded_for, "");
            EXPECT_EQ(request.user_agent, "");
            EXPECT_TRUE(request.keep_alive) << field;
            EXPECT_EQ(request.body, "hello");
            EXPECT_FALSE(parser.has_bytes());
            parser.begin();
            EXPECT_EQ(feed(parser, simple, piece), Step::complete) << field;
        }
    }
}

TEST(RequestParser, RefusesChunksAndTrailersThatAreMalformed) {
    const std::string head = "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto* chunks :
         {"\r\n", ";x\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", "1 \r\n", "1 x\r\n", "1\n", "1;x\n",
          "1;a\rb\r\n", "1\r\nab", "1\r\na\n", "0\r\nno field\r\n", "0\r\n: x\r\n",
          "0\r\n x: y\r\n", "0\r\nX : y\r\n", "0\r\nX: y\n", "0\r\n\n", "0\r\nX: \x01\r\n"})
        for (const std::size_t piece : {1, 4096}) {
            RequestParser parser(header_limit, body_limit);
            EXPECT_EQ(feed(parser, head + chunks, piece), Step::refuse) << chunks;
            EXPECT_EQ(parser.refusal_status(), 400U) << chunks;
        }
    EXPECT_EQ(refusal_of(head + "ffffffffffffffffffff\r\n"), 413U);
    RequestParser generous(header_limit, body_limit);
    EXPECT_EQ(feed(generous, head + "0001 \t;\"a\";b=c\r\nA\r\n000\r\n\r\n"), Step::complete);
    EXPECT_EQ(generous.request().body, "A");
}

TEST(RequestParser, RefusesVersionsAndEncodingsThatItDoesNotSpeak) {
    EXPECT_EQ(refusal_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505U);
    EXPECT_EQ(refusal_of("GET / HTTP/3.0\r\nHost: h\r\n\r\n"), 505U);
    EXPECT_EQ(refusal_of("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"), 501U);
    EXPECT_EQ(refusal_of("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
              501U);
}

TEST(RequestParser, LetsOnlyOptionsAskForTheServerAsAWhole) {
    RequestParser parser(header_limit, body_limit);
    EXPECT_EQ(feed(parser, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), Step::complete);
    EXPECT_TRUE(parser.request().target.segments.empty());
}

TEST(RequestParser, LimitsTheHeader) {
    const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    const auto of_size = [&](std::size_t size) {
        return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
    };
    EXPECT_EQ(refusal_of(of_size(header_limit)), 0U);
    EXPECT_EQ(refusal_of(of_size(header_limit + 1)), 431U);
    EXPECT_EQ(refusal_of(std::string(header_limit + 1, 'x')), 431U);
    // Line feeds alone count as the full line ends that they stand for.
    const std::string bare = "GET / HTTP/1.1\nHost: h\nX: ";
    const auto bare_of_size = [&](std::size_t size) {
        return bare + std::string(size - bare.size() - 2, 'x') + "\n\n";
    };
    EXPECT_EQ(refusal_of(bare_of_size(header_limit - 4)), 0U);
    EXPECT_EQ(refusal_of(bare_of_size(header_limit - 3)), 431U);
    std::string many_lines = "GET / HTTP/1.1\r\n";
    while (many_lines.size() <= header_limit)
        many_lines += "X: y\r\n";
    RequestParser slow(header_limit, body_limit);
    EXPECT_EQ(feed(slow, many_lines, 7), Step::refuse);
    EXPECT_EQ(slow.refusal_status(), 431U);
}

TEST(RequestParser, LimitsTheBody) {
    const auto chunks = [](std::size_t count) {
        std::string bytes = "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (std::size_t i = 0; i < count; ++i)
            bytes += "a\r\n0123456789\r\n";
        return bytes + "0\r\n\r\n";
    };
    EXPECT_EQ(refusal_of(chunks(body_limit / 10)), 0U);
    EXPECT_EQ(refusal_of(chunks(body_limit / 10 + 1)), 413U);
    EXPECT_EQ(refusal_of("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n"), 413U);
    // A chunk header or trailer without end is not kept for ever either.
    const std::string head = "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(refusal_of(head + "5;" + std::string(2 * header_limit, 'x')), 400U);
    EXPECT_EQ(refusal_of(head + "0\r\nX: " + std::string(2 * header_limit, 'x')), 400U);
    std::string many_fields = head + "0\r\n";
    while (many_fields.size() <= head.size() + 2 * header_limit)
        many_fields += "X: y\r\n";
    EXPECT_EQ(refusal_of(many_fields + "\r\n"), 400U);
}

/// What came out, however it came in: the step, the status, method, path and body.
std::string outcome(std::string_view bytes, std::size_t piece) {
    RequestParser parser(header_limit, body_limit);
    const auto step = feed(parser, bytes, piece);
    if (step == Step::refuse)
        return "refused " + std::to_string(parser.refusal_status());
    if (step != Step::complete)
        return "incomplete";
    const auto& request = parser.request();
    return request.method + " " + request.target.path + " " + request.body;
}

// The body of a fuzz target: mutations of good requests are judged alike in whatever pieces they
// arrive. (Upstream's parser asserts on some of these when it is fed naively.)
TEST(RequestParser, JudgesMutatedRequestsAlikeInAnyPieces) {
    const std::string seeds[] = {
        "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;e=1\r\nhello\r\n0\r\nT: t\r\n\r\n",
        "PUT /a%2Fb?c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
        "GET http://h/v4 HTTP/1.0\r\nConnection: keep-alive\r\nUser-Agent: u\r\n\r\n",
        "GET /v4 HTTP/1.1\nHost: h\nConnection: keep-alive\n\n"};
    constexpr std::string_view alphabet = "\r\n\t :;,/%?*0159afHT\xff-";
    std::minstd_rand random(20240102);
    for (int round = 0; round < 6000; ++round) {
        auto bytes = seeds[static_cast<std::size_t>(round) % std::size(seeds)];
        for (auto changes = random() % 3 + 1; changes > 0; --changes) {
            const auto at = random() % bytes.size();
            const char other = alphabet[random() % alphabet.size()];
            switch (random() % 3) {
            case 0: bytes[at] = other; break;
            case 1: bytes.insert(at, 1, other); break;
            default: bytes.erase(at, 1 + random() % 4);
            }
        }
        const auto whole = outcome(bytes, bytes.size());
        for (const std::size_t piece : {1, 2, 3, 7})
            ASSERT_EQ(outcome(bytes, piece), whole) << ::testing::PrintToString(bytes);
    }
}

} // namespace
