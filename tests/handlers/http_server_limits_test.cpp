#include "pace.hpp"
#include "server_fixture.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <optional>

namespace {

using namespace handlers_test;

Limits impatient() {
    Limits limits;
    limits.request_time = 150ms;
    limits.idle_time = 150ms;
    limits.answer_time = 5000ms;
    return limits;
}

TEST_F(HttpServerTest, EndsSlowRequestsHoweverBusyTheySeem) {
    start(impatient());
    for (const auto* piece : {"G", "GET / HTTP/1.1\n"}) {
        auto client = connect();
        std::atomic<bool> is_over = false;
        std::thread drip([&] {
            for (; !is_over; std::this_thread::sleep_for(20ms))
                client.send(piece);
        });
        const auto received = client.read_all();
        is_over = true;
        drip.join();
        EXPECT_EQ(received.find("HTTP"), std::string::npos) << piece;
        EXPECT_EQ(received.find("<timeout>"), std::string::npos) << piece << " is waited for";
    }
}

TEST_F(HttpServerTest, EndsSilentAndIdleConnections) {
    start(impatient());
    EXPECT_TRUE(connect().is_closed());
    auto client = connect();
    client.send(get);
    EXPECT_NE(client.read_answer(), "");
    EXPECT_TRUE(client.is_closed());
    EXPECT_TRUE(settles_at(0));
}

TEST_F(HttpServerTest, DoesNotCountTheHandlersTimeAsTheClients) {
    start(impatient());
    auto client = connect();
    client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(client.read_answer()), "HTTP/1.1 200 OK");
}

TEST_F(HttpServerTest, EndsClientsThatDoNotReadTheirAnswer) {
    Limits limits;
    limits.answer_time = 150ms;
    start(limits);
    auto client = connect();
    client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(settles_at(1));
    EXPECT_TRUE(settles_at(0));
    EXPECT_LT(client.read_all().size(), big);
}

TEST_F(HttpServerTest, GivesEachAddressItsShare) {
    Limits limits;
    limits.connections_per_address = 3;
    start(limits);
    std::vector<RawClient> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(connect());
        held.back().send(get);
        held.back().read_answer();
    }
    EXPECT_TRUE(connect().is_closed());
    auto other = connect("127.0.0.2");
    other.send(get);
    EXPECT_EQ(status_of(other.read_answer()), "HTTP/1.1 200 OK");
    held.pop_back();
    EXPECT_TRUE(settles_at(3));
    auto again = connect();
    again.send(get);
    EXPECT_EQ(status_of(again.read_answer()), "HTTP/1.1 200 OK");
}

TEST_F(HttpServerTest, TakesFromTheGreediestWhenAllConnectionsAreTaken) {
    Limits limits;
    limits.connections = 4;
    start(limits);
    std::vector<RawClient> greedy;
    for (int i = 0; i < 4; ++i) {
        greedy.push_back(connect());
        greedy.back().send(get);
        greedy.back().read_answer();
    }
    EXPECT_TRUE(connect().is_closed()); // the greediest itself gets no more
    auto modest = connect("127.0.0.2");
    modest.send(get);
    EXPECT_EQ(status_of(modest.read_answer()), "HTTP/1.1 200 OK");
    EXPECT_TRUE(greedy.front().is_closed());
    greedy.back().send(get);
    EXPECT_EQ(status_of(greedy.back().read_answer()), "HTTP/1.1 200 OK");
}

TEST_F(HttpServerTest, ClosesThoseWhoMayNotConnectUnanswered) {
    start();
    auto client = connect("127.0.0.9");
    client.send(get);
    EXPECT_EQ(client.read_all().find("HTTP"), std::string::npos);
    EXPECT_EQ(connections(), 0U);
}

TEST_F(HttpServerTest, NamesThePlaceWhereItCannotListen) {
    start();
    const auto busy = listen({"127.0.0.1", port_});
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().code(), base::Errc::conflict);
    EXPECT_EQ(busy.error().what(),
              "cannot listen on 127.0.0.1:" + std::to_string(port_) + ": Address already in use");
    EXPECT_EQ(listen({"203.0.113.7", 0}).error().code(), base::Errc::unavailable);
    EXPECT_EQ(listen({"localhost", 0}).error().code(), base::Errc::invalid_argument);
}

