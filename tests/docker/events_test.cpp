#include "agent/docker/client.hpp"

#include "fakes/scripted_docker_server.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

namespace {

using base::Errc;
using fakes::chunk;
using fakes::chunked_head;
using fakes::hang;
using namespace std::chrono_literals;

constexpr std::string_view die =
    R"({"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"exitCode":"1"}},)"
    R"("timeNano":5})";

class EventsTest : public testing::Test {
protected:
    void SetUp() override {
        client = make_client(server.transport(loop.executor()), {});
        server.on_connect("1.52", "1.44");
        ASSERT_TRUE(loop.run(client->connect()));
    }
    /// Opens a stream that the test feeds.
    void open() {
        server.on("GET /v1.52/events?", {chunked_head(), fakes::feed(), fakes::hang_up()});
        EventFilter filter;
        auto opened = loop.run(client->events(filter, std::nullopt));
        ASSERT_TRUE(opened) << opened.error().what();
        stream = std::move(*opened);
    }
    base::Result<std::optional<Event>> next(std::chrono::milliseconds limit = 5s) {
        return loop.run(stream->next(limit));
    }

    fakes::TestLoop loop;
    fakes::ScriptedDockerServer server;
    std::unique_ptr<Client> client;
    std::unique_ptr<EventStream> stream;
};

} // namespace

TEST_F(EventsTest, ReadsTheNewestShapeLineByLine) {
    open();
    server.feed(chunk(std::string(die).substr(0, 40)));
    EXPECT_EQ(next(30ms).value(), std::nullopt);
    server.feed(chunk(std::string(die).substr(40) + "\n" + std::string(die) + "\n"));
    const auto event = next();
    ASSERT_TRUE(event && *event);
    EXPECT_EQ((*event)->action, "die");
    EXPECT_EQ((*event)->actor_id, "c1");
    EXPECT_EQ((*event)->time_nano, 5);
    EXPECT_TRUE(next().value());
}

TEST_F(EventsTest, AsksTheServerToFilterAndToReplay) {
    // Podman 4 filters by its own names of them only; an engine passes over what it does not know.
    server.on(
        "GET /v1.52/events?filters=%7B%22event%22%3A%7B%22die%22%3Atrue%2C%22died%22%3Atrue%7D"
        "%2C%22type%22%3A%7B%22container%22%3Atrue%7D%7D&since=3.000000004 ",
        {chunked_head(), hang()});
    EventFilter filter;
    filter.types = {"container"};
    filter.actions = {"die"};
    EXPECT_TRUE(loop.run(client->events(filter, 3'000'000'004)));
}

TEST_F(EventsTest, SaysAgainAndAgainThatTheStreamEnded) {
    open();
    server.feed(chunk(std::string(die) + "\n"));
    server.end_feed();
    EXPECT_TRUE(next().value());
    for (int i = 0; i < 2; ++i) {
        const auto event = next();
        ASSERT_FALSE(event);
        EXPECT_EQ(event.error().code(), Errc::unavailable);
        EXPECT_TRUE(event.error().what().starts_with("docker events: ")) << event.error().what();
    }
}

TEST_F(EventsTest, EndsAtALineThatIsNoEvent) {
    open();
    server.feed(chunk("<html>\n" + std::string(die) + "\n"));
    EXPECT_EQ(next().error().code(), Errc::protocol);
    EXPECT_EQ(next().error().code(), Errc::protocol);
}

TEST_F(EventsTest, EndsWhenNobodyReadsForTooLong) {
    open();
    std::string many;
    for (int i = 0; i < 10'000; ++i)
        many.append(die).append("\n");
    server.feed(chunk(many));
    const auto before = server.hang_ups();
    loop.run_until([&] {
        server.feed(chunk(std::string(die) + "\n"));
        return server.hang_ups() > before;
    });
    auto event = next();
    int count = 0;
    for (; event; event = next())
        ++count;
    EXPECT_EQ(event.error().code(), Errc::exhausted);
    EXPECT_GT(count, 1000);
    EXPECT_LT(count, 10'000);
}

TEST_F(EventsTest, AStalledStreamKeepsOtherCallsFree) {
    open();
    const auto waiting = loop.start(stream->next(60s));
    for (int i = 0; i < 20; ++i) {
        server.on("GET /_ping ", {fakes::answer(200, "OK")});
        EXPECT_TRUE(loop.run(client->ping(2s)));
    }
    EXPECT_FALSE(*waiting);
    loop.tasks().cancel();
    loop.run_until([&] { return waiting->has_value(); });
    EXPECT_EQ((*waiting)->error().code(), Errc::cancelled);
}

} // namespace agent::docker
