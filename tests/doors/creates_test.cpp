// Creates through the proxy: completed however they are written, and untouched where that cannot be.

#include "doors/door.hpp"
#include "fakes/captured_log.hpp"

#include <gtest/gtest.h>

namespace doors_test {
namespace {

constexpr std::string_view create_line = "POST /v1.44/containers/create?name=web";

/// What the engine gets of one client's bytes, which is so many.
std::string at_engine(Door& door, const std::string& sent, std::size_t size) {
    auto client = door.client();
    client.send(sent);
    return door.engine().receive(size);
}

TEST(ProxyCreate, IsCompletedAndAnswered) {
    Door door;
    auto client = door.client();
    client.send(request(create_line, create_body, "X-A: b\r\n"));
    auto engine = door.engine();
    const auto expected =
        "POST /v1.44/containers/create?name=web HTTP/1.1\r\nHost: docker\r\nX-A: b\r\n"
        "Content-Length: 29\r\n\r\n{\"Image\":\"x\",\"Env\":[\"ECS=1\"]}";
    EXPECT_EQ(engine.receive(std::string_view(expected).size()), expected);
    engine.send(response(201, R"({"Id":"1"})"));
    EXPECT_EQ(client.receive(response(201, R"({"Id":"1"})").size()),
              response(201, R"({"Id":"1"})"));
    ASSERT_EQ(door.completer.asked().size(), 1U);
    const auto asked = door.completer.asked()[0];
    EXPECT_EQ(asked.name, "web");
    EXPECT_EQ(asked.version, "1.44");
    EXPECT_EQ(asked.body, create_body);
    EXPECT_EQ(door.counters().completed, 1U);
}

TEST(ProxyCreate, IsKnownToItsCompleterWhenItsClientHearsOfIt) {
    for (const int status : {201, 404, 409, 500}) {
        Door door;
        auto client = door.client();
        client.send(request(create_line, create_body));
        auto engine = door.engine();
        engine.receive(request(create_line, completed(create_body)).size());
        const auto answer = response(status, R"({"x":"1"})");
        engine.send("HTTP/1.1 100 Continue\r\n\r\n" + answer);
        client.receive(25 + answer.size());
        EXPECT_EQ(door.completer.told(),
                  std::vector<std::string>{"ticket-web " + std::to_string(status)});
        client.send(a_ping);
        engine.receive(a_ping.size());
        engine.send(response(200, "OK"));
        client.receive(response(200, "OK").size());
        EXPECT_EQ(door.completer.told().size(), 1U) << "once";
    }
}

base::Async<void> for_long() {
    co_await base::sleep_for(std::chrono::seconds(60));
}

TEST(ProxyCreate, IsAnsweredWhenItsCompleterIsDoneOrHasTakenTooLong) {
    Limits limits;
    limits.completion_time = std::chrono::milliseconds(300);
    Door door(limits);
    door.completer.when_told(for_long);
    auto client = door.client();
    client.send(request(create_line, create_body));
    auto engine = door.engine();
    engine.receive(request(create_line, completed(create_body)).size());
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = response(201, R"({"Id":"1"})");
    engine.send(answer);
    EXPECT_EQ(client.receive(answer.size()), answer);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(290));
}

TEST(ProxyCreate, WhoseEngineGoesIsToldToItsCompleterToo) {
    Door door;
    auto client = door.client();
    client.send(request(create_line, create_body));
    {
        auto engine = door.engine();
        engine.receive(request(create_line, completed(create_body)).size());
    }
    EXPECT_TRUE(door.wait_until([&](const Counters&) { return !door.completer.told().empty(); }));
    EXPECT_EQ(door.completer.told(), std::vector<std::string>{"ticket-web 0"});
}

TEST(ProxyCreate, WhoseProxyStopsIsToldToItsCompleterBeforeThat) {
    Door door;
    door.completer.when_told(for_long);
    auto client = door.client();
    client.send(request(create_line, create_body));
    auto engine = door.engine();
    engine.receive(request(create_line, completed(create_body)).size());
    door.stop();
    EXPECT_EQ(door.completer.told(), std::vector<std::string>{"ticket-web 0"});
}

TEST(ProxyCreate, IsCompletedHoweverItsRequestIsWritten) {
    Door door;
    const std::string length = "Content-Length: 13\r\n\r\n" + std::string(create_body);
    const std::string requests[] = {
        "POST /containers/%63reate HTTP/1.1\r\nHost: d\r\n" + length,
        "POST http://d/v1.44/containers/create HTTP/1.1\r\nHost: d\r\n" + length,
        "POST /containers/create HTTP/1.1\nHost: d\nContent-Length: 13\n\n" +
            std::string(create_body),
        "POST /containers/create HTTP/1.0\r\n" + length,
        "POST /containers/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: Chunked\r\nTrailer: "
        "T\r\n\r\n"
        "6;ext=1\r\n{\"Imag\r\n7\r\ne\":\"x\"}\r\n0\r\nT: x\r\n\r\n",
        "POST /services/create HTTP/1.1\r\nHost: d\r\n" + length,
        "POST /v1.44/services/web/update?version=1 HTTP/1.1\r\nHost: d\r\n" + length,
    };
    for (const auto& sent : requests) {
        auto client = door.client();
        client.send(sent);
        client.end_sending();
        const auto got = door.engine().receive_all();
        EXPECT_TRUE(got.ends_with(completed(create_body))) << got;
        EXPECT_NE(got.find("Content-Length: 29"), std::string::npos) << got;
        EXPECT_EQ(got.find("hunked"), std::string::npos) << got;
    }
}

TEST(ProxyCreate, PassesAsItIsWhereTheEngineHasNoSuchCall) {
    Door door;
    for (const std::string line :
         {"POST //v1.44//containers/create", "POST /v4.0.0/libpod/containers/create",
          "GET /containers/create", "POST /images/create"}) {
        const auto sent = request(line, create_body);
        EXPECT_EQ(at_engine(door, sent, sent.size()), sent);
    }
    EXPECT_TRUE(door.completer.asked().empty());
}

TEST(ProxyCreate, IsToldToContinueByUsAndNotByTheEngine) {
    Door door;
    auto client = door.client();
    client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n"
                "Content-Length: 13\r\n\r\n");
    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_EQ(client.receive(go_on.size()), go_on);
    auto engine = door.engine();
    EXPECT_TRUE(engine.hears_nothing());
    client.send(create_body);
    const std::string expected =
        "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 29\r\n\r\n" +
        completed(create_body);
    EXPECT_EQ(engine.receive(expected.size()), expected);
}

