// HTTP over a real Unix socket, with everything that can go wrong on it.

#include "agent/http/transport.hpp"

#include "fakes/scripted_docker_server.hpp"
#include "fakes/test_loop.hpp"
#include "pace.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace agent::http {

namespace {

using base::Errc;
using fakes::answer;
using fakes::chunk;
using fakes::chunked_head;
using fakes::hang;
using fakes::hang_up;
using namespace std::chrono_literals;

class TransportTest : public testing::Test {
protected:
    static Request get(std::string target, std::chrono::milliseconds deadline = 5s) {
        Request request;
        request.target = std::move(target);
        request.deadline = deadline;
        return request;
    }
    static Request post(std::string target, std::string body = {}) {
        auto request = get(std::move(target));
        request.method = "POST";
        request.body = std::move(body);
        return request;
    }
    base::Result<Response> exchange(Request request) {
        return loop.run(transport->exchange(std::move(request)));
    }
    Errc failure(Request request) {
        const auto response = exchange(std::move(request));
        EXPECT_FALSE(response);
        return response ? Errc::internal : response.error().code();
    }
    base::Result<StreamAnswer> open(QueueLimits limits) {
        return loop.run(transport->open_stream(get("/events"), limits));
    }

    fakes::TestLoop loop;
    fakes::ScriptedDockerServer server;
    std::unique_ptr<Transport> transport = server.transport(loop.executor());
};

/// The error's kind for an endpoint where nobody answers.
base::Error refusal_at(const std::string& path) {
    fakes::TestLoop loop;
    const auto transport = make_transport(loop.executor(), ServerAddress{path, {}});
    Request request;
    const auto response = loop.run(transport->exchange(std::move(request)));
    return response ? base::Error() : response.error();
}

} // namespace

TEST_F(TransportTest, GivesStatusHeadersAndBody) {
    server.on("GET /x ",
              {fakes::send("HTTP/1.1 404 Nope\r\nX-Thing:  a b \r\nContent-Length: 2\r\n\r\nhi")});
    const auto response = exchange(get("/x"));
    ASSERT_TRUE(response) << response.error().what();
    EXPECT_EQ(response->status, 404);
    EXPECT_EQ(response->headers.at("x-thing"), "a b");
    EXPECT_EQ(response->body, "hi");
}

TEST_F(TransportTest, PostsABodyWithoutWaitingForContinue) {
    const std::string body(2'000'000, 'b');
    server.on("POST /x ", {answer(201, "{}")});
    const auto response = exchange(post("/x", body));
    ASSERT_TRUE(response) << response.error().what();
    const auto request = server.last_request();
    EXPECT_EQ(request.find("Expect"), std::string::npos);
    EXPECT_TRUE(request.ends_with("\r\n\r\n" + body));
}

TEST_F(TransportTest, CallsAnEmptyPostNoForm) {
    server.on("POST /x ", {answer(204, "")});
    ASSERT_TRUE(exchange(post("/x")));
    EXPECT_EQ(server.last_request().find("Content-Type"), std::string::npos);
    EXPECT_NE(server.last_request().find("Content-Length: 0"), std::string::npos);
}

TEST_F(TransportTest, LeavesDotsInAPathAlone) {
    server.on("GET /a/../b ", {answer(200, "{}")});
    ASSERT_TRUE(exchange(get("/a/../b")));
    EXPECT_EQ(server.requests(), std::vector<std::string>{"GET /a/../b"});
}

TEST_F(TransportTest, KeepsAConnectionForGetsAndNotForPosts) {
    for (int i = 0; i < 3; ++i) {
        server.on("GET /x ", {answer(200, "{}")});
        ASSERT_TRUE(exchange(get("/x")));
    }
    EXPECT_EQ(server.connections(), 1U);
    server.on("POST /x ", {answer(200, "{}")});
    ASSERT_TRUE(exchange(post("/x")));
    EXPECT_EQ(server.connections(), 2U);
}

TEST_F(TransportTest, NeverSendsAPostTwice) {
    server.on("GET /x ", {answer(200, "{}")});
    ASSERT_TRUE(exchange(get("/x")));
    server.on("POST /create ", {hang_up()});
    server.on("POST /create ", {answer(200, "{}")});
    EXPECT_EQ(failure(post("/create")), Errc::unavailable);
    EXPECT_EQ(server.requests(), (std::vector<std::string>{"GET /x", "POST /create"}));
}

