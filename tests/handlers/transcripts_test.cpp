// Conversations of a client with the server on one connection: what is sent, and what comes back.

#include "server_fixture.hpp"

#include "fakes/transcript.hpp"

namespace {

using namespace handlers_test;

/// With its \r and \n.
std::string as_bytes(std::string text) {
    for (const auto& [written, meant] : {std::pair{"\\r", '\r'}, {"\\n", '\n'}})
        for (auto at = text.find(written); at != std::string::npos; at = text.find(written, at))
            text.replace(at, 2, 1, meant);
    return text;
}

/// "200 body", and what the answer says of the connection.
std::string summary(const std::string& answer) {
    const auto head_end = answer.find("\r\n\r\n");
    if (answer.size() < 12 || head_end == std::string::npos)
        return answer;
    auto text = answer.substr(9, 3);
    if (answer.find("\r\nConnection: close\r\n") < head_end)
        text += " close";
    return text + ' ' + answer.substr(head_end + 4);
}

class ServerTranscript : public HttpServerTest {
protected:
    /// Has it on one connection. An answer that is "-" does not come yet; "closed" is the end.
    void talk(std::string_view transcript) {
        start();
        auto client = connect();
        for (const auto& turn : fakes::read_transcript(transcript)) {
            client.send(as_bytes(turn.said));
            for (const auto& expected : turn.answered) {
                if (expected == "-")
                    continue;
                if (expected == "closed")
                    EXPECT_TRUE(client.is_closed()) << turn.said;
                else
                    EXPECT_EQ(fakes::without_blanks(summary(client.read_answer())), expected)
                        << turn.said;
            }
        }
    }
};

TEST_F(ServerTranscript, RequestsFollowOneAnotherUntilOneIsTheLast) {
    talk(R"(
        GET /a HTTP/1.1\r\nHost: h\r\n\r\n                                     | 200 GET /a
        POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz            | 200 POST /b xyz
        GET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n                | 200 close GET /c
                                                                               | closed
    )");
}

TEST_F(ServerTranscript, ARequestMayComeInPieces) {
    talk(R"(
        GET /a HT                                                              | -
        TP/1.1\r\nHost: h\r\n                                                  | -
        \r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET                              | 200 GET /a
                                                                               | 200 GET /b
        /c HTTP/1.1\r\nHost: h\r\n\r\n                                         | 400 close 400 Bad Request
                                                                               | closed
    )");
}

TEST_F(ServerTranscript, ABodyInChunksIsOneBody) {
    talk(R"(
        PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n       | -
        2\r\nxy\r\n                                                            | -
        1;name=value\r\nz\r\n0\r\nHost: other\r\n\r\n                          | 200 PUT /a xyz
        GET /b HTTP/1.1\r\nHost: h\r\n\r\n                                     | 200 GET /b
    )");
}

TEST_F(ServerTranscript, WhatTwoReadersMayReadInTwoWaysEndsTheConnection) {
    talk(R"(
        GET /a HTTP/1.1\r\nHost: h\r\n\r\n                                     | 200 GET /a
        PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n | 400 close 400 Bad Request
                                                                               | closed
    )");
}

} // namespace