TEST(ProxyCreate, IsToldToContinueOnlyBehindTheAnswersBefore) {
    Door door;
    auto client = door.client();
    client.send(a_ping + "POST /containers/create HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n"
                         "Content-Length: 13\r\n\r\n");
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(a_ping.size()), a_ping);
    EXPECT_TRUE(client.hears_nothing());
    engine.send(response(200, "OK"));
    const auto expected = response(200, "OK") + "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_EQ(client.receive(expected.size()), expected);
    client.send(create_body);
    client.end_sending();
    EXPECT_TRUE(engine.receive_all().ends_with(completed(create_body)));
}

TEST(ProxyCreate, LeavesOtherExpectationsToTheEngine) {
    Door door;
    auto client = door.client();
    const std::string head = "POST /images/load HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n"
                             "Content-Length: 3\r\n\r\n";
    client.send(head);
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(head.size()), head);
    EXPECT_TRUE(client.hears_nothing());
    engine.send("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(client.receive(25), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("tar");
    EXPECT_EQ(engine.receive(3), "tar");
}

TEST(ProxyCreate, PassesAsItIsWhenItIsTooLarge) {
    const fakes::CapturedLog log;
    Limits limits;
    limits.body_bytes = 1000;
    Door door(limits);
    const std::string large(1001, ' ');
    const auto by_length = request(create_line, large);
    // Nothing is kept back: the engine has what is there before the rest is sent.
    auto client = door.client();
    client.send(by_length.substr(0, 200));
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(200), by_length.substr(0, 200));
    client.send(by_length.substr(200) + request("POST /containers/create", create_body));
    EXPECT_EQ(engine.receive(by_length.size() - 200), by_length.substr(200));
    const auto next = request("POST /containers/create", completed(create_body));
    EXPECT_EQ(engine.receive(next.size()), next);
    const std::string chunked =
        "POST /containers/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3e9\r\n" +
        large + "\r\n0\r\n\r\n";
    EXPECT_EQ(at_engine(door, chunked, chunked.size()), chunked);
    EXPECT_EQ(door.counters().of(Untouched::too_large), 2U);
    EXPECT_EQ(log.count(base::log::Level::warn, "reason=too_large"), 2U) << log.all();
    EXPECT_EQ(door.counters().completed, 1U);
}