TEST_F(TransportTest, RepeatsAGetWhoseKeptConnectionDied) {
    server.on("GET /x ", {answer(200, "{}")});
    server.on("GET /y ", {hang_up()});
    server.on("GET /y ", {answer(200, "{}")});
    ASSERT_TRUE(exchange(get("/x")));
    EXPECT_TRUE(exchange(get("/y")));
}

TEST_F(TransportTest, EndsACallAtItsDeadline) {
    server.on("GET /silent ", {hang()});
    server.on("GET /head ", {fakes::send("HTTP/1.1 200 OK\r\nContent-Le"), hang()});
    server.on("GET /body ",
              {fakes::send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234"), hang()});
    for (const auto* target : {"/silent", "/head", "/body"}) {
        tests::slowness();
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_EQ(failure(get(target, 100ms)), Errc::timeout) << target;
        const auto took = std::chrono::steady_clock::now() - begin;
        EXPECT_GE(took, 100ms);
        EXPECT_LT(took, tests::at_this_pace(2s));
    }
    EXPECT_TRUE(server.wait_for_hang_ups(3));
}

TEST_F(TransportTest, NoticesAnAnswerThatBreaksOff) {
    server.on("GET /none ", {hang_up()});
    server.on("GET /head ", {fakes::send("HTTP/1.1 200 OK\r\nConte"), hang_up()});
    server.on("GET /body ",
              {fakes::send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12"), hang_up()});
    server.on("GET /chunk ", {chunked_head(), fakes::send("9\r\n12"), hang_up()});
    for (const auto* target : {"/none", "/head", "/body", "/chunk"})
        EXPECT_EQ(failure(get(target)), Errc::unavailable) << target;
}

TEST_F(TransportTest, RefusesGarbage) {
    server.on("GET /x ", {fakes::send("SSH-2.0-OpenSSH_9.2\r\n\r\n"), hang_up()});
    EXPECT_EQ(failure(get("/x")), Errc::protocol);
}

TEST_F(TransportTest, RefusesAnAnswerOverItsLimit) {
    server.on("GET /x ", {answer(200, std::string(1001, 'x'))});
    auto request = get("/x");
    request.body_limit = 1000;
    EXPECT_EQ(failure(std::move(request)), Errc::too_large);
    server.on("GET /y ", {answer(200, std::string(1000, 'x'))});
    request = get("/y");
    request.body_limit = 1000;
    EXPECT_TRUE(exchange(std::move(request)));
}

TEST_F(TransportTest, RefusesAnEndlessHead) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 300; ++i)
        head.append("X-").append(std::to_string(i)).append(": ").append(1000, 'x').append("\r\n");
    server.on("GET /x ", {fakes::send(head), hang()});
    EXPECT_EQ(failure(get("/x")), Errc::too_large);
}

TEST(Transport, SaysWhyNobodyAnswers) {
    const auto absent = refusal_at("/tmp/no-such-folder/docker.sock");
    EXPECT_EQ(absent.code(), Errc::unavailable);
    EXPECT_EQ(absent.what(), "cannot connect to unix:///tmp/no-such-folder/docker.sock: "
                             "No such file or directory");
    std::string path;
    {
        fakes::ScriptedDockerServer server;
        path = server.socket_path();
    }
    EXPECT_EQ(refusal_at(path).code(), Errc::unavailable);
}

TEST(Transport, SaysThatASocketFileIsDead) {
    const std::string path = "/tmp/docker-test-dead-" + std::to_string(::getpid());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const auto refused = refusal_at(path);
    ::close(socket);
    ::unlink(path.c_str());
    EXPECT_EQ(refused.code(), Errc::unavailable);
    EXPECT_NE(refused.what().find("Connection refused"), std::string::npos) << refused.what();
}

TEST(Transport, SpeaksTcpAndUsesNoProxy) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener, generic, size), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    ASSERT_EQ(::getsockname(listener, generic, &size), 0);
    std::thread server([&] {
        const int socket = ::accept(listener, nullptr, nullptr);
        char request[4096];
        EXPECT_GT(::recv(socket, request, sizeof request, 0), 0);
        constexpr std::string_view reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
        EXPECT_EQ(::send(socket, reply.data(), reply.size(), 0),
                  static_cast<ssize_t>(reply.size()));
        ::close(socket);
    });
    fakes::TestLoop loop;
    const auto transport = make_transport(
        loop.executor(), ServerAddress{{}, "127.0.0.1:" + std::to_string(ntohs(address.sin_port))});
    Request request;
    request.target = "/_ping";
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    const auto response = loop.run(transport->exchange(std::move(request)));
    ::unsetenv("http_proxy");
    ::shutdown(listener, SHUT_RDWR); // lets go of a server that nobody called
    server.join();
    ::close(listener);
    ASSERT_TRUE(response) << response.error().what();
    EXPECT_EQ(response->body, "OK");
}

