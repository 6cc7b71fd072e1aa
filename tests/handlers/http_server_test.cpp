#include "server_fixture.hpp"

#include <atomic>
#include <future>

namespace {

using namespace handlers_test;

std::string without_date(std::string answer) {
    const auto from = answer.find("Date: ");
    EXPECT_NE(from, std::string::npos) << answer;
    return from == std::string::npos
               ? answer
               : answer.erase(from, sizeof "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" - 1);
}

TEST_F(HttpServerTest, AnswersInBytesThatAreKnown) {
    start();
    auto client = connect();
    client.send("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(without_date(client.read_answer()),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGET /a ");
}

TEST_F(HttpServerTest, KeepsConnectionsByTheVersionsRules) {
    start();
    auto client = connect();
    for (int i = 0; i < 3; ++i) {
        client.send(get);
        EXPECT_EQ(status_of(client.read_answer()), "HTTP/1.1 200 OK");
    }
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(client.read_answer().find("\r\nConnection: keep-alive\r\n"), std::string::npos);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_NE(client.read_answer().find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(client.is_closed());
    EXPECT_NE(conversation("GET / HTTP/1.0\r\n\r\n").find("\r\nConnection: close\r\n"),
              std::string::npos);
}

TEST_F(HttpServerTest, AnswersOneRequestWhoseLinesEndInLineFeedsAlone) {
    start();
    const auto answer = conversation("GET /a HTTP/1.1\nHost: h\n\nGET /b HTTP/1.1\nHost: h\n\n");
    EXPECT_EQ(without_date(answer), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                    "Content-Length: 7\r\nConnection: close\r\n\r\nGET /a ");
    EXPECT_TRUE(conversation("GET /a HTTP/1.0\n\n").starts_with("HTTP/1.0 200 OK\r\n"));
    EXPECT_EQ(status_of(conversation("PUT /a HTTP/1.1\nHost: h\nContent-Length: 1\n\nx")),
              "HTTP/1.1 400 Bad Request");
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    std::string requests;
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        const auto path = "/" + std::to_string(i);
        requests += "GET " + path + " HTTP/1.1\r\nHost: h\r\n" +
                    (i == 99 ? "Connection: close\r\n" : "") + "\r\n";
        expected += "GET " + path + " ;";
    }
    auto client = connect();
    client.send(requests);
    std::string bodies;
    for (int i = 0; i < 100; ++i) {
        const auto answer = client.read_answer();
        bodies += answer.substr(answer.find("\r\n\r\n") + 4) + ";";
    }
    EXPECT_EQ(bodies, expected);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpServerTest, AnswersHeadWithGetsHeadersAndNoBody) {
    start();
    auto client = connect();
    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(client.read_answer(true).find("\r\nContent-Length: 8\r\n"), std::string::npos);
    client.send(get); // a body that was sent after all would be read here
    EXPECT_EQ(status_of(client.read_answer()), "HTTP/1.1 200 OK");
}

TEST_F(HttpServerTest, ReadsBodiesAndSendsContinueWhenAsked) {
    start();
    auto client = connect();
    client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_answer(true), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    EXPECT_TRUE(client.read_answer().ends_with("PUT /x hello"));
    client.send(
        "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n");
    client.send("\r\n");
    EXPECT_TRUE(client.read_answer().ends_with("PUT /x abc"));
}

TEST_F(HttpServerTest, AnswersOptionsForTheServerAsAWhole) {
    start();
    auto client = connect();
    client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(without_date(client.read_answer()), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(HttpServerTest, EndsTheConnectionAfterWhatItDoesNotUnderstand) {
    start();
    const auto refused = conversation("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(without_date(refused),
              "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 15\r\nConnection: close\r\n\r\n400 Bad Request");
    EXPECT_EQ(status_of(conversation("PRI * HTTP/2.0\r\n\r\n")),
              "HTTP/1.1 505 HTTP Version Not Supported");
}

TEST_F(HttpServerTest, TellsClientsThatSendTooMuchEvenWhileTheySend) {
    start();
    const auto header = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100'000, 'x');
    const auto too_long = conversation(header);
    EXPECT_EQ(status_of(too_long), "HTTP/1.1 431 Request Header Fields Too Large");
    EXPECT_TRUE(too_long.ends_with("431 Request Header Fields Too Large"));
    const auto body = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n";
    const auto too_large = conversation(body + std::string(65537, 'x'));
    EXPECT_EQ(status_of(too_large), "HTTP/1.1 413 Request Entity Too Large");
    EXPECT_TRUE(too_large.ends_with("413 Request Entity Too Large"));
}

TEST_F(HttpServerTest, AnswersAClientThatHasFinishedSending) {
    start();
    auto client = connect();
    client.send(get);
    client.finish_sending();
    EXPECT_EQ(status_of(client.read_all()), "HTTP/1.1 200 OK");
    EXPECT_TRUE(settles_at(0));
}

TEST_F(HttpServerTest, OutlivesClientsThatLeaveAtAnyTime) {
    start();
    for (const std::string_view bytes :
         {"", "GET", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n",
          "GET /big HTTP/1.1\r\nHost: h\r\n\r\n",
          "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na"})
        connect().send(bytes);
    EXPECT_NE(conversation("GET / HTTP/1.0\r\n\r\n"), "");
    EXPECT_TRUE(settles_at(0));
}

TEST_F(HttpServerTest, SendsBigAnswersToSlowReaders) {
    start();
    const auto answer = conversation("GET /big HTTP/1.0\r\n\r\n");
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, big);
}

TEST_F(HttpServerTest, TurnsExceptionsIntoTheApplicationsFailure) {
    start();
    auto client = connect();
    client.send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = client.read_answer();
    EXPECT_EQ(status_of(answer), "HTTP/1.1 500 Internal Server Error");
    EXPECT_TRUE(answer.ends_with("failed"));
    client.send(get);
    EXPECT_EQ(status_of(client.read_answer()), "HTTP/1.1 200 OK");
}

TEST_F(HttpServerTest, LogsEachRequestWithWhatMayBeShown) {
    std::promise<std::string> first;
    std::atomic<int> lines = 0;
    base::log::set_sink([&](base::log::Level, std::string_view line) {
        if (lines++ == 0)
            first.set_value(std::string(line));
    });
    base::log::set_level(base::log::Level::info);
    start();
    auto client = connect();
    client.send("GET /pathsecret HTTP/1.1\r\nHost: h\r\nUser-Agent: curl/8 x\r\n\r\n");
    client.read_answer();
    auto future = first.get_future();
    ASSERT_EQ(future.wait_for(2s), std::future_status::ready);
    const auto line = future.get();
    EXPECT_TRUE(line.starts_with("request server=test method=GET path=/path status=200 "
                                 "peer=127.0.0.1 bytes=16 microseconds="))
        << line;
    EXPECT_TRUE(line.ends_with(" agent=\"curl/8 x\"")) << line;
    stop(1s);
}

} // namespace
