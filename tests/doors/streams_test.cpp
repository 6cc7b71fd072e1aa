// Connections that become streams of bytes, and how each side's end reaches the other.

#include "doors/door.hpp"

#include <gtest/gtest.h>

namespace doors_test {
namespace {

const std::string attach_request =
    request("POST /containers/x/attach?stream=1", "", "Connection: Upgrade\r\nUpgrade: tcp\r\n");
const std::string exec_request = request("POST /exec/x/start", R"({"Detach":false})");
const std::string switching =
    "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const std::string old_way =
    "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n";
/// In a stream it is a user's bytes, as all else is.
const std::string create_in_stream = request("POST /containers/create", create_body);

struct Pair {
    Peer client;
    Peer engine;
};

/// A client whose request the engine has answered so.
Pair answered(Door& door, const std::string& asked, const std::string& answer) {
    auto client = door.client();
    client.send(asked);
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(asked.size()), asked);
    engine.send(answer);
    EXPECT_EQ(client.receive(answer.size()), answer);
    return {std::move(client), std::move(engine)};
}

TEST(ProxyStream, PassesUnreadInBothDirections) {
    Door door;
    for (const auto& [asked, answer] :
         {std::pair(attach_request, switching), std::pair(attach_request, old_way),
          std::pair(exec_request, switching), std::pair(exec_request, old_way)}) {
        auto [client, engine] = answered(door, asked, answer);
        client.send(create_in_stream);
        EXPECT_EQ(engine.receive(create_in_stream.size()), create_in_stream);
        engine.send(response(404, "a user's output"));
        EXPECT_EQ(client.receive(10), response(404, "").substr(0, 10));
    }
    EXPECT_EQ(door.counters().completed, 0U);
}

TEST(ProxyStream, KeepsWhatIsSentBehindItsRequestUntilItIsOne) {
    Door door;
    auto client = door.client();
    client.send(exec_request + create_in_stream + "more");
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(exec_request.size()), exec_request);
    EXPECT_TRUE(engine.hears_nothing());
    engine.send("HTTP/1.1 103 Early\r\n\r\n" + switching + "out");
    EXPECT_EQ(engine.receive(create_in_stream.size() + 4), create_in_stream + "more");
    const auto expected = "HTTP/1.1 103 Early\r\n\r\n" + switching + "out";
    EXPECT_EQ(client.receive(expected.size()), expected);
}

TEST(ProxyStream, IsNoneWhenItIsRefusedOrDetached) {
    Door door;
    for (const auto& answer :
         {response(404, "no such exec"), response(409, "paused"), response(200, "")}) {
        auto client = door.client();
        client.send(exec_request + create_in_stream);
        auto engine = door.engine();
        EXPECT_EQ(engine.receive(exec_request.size()), exec_request);
        engine.send(answer);
        EXPECT_EQ(client.receive(answer.size()), answer);
        const auto expected = request("POST /containers/create", completed(create_body));
        EXPECT_EQ(engine.receive(expected.size()), expected) << answer;
    }
}

TEST(ProxyStream, OfHttp2PassesFromItsFirstByte) {
    Door door;
    auto client = door.client();
    const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    client.send(preface + '\0' + create_in_stream);
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(preface.size() + 1 + create_in_stream.size()),
              preface + '\0' + create_in_stream);
    engine.send("\x01\x02");
    EXPECT_EQ(client.receive(2), "\x01\x02");
    EXPECT_EQ(door.counters().not_understood, 1U);
}

TEST(ProxyStream, EndsInOneDirectionOnly) {
    Door door;
    auto [client, engine] = answered(door, attach_request, switching);
    client.send("the last of stdin");
    client.end_sending();
    EXPECT_EQ(engine.receive_all(), "the last of stdin");
    engine.send("what comes of it");
    EXPECT_EQ(client.receive(16), "what comes of it");
    engine.close();
    EXPECT_TRUE(client.hears_the_end());
    EXPECT_TRUE(client.is_left_alone());
}

TEST(ProxyStream, EndsInTheOtherDirectionOnly) {
    Door door;
    auto [client, engine] = answered(door, attach_request, switching);
    engine.send("the last of stdout");
    engine.end_sending();
    EXPECT_EQ(client.receive_all(), "the last of stdout");
    client.send("more stdin");
    EXPECT_EQ(engine.receive(10), "more stdin");
    // The one that is half closed is watched.
    engine.close();
    EXPECT_TRUE(client.is_left_alone());
}

TEST(ProxyStream, EndsForTheEngineWhenTheClientIsGone) {
    Door door;
    auto idle = answered(door, attach_request, switching);
    idle.client.close();
    EXPECT_TRUE(idle.engine.is_left_alone());
    // One that has ended sending before.
    auto half = answered(door, attach_request, switching);
    half.client.end_sending();
    EXPECT_TRUE(half.engine.hears_the_end());
    half.client.close();
    EXPECT_TRUE(half.engine.is_left_alone());
    // One that waits for the answer.
    auto client = door.client();
    client.send(attach_request);
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(attach_request.size()), attach_request);
    client.close();
    EXPECT_TRUE(engine.is_left_alone());
    EXPECT_TRUE(
        door.wait_until([](const Counters& counters) { return counters.connections == 0; }));
}

TEST(ProxyStream, GivesADeadClientsRestUpWhenTheEngineTakesNone) {
    Limits limits;
    limits.linger_time = std::chrono::milliseconds(200);
    Door door(limits);
    auto [client, engine] = answered(door, attach_request, switching);
    EXPECT_GT(client.send_until_full(), 100000U);
    client.close();
    EXPECT_TRUE(engine.is_left_alone());
    EXPECT_TRUE(
        door.wait_until([](const Counters& counters) { return counters.connections == 0; }));
}

TEST(ProxyStream, WaitsForAnEngineWhoseClientIsThere) {
    Limits limits;
    limits.linger_time = std::chrono::milliseconds(50);
    Door door(limits);
    auto [client, engine] = answered(door, attach_request, switching);
    const auto sent = client.send_until_full(); // takes longer than the time to linger
    client.end_sending();
    EXPECT_EQ(engine.receive_all().size(), sent);
}

TEST(ProxyStream, DeliversAllThatTheEngineSaidBeforeItWent) {
    Door door;
    auto [client, engine] = answered(door, attach_request, switching);
    const std::string output(150000, 'o');
    engine.send(output);
    engine.close();
    EXPECT_EQ(client.receive_all(), output);
    EXPECT_TRUE(client.is_left_alone());
}

TEST(ProxyStream, TakesNoMoreThanIsTaken) {
    Door door;
    auto [client, engine] = answered(door, attach_request, switching);
    // Two sockets' buffers and one turn; what the kernel counts is larger than what is sent.
    EXPECT_LT(client.send_until_full(), 1000000U);
    EXPECT_LT(engine.send_until_full(), 1000000U);
}

} // namespace
} // namespace doors_test