TEST_F(HttpServerTest, TakesAndGivesUpEndpointsWhileItRuns) {
    start();
    const auto second = listen({"127.0.0.2", port_}).value();
    EXPECT_EQ(on_loop([&] { return server_->addresses(); }),
              (std::vector<SocketAddress>{{"127.0.0.1", port_}, {"127.0.0.2", port_}}));
    auto kept = connect();
    EXPECT_TRUE(on_loop([&] { return server_->stop_listening({"127.0.0.1", port_}); }));
    EXPECT_FALSE(on_loop([&] { return server_->stop_listening({"127.0.0.1", port_}); }));
    EXPECT_THROW(connect(), std::runtime_error);
    kept.send(get);
    const auto answered = status_of(kept.read_answer());
    // Accepted before the end or not: an answer or nothing, never half of one.
    EXPECT_TRUE(answered == "HTTP/1.1 200 OK" || answered == "<incomplete>") << answered;
    EXPECT_TRUE(listen({"127.0.0.1", port_}));
    EXPECT_EQ(status_of(conversation("GET / HTTP/1.0\r\n\r\n")), "HTTP/1.0 200 OK");
    EXPECT_EQ(second.address, "127.0.0.2");
}

TEST_F(HttpServerTest, ListensOnIpv6BesideIpv4OfTheSamePort) {
    start();
    const auto bound = listen({"::1", port_});
    ASSERT_TRUE(bound) << bound.error().what();
    EXPECT_EQ(bound->address, "::1");
    EXPECT_EQ(listen({"::1", port_}).error().what(),
              "cannot listen on [::1]:" + std::to_string(port_) + ": Address already in use");
}

TEST_F(HttpServerTest, StopsWhenRunningRequestsAreAnswered) {
    Limits limits;
    limits.idle_time = limits.answer_time = 60s;
    start(limits);
    auto idle = connect();
    idle.send(get);
    idle.read_answer();
    auto busy = connect();
    busy.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return echo_.has_held.load(); }));
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(stop(30s, [&] { echo_.is_holding = false; }));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    const auto answer = busy.read_all();
    EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(idle.is_closed());
    EXPECT_THROW(connect(), std::runtime_error);
}

TEST_F(HttpServerTest, CutsOffWhatIsNotOverInTime) {
    start();
    auto half = connect();
    half.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_EQ(half.read_answer(true), "HTTP/1.1 100 Continue\r\n\r\n") << "it has read this half";
    tests::slowness();
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(stop(100ms));
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_LT(took, tests::at_this_pace(1s));
    EXPECT_EQ(half.read_all().find("HTTP"), std::string::npos);
}

/// While it exists, this process can open no more files.
class NoMoreFiles {
public:
    NoMoreFiles() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto none = before_;
        none.rlim_cur = static_cast<rlim_t>(base::Fd(::dup(STDERR_FILENO)).get());
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST_F(HttpServerTest, WaitsForDescriptorsAndSaysSoOnce) {
    std::atomic<int> warnings = 0;
    base::log::set_sink([&](base::log::Level level, std::string_view line) {
        if (level == base::log::Level::warn && line.starts_with("cannot accept connections"))
            ++warnings;
    });
    base::log::set_level(base::log::Level::warn);
    start();
    std::optional<RawClient> client;
    std::optional<NoMoreFiles> shortage;
    on_loop([&] { // so that the server cannot accept in between
        client.emplace(connect());
        shortage.emplace();
    });
    const auto before = std::clock();
    std::this_thread::sleep_for(350ms);
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 5); // does not spin
    shortage.reset();
    client->send(get);
    EXPECT_EQ(status_of(client->read_answer()), "HTTP/1.1 200 OK");
    EXPECT_EQ(warnings, 1);
    stop(1s);
}

} // namespace