TEST_F(TransportTest, EndsACallWhenItsTaskIsCancelled) {
    server.on("GET /x ", {hang()});
    const auto result = loop.start(transport->exchange(get("/x", 60s)));
    loop.run_until([&] { return !server.requests().empty(); });
    loop.tasks().cancel();
    loop.run_until([&] { return result->has_value(); });
    ASSERT_TRUE(*result);
    EXPECT_EQ((*result)->error().code(), Errc::cancelled);
    EXPECT_TRUE(server.wait_for_hang_ups(1));
    loop.tasks().cancel(); // late and double: nothing of ours is left
    loop.run_for(20ms);
}

TEST_F(TransportTest, RacesOfAnswerAndDeadlineEndOnce) {
    for (int i = 0; i < 200; ++i) {
        server.on("GET /x ", {answer(200, "{}")});
        const auto response = exchange(get("/x", std::chrono::milliseconds(i % 3)));
        if (!response) {
            EXPECT_EQ(response.error().code(), Errc::timeout);
        }
    }
}

TEST_F(TransportTest, RunsManyCallsAtOnceAndHalfOfThemCancelled) {
    auto stream_request = get("/events");
    server.on("GET /events ", {chunked_head(), fakes::feed(), hang()});
    const auto stream = loop.run(transport->open_stream(std::move(stream_request), QueueLimits()));
    ASSERT_TRUE(stream);
    std::vector<std::shared_ptr<std::optional<base::Result<Response>>>> results;
    for (int i = 0; i < 32; ++i) {
        const auto name = std::to_string(i);
        server.on("GET /" + name + " ", {i % 2 == 0 ? answer(200, name) : hang()});
        results.push_back(loop.start(transport->exchange(get("/" + name, 60s))));
    }
    const auto answered = [&] {
        return std::count_if(results.begin(), results.end(),
                             [](const auto& result) { return result->has_value(); });
    };
    loop.run_until([&] { return answered() == 16 && server.requests().size() == 33; });
    EXPECT_EQ(answered(), 16);
    EXPECT_EQ(server.requests().size(), 33U) << "none waits for another";
    loop.tasks().cancel();
    loop.run_until([&] { return loop.tasks().size() == 0; });
    for (std::size_t i = 0; i < results.size(); ++i) {
        ASSERT_TRUE(*results[i]) << i;
        auto& result = results[i]->value();
        if (i % 2 == 0)
            EXPECT_EQ(result->body, std::to_string(i));
        else
            EXPECT_EQ(result.error().code(), Errc::cancelled);
    }
}

TEST(Transport, EndsItsCallsWhenItIsDestroyed) {
    fakes::TestLoop loop;
    fakes::ScriptedDockerServer server;
    server.on("GET /x ", {hang()});
    server.on("GET /events ", {chunked_head(), hang()});
    auto transport = server.transport(loop.executor());
    Request events;
    events.target = "/events";
    auto stream = loop.run(transport->open_stream(std::move(events), QueueLimits()));
    ASSERT_TRUE(stream);
    const auto next = loop.start(stream->lines->next(60s));
    Request request;
    request.target = "/x";
    const auto result = loop.start(transport->exchange(std::move(request)));
    loop.run_until([&] { return server.requests().size() == 2; });
    transport.reset();
    loop.run_until([&] { return result->has_value() && next->has_value(); });
    EXPECT_EQ((*result)->error().code(), Errc::unavailable);
    EXPECT_EQ((*next)->error().code(), Errc::unavailable);
}

