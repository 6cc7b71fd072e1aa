// Heads and bodies, read just enough: as Go's net/http reads them.

#include "agent/doors/proxy/body.hpp"
#include "agent/doors/proxy/head.hpp"
#include "agent/doors/proxy/response_framing.hpp"

#include <gtest/gtest.h>

namespace doors_test {
namespace {

using namespace agent::doors::proxy;
using Kind = Framing::Kind;

Framing framing_of(const std::string& fields, const std::string& version = "1.1") {
    const auto head = read_request_head("POST /x HTTP/" + version + "\r\n" + fields + "\r\n");
    return head ? head->body : Framing{Kind::unclear, 404};
}

TEST(ProxyHead, SaysHowTheBodyIsFramed) {
    EXPECT_EQ(framing_of("Host: d\r\n").kind, Kind::none);
    EXPECT_EQ(framing_of("content-LENGTH:  12 \r\n").length, 12U);
    EXPECT_EQ(framing_of("Content-Length: 12\r\nContent-Length: 12\r\n").length, 12U);
    EXPECT_EQ(framing_of("Content-Length:\r\n 12\r\n").length, 12U);
    for (const auto* chunked : {"chunked", "Chunked", "CHUNKED \t", "\r\n chunked"})
        EXPECT_EQ(framing_of("Transfer-Encoding: " + std::string(chunked) + "\r\n").kind,
                  Kind::chunked)
            << chunked;
    EXPECT_EQ(framing_of("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n").kind,
              Kind::chunked);
}

TEST(ProxyHead, LeavesAloneWhatOthersMightReadOtherwise) {
    const char* const unclear[] = {
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: 1 2\r\n",
        "Content-Length: 0x10\r\n",
        "Content-Length: \r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chun\r\n ked\r\n",
    };
    for (const auto* fields : unclear)
        EXPECT_EQ(framing_of(fields).kind, Kind::unclear) << fields;
    EXPECT_EQ(framing_of("Transfer-Encoding: chunked\r\n", "1.0").kind, Kind::unclear);
}

TEST(ProxyHead, IsNoneOfHttp1) {
    const char* const heads[] = {
        "PRI * HTTP/2.0\r\n\r\n",        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",       "GET / HTTP/1.1 \r\n\r\n",
        "GET / http/1.1\r\n\r\n",        "GET / HTTP/1.1\r\n x: y\r\n\r\n",
        "GET / HTTP/1.1\r\nx y\r\n\r\n", "GET / HTTP/1.1\r\nx : y\r\n\r\n",
        "G(T / HTTP/1.1\r\n\r\n",        "\r\n",
        "GET / HTTP/1.1\r\n: y\r\n\r\n",
    };
    for (const auto* head : heads)
        EXPECT_FALSE(read_request_head(head)) << head;
}

TEST(ProxyHead, SaysWhatElseMatters) {
    const auto head =
        read_request_head("\r\nPOST /x?y HTTP/1.1\nexpect: 100-Continue\nUPGRADE: tcp\n\n");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->method, "POST");
    EXPECT_EQ(head->target, "/x?y");
    EXPECT_TRUE(head->expects_continue);
    EXPECT_TRUE(head->wants_upgrade);
    EXPECT_FALSE(
        read_request_head("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")->expects_continue);
    EXPECT_EQ(read_response_head("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
    EXPECT_EQ(read_response_head("HTTP/1.0 200\r\n\r\n")->status, 200);
    for (const auto* text :
         {"HTTP/1.1 x\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/2 200\r\n\r\n", "200 OK\r\n\r\n"})
        EXPECT_FALSE(read_response_head(text)) << text;
}

TEST(ProxyHead, EndsAtItsEmptyLineHoweverItComes) {
    for (const std::string head : {"GET / HTTP/1.1\r\nA: b\r\n\r\n", "GET / HTTP/1.1\nA: b\n\n",
                                   "\r\n\n\rGET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\n\r\n"}) {
        HeadEnd end;
        for (std::size_t size = 0; size < head.size(); ++size)
            EXPECT_FALSE(end.find(std::string_view(head).substr(0, size))) << head << size;
        EXPECT_EQ(end.find(head + "GET"), head.size()) << head;
    }
}

TEST(ProxyHead, IsGivenAnotherLength) {
    EXPECT_EQ(
        with_length("\r\nPOST /x HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\nX:\r\n y\r\n"
                    "transfer-encoding:\r\n chunked\r\nTrailer: T\r\nExpect: 100-continue\r\n\r\n",
                    77),
        "POST /x HTTP/1.1\r\nHost: d\r\nX:\r\n y\r\nContent-Length: 77\r\n\r\n");
    EXPECT_EQ(with_length("POST /x HTTP/1.1\nContent-Length: 2\n\n", 5),
              "POST /x HTTP/1.1\nContent-Length: 5\n\n");
}

/// How much of the bytes is the body's when they come so cut; npos when it does not end.
std::size_t body_size(const std::string& bytes, std::size_t piece, std::string* content = nullptr) {
    Body body({Kind::chunked, 0});
    std::size_t taken = 0;
    while (taken < bytes.size() && !body.has_ended() && !body.is_broken())
        taken += body.take(std::string_view(bytes).substr(taken, piece), content);
    return body.has_ended() ? taken : std::string::npos;
}

TEST(ProxyBody, EndsWhereItsChunksEnd) {
    const std::string bodies[] = {
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "005;ext=\"a;b\"\r\nhello\r\n000\r\nTrailer: x\r\nOther: y\r\n\r\n",
        "5 \r\nhello\r\n0;last\r\n\r\n",
        "5\nhello\n0\n\n",
        "a\r\n0\r\n\r\nGET /\r\n0\r\n\r\n",
    };
    for (const auto& body : bodies)
        for (std::size_t piece = 1; piece <= body.size() + 4; ++piece)
            EXPECT_EQ(body_size(body + "GET ", piece), body.size()) << body << piece;
    std::string content;
    body_size("3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\n", 1, &content);
    EXPECT_EQ(content, "abcde");
    EXPECT_EQ(without_chunks("3;x\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "abcde");
}

TEST(ProxyBody, IsBrokenWhereItsChunksCannotBeRead) {
    for (const std::string text : {"x\r\n", "\r\n", ";x\r\n", "-1\r\n", "5x\r\n", "5\r\nhelloo\r\n",
                                   "5\r\nhello\r\r\n", "1000000000000000\r\n"}) {
        Body body({Kind::chunked, 0});
        body.take(text);
        EXPECT_TRUE(body.is_broken()) << text;
    }
}

/// What an engine's bytes are: the status of each answer with "e" where it ends, or with "o" and the count of
/// the bytes behind it where it becomes a stream; "?" where a head is not there yet.
std::string answers_in(const std::string& bytes, bool to_head = false) {
    const Limits limits;
    ResponseFraming framing(limits);
    std::string found;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto decision = framing.next(std::string_view(bytes).substr(at), to_head);
        at += decision.size;
        const auto status = std::to_string(framing.status());
        if (decision.verdict == ResponseFraming::Verdict::opaque)
            return found + status + 'o' + std::to_string(bytes.size() - at);
        found += decision.ends ? status + 'e' : "";
        if (decision.verdict == ResponseFraming::Verdict::read_more)
            return found + "?";
    }
    return found;
}

TEST(ProxyResponse, EndsAsItsStatusAndFramingSay) {
    EXPECT_EQ(answers_in("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 No\r\n\r\n"),
              "200e204e");
    EXPECT_EQ(answers_in("HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n"), "304e");
    EXPECT_EQ(answers_in("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true), "200e");
    EXPECT_EQ(
        answers_in(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x\r\na\r\n0\r\nT: y\r\n\r\n"),
        "200e");
    EXPECT_EQ(
        answers_in("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\n"
                   "Content-Length: 0\r\n\r\n"),
        "200e");
    EXPECT_EQ(answers_in("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"), "");
    EXPECT_EQ(answers_in("HTTP/1.1 200 OK\r\nContent-"), "?");
}

TEST(ProxyResponse, BecomesAStreamWhereOnlyItsEndEndsIt) {
    EXPECT_EQ(answers_in("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nabc"), "101o3");
    EXPECT_EQ(
        answers_in("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nabc"),
        "200o3");
    EXPECT_EQ(answers_in("HTTP/1.0 200 OK\r\n\r\n"), "200o0");
    EXPECT_EQ(answers_in("garbage\r\n\r\n"), "0o0");
    EXPECT_EQ(answers_in("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "200o0");
    EXPECT_EQ(answers_in("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), "404e");
}

} // namespace
} // namespace doors_test