TEST(ProxyCreate, PassesAsItIsWhenAllTogetherKeepTooMuch) {
    Limits limits;
    limits.kept_bytes = 100000;
    Door door(limits);
    const auto large = request(create_line, std::string(90000, ' ') + std::string(create_body));
    const auto half = large.substr(0, 60000);
    auto first = door.client();
    first.send(half);
    auto kept = door.engine();
    EXPECT_TRUE(kept.hears_nothing());
    auto second = door.client();
    second.send(half);
    auto passed = door.engine();
    EXPECT_EQ(passed.receive(half.size()), half);
    second.send(large.substr(half.size()));
    EXPECT_EQ(passed.receive(large.size() - half.size()), large.substr(half.size()));
    // There is room again when one of them has gone on.
    first.send(large.substr(half.size()));
    const auto expected =
        request(create_line, completed(std::string(90000, ' ') + std::string(create_body)));
    EXPECT_EQ(kept.receive(expected.size()), expected);
    second.send(large);
    EXPECT_EQ(passed.receive(expected.size()), expected);
    EXPECT_EQ(door.counters().of(Untouched::late), 1U);
}

base::Async<Completed> never(CreateRequest) {
    co_await base::sleep_for(std::chrono::hours(1));
    co_return LeftAlone{Untouched::not_ready, "cancelled"};
}

TEST(ProxyCreate, PassesAsItIsWhenItsCompletionTakesTooLong) {
    const fakes::CapturedLog log;
    Limits limits;
    limits.completion_time = std::chrono::milliseconds(100);
    limits.completions = 1;
    Door door(limits);
    door.completer.answer_by(never);
    const auto sent = request(create_line, create_body);
    auto client = door.client();
    client.send(sent);
    auto engine = door.engine();
    // Others are served meanwhile.
    EXPECT_EQ(at_engine(door, a_ping, a_ping.size()), a_ping);
    EXPECT_EQ(engine.receive(sent.size()), sent);
    // What hangs is not asked ever more.
    EXPECT_EQ(at_engine(door, sent, sent.size()), sent);
    EXPECT_EQ(door.completer.asked().size(), 1U);
    EXPECT_EQ(door.counters().of(Untouched::late), 2U);
    EXPECT_EQ(log.count(base::log::Level::warn, "reason=late"), 2U) << log.all();
}

base::Async<Completed> not_wanted(CreateRequest) {
    co_return LeftAlone{Untouched::not_wanted, "its label says so"};
}

TEST(ProxyCreate, PassesAsItIsWhereItIsNotWanted) {
    Door door;
    door.completer.answer_by(not_wanted);
    const std::string chunked = "POST /containers/create HTTP/1.1\nTransfer-Encoding: chunked\n\n"
                                "2;x\n{}\n0\nT: y\n\n";
    EXPECT_EQ(at_engine(door, chunked, chunked.size()), chunked);
    EXPECT_EQ(door.counters().of(Untouched::not_wanted), 1U);
}

TEST(ProxyCreate, StandsInLineWithWhatIsSentBeforeAndBehindIt) {
    Door door;
    auto client = door.client();
    const auto info = request("GET /info", "");
    client.send(a_ping + request(create_line, create_body) + info);
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(a_ping.size()), a_ping);
    const auto expected = request(create_line, completed(create_body));
    EXPECT_EQ(engine.receive(expected.size()), expected);
    EXPECT_EQ(engine.receive(info.size()), info);
    const auto answers = response(200, "OK") + response(201, "{}") + response(200, "i");
    engine.send(answers);
    EXPECT_EQ(client.receive(answers.size()), answers);
}

TEST(ProxyCreate, IsLoggedWithoutAnythingThatPasses) {
    const fakes::CapturedLog log;
    Door door;
    auto client = door.client();
    client.send(request("POST http://user:SECRET@d/containers/create?name=SECRET",
                        R"({"Env":["SECRET"]})", "X-Registry-Auth: SECRET\r\n"));
    auto engine = door.engine();
    EXPECT_NE(engine.receive(10), "");
    engine.send(response(201, "SECRET"));
    EXPECT_EQ(client.receive(10).size(), 10U);
    ASSERT_TRUE(door.wait_until([&](const Counters&) {
        return log.count(base::log::Level::info, "path=/containers/create status=201") == 1;
    })) << log.all();
    EXPECT_EQ(log.all().find("SECRET"), std::string::npos) << log.all();
}

} // namespace
} // namespace doors_test