TEST(Transport, MayBeLeftWithCallsUnderWay) {
    fakes::ScriptedDockerServer server;
    server.on("GET /x ", {hang()});
    fakes::TestLoop loop;
    const auto transport = server.transport(loop.executor());
    Request request;
    request.target = "/x";
    const auto result = loop.start(transport->exchange(std::move(request)));
    loop.run_until([&] { return !server.requests().empty(); });
    EXPECT_FALSE(*result); // and the sanitizers watch the way out
}

TEST_F(TransportTest, HandsOutLinesAsTheyCome) {
    server.on("GET /events ", {chunked_head(), fakes::feed(), fakes::send("0\r\n\r\n")});
    auto stream = open(QueueLimits());
    ASSERT_TRUE(stream) << stream.error().what();
    auto& lines = *stream->lines;
    auto item = loop.run(lines.next(20ms));
    EXPECT_EQ(item->kind, StreamItem::Kind::nothing_yet);
    server.feed(chunk("one\ntw"));
    EXPECT_EQ(loop.run(lines.next(5s))->line, "one");
    server.feed(chunk("o\n"));
    EXPECT_EQ(loop.run(lines.next(5s))->line, "two");
    server.feed(chunk("three"));
    server.end_feed();
    EXPECT_EQ(loop.run(lines.next(5s))->line, "three");
    EXPECT_EQ(loop.run(lines.next(5s))->kind, StreamItem::Kind::end);
    EXPECT_EQ(loop.run(lines.next(5s))->kind, StreamItem::Kind::end);
}

TEST_F(TransportTest, GivesTheBodyOfARefusedStream) {
    server.on("GET /events ", {answer(400, R"({"message":"bad filter"})")});
    const auto stream = open(QueueLimits());
    ASSERT_TRUE(stream);
    EXPECT_EQ(stream->response.status, 400);
    EXPECT_EQ(stream->response.body, R"({"message":"bad filter"})");
    EXPECT_EQ(stream->lines, nullptr);
}

TEST_F(TransportTest, EndsAStreamThatIsFasterThanItsReader) {
    server.on("GET /events ", {chunked_head(), fakes::feed()});
    auto stream = open(QueueLimits{100, 3, 1000});
    ASSERT_TRUE(stream);
    server.feed(chunk("1\n2\n3\n4\n5\n"));
    const auto before = server.hang_ups();
    loop.run_until([&] {
        server.feed(chunk("6\n"));
        return server.hang_ups() > before;
    });
    EXPECT_EQ(loop.run(stream->lines->next(5s))->line, "1");
    base::Result<StreamItem> item = StreamItem();
    while (item)
        item = loop.run(stream->lines->next(5s));
    EXPECT_EQ(item.error().code(), Errc::exhausted);
}

TEST_F(TransportTest, ClosesAStreamThatNobodyReads) {
    server.on("GET /events ", {chunked_head(), hang()});
    auto stream = open(QueueLimits());
    ASSERT_TRUE(stream);
    stream->lines.reset();
    EXPECT_TRUE(server.wait_for_hang_ups(1));
}

TEST_F(TransportTest, EndsTheWaitForALineWhenItsTaskIsCancelled) {
    server.on("GET /events ", {chunked_head(), fakes::feed()});
    auto stream = open(QueueLimits());
    ASSERT_TRUE(stream);
    const auto next = loop.start(stream->lines->next(60s));
    loop.run_for(20ms);
    loop.tasks().cancel();
    loop.run_until([&] { return next->has_value(); });
    EXPECT_EQ((*next)->error().code(), Errc::cancelled);
    server.feed(chunk("later\n"));
    EXPECT_EQ(loop.run(stream->lines->next(5s))->line, "later");
}

TEST_F(TransportTest, EndsTheOpeningOfAStreamAtItsDeadline) {
    server.on("GET /events ", {hang()});
    auto request = get("/events", 50ms);
    const auto stream = loop.run(transport->open_stream(std::move(request), QueueLimits()));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Errc::timeout);
    EXPECT_TRUE(server.wait_for_hang_ups(1));
}

} // namespace agent::http
