// A client's bytes cut into requests: the same ones, however they come.

#include "agent/doors/proxy/request_framing.hpp"

#include <gtest/gtest.h>

namespace doors_test {
namespace {

using namespace agent::doors::proxy;
using Verdict = RequestFraming::Verdict;

/// Shows the bytes to the framing as they arrive, cut at `cut`, and writes down what it says: each begun
/// request's path, "{body}" of a create, and behind a bar all that passes.
std::string requests_in(const std::string& bytes, std::size_t cut, const Limits& limits = {}) {
    RequestFraming framing(limits);
    std::string told;
    std::string passed;
    std::string kept;
    for (const auto& piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
        kept += piece;
        while (!kept.empty()) {
            const auto decision = framing.next(kept);
            if (decision.begins)
                told += framing.request().path + ' ';
            passed += kept.substr(0, decision.size);
            kept.erase(0, decision.size);
            if (decision.verdict == Verdict::opaque)
                return told + "opaque";
            if (decision.verdict == Verdict::create) {
                const auto create = framing.whole_create(kept);
                told += '{' + create.request.body + "} ";
                passed += create.bytes;
                const auto size = create.bytes.size();
                framing.end_create();
                kept.erase(0, size);
            } else if (decision.verdict == Verdict::read_more) {
                break;
            }
        }
    }
    return told + '|' + passed + kept;
}

TEST(ProxyRequests, AreTheSameWhereverTheBytesAreCut) {
    const std::string bytes =
        "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
        "POST /images/load HTTP/1.1\nTransfer-Encoding: Chunked\n\n3;x=y\nabc\n0\nT: u\n\n"
        "POST /%63ontainers/create?name=x HTTP/1.1\r\nContent-Length: 4\r\n\r\n{12}"
        "POST http://d/v1.44/containers/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2;ext\r\n{1\r\n2\r\n2}\r\n0\r\nTrailer: x\r\n\r\n"
        "\r\nPUT /containers/x/archive HTTP/1.1\r\nContent-Length: 5\r\n\r\nPOST "
        "HEAD /_ping HTTP/1.0\r\n\r\n";
    const auto told = "/_ping /images/load {{12}} {{12}} /containers/x/archive /_ping |" + bytes;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
        ASSERT_EQ(requests_in(bytes, cut), told) << "cut at " << cut;
}

TEST(ProxyRequests, SayWhatTheyMayTurnInto) {
    const Limits limits;
    const auto may_become_stream = [&](const std::string& head) {
        RequestFraming framing(limits);
        EXPECT_EQ(framing.next(head).verdict, Verdict::pass) << head;
        return framing.request().may_become_stream;
    };
    EXPECT_TRUE(may_become_stream("POST /containers/x/attach HTTP/1.1\r\n\r\n"));
    EXPECT_TRUE(may_become_stream("POST /exec/x/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n"));
    EXPECT_TRUE(may_become_stream("POST /session HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"));
    EXPECT_FALSE(may_become_stream("GET /containers/x/logs?follow=1 HTTP/1.1\r\n\r\n"));
}

TEST(ProxyRequests, PassUnreadWhereTheyCannotBeTold) {
    const Limits limits;
    for (const std::string bytes :
         {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT d:80 HTTP/1.1\r\n\r\n", "hello\n\n",
          "POST /containers/create HTTP/1.1\r\n"
          "Transfer-Encoding: gzip\r\n\r\n{}"}) {
        RequestFraming framing(limits);
        EXPECT_EQ(framing.next(bytes).verdict, Verdict::opaque) << bytes;
    }
    RequestFraming framing(limits);
    const std::string head = "GET / HTTP/1.1\r\nX: " + std::string(limits.head_bytes, 'x');
    EXPECT_EQ(framing.next(head.substr(0, limits.head_bytes - 1)).verdict, Verdict::read_more);
    EXPECT_EQ(framing.next(head).verdict, Verdict::opaque);
}

TEST(ProxyRequests, KeepNoMoreOfACreateThanMayBeCompleted) {
    Limits limits;
    limits.body_bytes = 8;
    RequestFraming by_length(limits);
    const std::string head = "POST /containers/create HTTP/1.1\r\nContent-Length: ";
    EXPECT_EQ(by_length.next(head + "8\r\n\r\n").verdict, Verdict::read_more);
    RequestFraming too_long(limits);
    const auto decision = too_long.next(head + "9\r\n\r\n");
    EXPECT_EQ(decision.verdict, Verdict::pass);
    EXPECT_EQ(too_long.request().untouched, Untouched::too_large);
    RequestFraming without(limits);
    EXPECT_EQ(without.next(head + "0\r\n\r\n").verdict, Verdict::pass);
    EXPECT_EQ(without.request().untouched, Untouched::no_body);
    // The head and what is there of the chunks pass as they came, and so does the rest.
    const std::string chunked =
        "POST /containers/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\n{\"a\":\r\n5\r\n1   }\r\n0\r\n\r\n";
    for (std::size_t cut = 0; cut <= chunked.size(); ++cut)
        ASSERT_EQ(requests_in(chunked + "GET /info HTTP/1.1\r\n\r\n", cut, limits),
                  "/containers/create /info |" + chunked + "GET /info HTTP/1.1\r\n\r\n");
}

TEST(ProxyRequests, AskToContinueOnlyWhereTheClientWaits) {
    const Limits limits;
    const std::string head = "POST /containers/create HTTP/1.1\r\nExpect: 100-continue\r\n"
                             "Content-Length: 2\r\n\r\n";
    RequestFraming waiting(limits);
    waiting.next(head);
    EXPECT_TRUE(waiting.is_asked_to_continue());
    waiting.told_to_continue();
    EXPECT_EQ(waiting.next(head).verdict, Verdict::read_more);
    EXPECT_FALSE(waiting.is_asked_to_continue());
    RequestFraming sending(limits);
    sending.next(head + "{");
    EXPECT_FALSE(sending.is_asked_to_continue());
    RequestFraming other(limits);
    other.next("POST /images/load HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_FALSE(other.is_asked_to_continue());
}

} // namespace
} // namespace doors_test
