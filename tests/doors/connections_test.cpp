// A client's connection through the proxy: every byte, in every cut, up to every end.

#include "agent/doors/proxy/service.hpp"
#include "doors/door.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <thread>

// Of the sanitizers' allocator, where the program has it.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace doors_test {
namespace {

std::size_t allocated_bytes() {
    return __sanitizer_get_current_allocated_bytes != nullptr
               ? __sanitizer_get_current_allocated_bytes()
               : ::mallinfo2().uordblks;
}

TEST(ProxyConnection, CarriesTheSameBytesWhereverTheClientsAreCut) {
    Door door;
    const auto head = "HEAD /_ping HTTP/1.1\r\nHost: d\r\n\r\n";
    const std::string chunked = "POST /images/load HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "5;x\r\nhello\r\n0\r\nT: u\r\n\r\n";
    const auto sent = head + chunked + request("POST /containers/create", create_body) + a_ping;
    const auto got =
        head + chunked + request("POST /containers/create", completed(create_body)) + a_ping;
    for (std::size_t cut = 0; cut <= sent.size(); ++cut) {
        auto client = door.client();
        client.send(sent.substr(0, cut));
        client.wait_until_taken();
        client.send(sent.substr(cut));
        client.end_sending();
        ASSERT_EQ(door.engine().receive_all(), got) << "cut at " << cut;
    }
}

TEST(ProxyConnection, CarriesTheSameBytesWhereverTheEnginesAreCut) {
    Door door;
    const std::string no_body = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
    const std::string answers = no_body + "HTTP/1.1 204 No Content\r\n\r\n" +
                                "HTTP/1.1 100 Continue\r\n\r\n" + response(200, "four") +
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
                                "2;y\r\nab\r\n0\r\nT: u\r\n\r\n";
    const auto requests = "HEAD /_ping HTTP/1.1\r\n\r\n" + a_ping + a_ping + a_ping;
    for (std::size_t cut = 0; cut <= answers.size(); ++cut) {
        auto client = door.client();
        client.send(requests);
        auto engine = door.engine();
        ASSERT_EQ(engine.receive(requests.size()), requests);
        engine.send(answers.substr(0, cut));
        engine.wait_until_taken();
        engine.send(answers.substr(cut));
        ASSERT_EQ(client.receive(answers.size()), answers) << "cut at " << cut;
        // It is still one that completes: every answer's end was found.
        client.send(request("POST /containers/create", create_body));
        const auto create = request("POST /containers/create", completed(create_body));
        ASSERT_EQ(engine.receive(create.size()), create) << "cut at " << cut;
    }
}

TEST(ProxyConnection, CarriesLargeBodiesBothWays) {
    Door door;
    std::string large(16 * 1024 * 1024, '\0');
    for (std::size_t at = 0; at < large.size(); ++at)
        large[at] = static_cast<char>(at * 2654435761U >> 13);
    for (const bool chunked : {false, true}) {
        std::string framed = "Content-Length: " + std::to_string(large.size()) + "\r\n\r\n" + large;
        if (chunked) {
            framed = "Transfer-Encoding: chunked\r\n\r\n";
            for (std::size_t at = 0; at < large.size(); at += 32768)
                framed += "8000\r\n" + large.substr(at, 32768) + "\r\n";
            framed += "0\r\n\r\n";
        }
        const auto upload = "POST /images/load HTTP/1.1\r\n" + framed;
        const auto download = "HTTP/1.1 200 OK\r\n" + framed;
        auto client = door.client();
        std::thread sending([&] { client.send(upload); });
        auto engine = door.engine();
        EXPECT_TRUE(engine.receive(upload.size()) == upload);
        sending.join();
        std::thread answering([&] { engine.send(download); });
        EXPECT_TRUE(client.receive(download.size()) == download);
        answering.join();
        client.send(request("POST /containers/create", create_body));
        const auto create = request("POST /containers/create", completed(create_body));
        EXPECT_EQ(engine.receive(create.size()), create) << "both ends were found";
    }
    EXPECT_EQ(door.counters().completed, 2U);
}

TEST(ProxyConnection, HoldsNoMoreOfAnUploadThanTheEngineTakes) {
    Door door;
    auto client = door.client();
    client.send("POST /images/load HTTP/1.1\r\nContent-Length: 1000000000000\r\n\r\n");
    auto engine = door.engine();
    const auto before = allocated_bytes();
    EXPECT_LT(client.send_until_full(), 1000000U);
    EXPECT_LT(allocated_bytes(), before + 400000);
}

TEST(ProxyConnection, PassesAHeadThatIsTooLargeUnread) {
    Door door;
    const auto sent = request("POST /containers/create", create_body,
                              "X-Large: " + std::string(100000, 'x') + "\r\n") +
                      a_ping;
    auto client = door.client();
    client.send(sent);
    EXPECT_EQ(door.engine().receive(sent.size()), sent);
    EXPECT_EQ(door.counters().not_understood, 1U);
}

TEST(ProxyConnection, PassesHalfARequestWhenTheClientEndsIt) {
    Door door;
    for (const std::string sent :
         {"GET /inf", "POST /containers/create HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"}) {
        auto client = door.client();
        client.send(sent);
        client.end_sending();
        auto engine = door.engine();
        EXPECT_EQ(engine.receive_all(), sent);
        engine.send(response(400, "half"));
        EXPECT_EQ(client.receive(10).size(), 10U);
    }
}

TEST(ProxyConnection, IsClosedForTheEngineWhenTheClientCancels) {
    Door door;
    auto client = door.client();
    client.send(a_ping);
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(a_ping.size()), a_ping);
    engine.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    EXPECT_NE(client.receive(10), "");
    client.close();
    EXPECT_TRUE(engine.is_left_alone());
}

TEST(ProxyConnection, IsClosedForTheClientWhenTheEngineVanishes) {
    Door door;
    const std::string begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel";
    for (const auto& said : {std::string(), std::string("HTTP/1.1 2"), begun}) {
        auto client = door.client();
        client.send(a_ping);
        auto engine = door.engine();
        EXPECT_EQ(engine.receive(a_ping.size()), a_ping);
        engine.send(said);
        engine.close();
        EXPECT_EQ(client.receive_all(), said);
        EXPECT_TRUE(client.is_left_alone());
    }
}

TEST(ProxyConnection, DeliversWhatAnEngineSaysThatTakesNoMore) {
    Door door;
    auto client = door.client();
    client.send("POST /images/load HTTP/1.1\r\nContent-Length: 1000000000000\r\n\r\n");
    auto engine = door.engine();
    EXPECT_GT(client.send_until_full(), 100000U);
    engine.send(response(500, "disk full"));
    engine.close();
    EXPECT_EQ(client.receive(response(500, "disk full").size()), response(500, "disk full"));
    EXPECT_TRUE(client.is_left_alone());
}

TEST(ProxyConnection, IsToldInDockersWordsThatTheEngineIsAway) {
    Door door;
    door.take_engine_away();
    const auto words = "Cannot connect to the Docker daemon at unix://" + door.engine_path() +
                       ". Is the docker daemon running?";
    auto client = door.client();
    client.send(request("POST /containers/create", create_body));
    client.end_sending();
    const auto answer = client.receive_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("{\"message\":\"" + words + "\"}"), std::string::npos) << answer;
    auto asking_for_head = door.client();
    asking_for_head.send("HEAD /_ping HTTP/1.1\r\n\r\n");
    asking_for_head.end_sending();
    EXPECT_TRUE(asking_for_head.receive_all().ends_with("\r\n\r\n"));
    EXPECT_EQ(door.counters().engine_away, 2U);
    EXPECT_TRUE(door.completer.asked().empty());
}

TEST(ProxyConnection, IsRefusedWhenThereAreTooMany) {
    Limits limits;
    limits.connections = 2;
    limits.refusal_time = std::chrono::milliseconds(200);
    Door door(limits);
    auto first = door.client();
    first.send(a_ping);
    auto second = door.client();
    auto third = door.client();
    third.send(a_ping);
    EXPECT_NE(third.receive(200).find("503 Service Unavailable"), std::string::npos);
    auto silent = door.client();
    EXPECT_TRUE(silent.hears_the_end());
    EXPECT_EQ(door.counters().crowded, 2U);
    // The engine is not bothered by them, and a place that is left is given to others.
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(a_ping.size()), a_ping);
    EXPECT_TRUE(door.engine_socket().is_not_called());
    second.close();
    ASSERT_TRUE(
        door.wait_until([](const Counters& counters) { return counters.connections == 1; }));
    auto fourth = door.client();
    fourth.send(a_ping);
    EXPECT_EQ(door.engine().receive(a_ping.size()), a_ping);
}

TEST(ProxyConnection, CostsLittleWhileItIsIdle) {
    Door door;
    const auto logs =
        request("GET /v1.44/containers/" + std::string(64, 'a') + "/logs?follow=1", "");
    const std::string begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    std::vector<Peer> peers;
    peers.reserve(402);
    const auto open_one = [&] {
        peers.push_back(door.client());
        peers.back().send(logs);
        peers.push_back(door.engine());
        EXPECT_EQ(peers.back().receive(logs.size()), logs);
        peers.back().send(begun);
        EXPECT_EQ(peers[peers.size() - 2].receive(begun.size()), begun);
    };
    open_one(); // what is made once
    const auto before = allocated_bytes();
    constexpr std::size_t count = 200;
    for (std::size_t opened = 0; opened < count; ++opened)
        open_one();
    const auto each = (allocated_bytes() - before) / count;
    RecordProperty("bytes_each", static_cast<int>(each));
    EXPECT_LT(each, 10000U);
    EXPECT_GT(each, 100U) << "nothing was measured";
}

TEST(ProxyConnection, IsCutOffWhenTheProxyStops) {
    Door door;
    auto idle = door.client();
    idle.send(a_ping);
    auto engine = door.engine();
    EXPECT_EQ(engine.receive(a_ping.size()), a_ping);
    engine.send(response(200, "OK"));
    EXPECT_EQ(idle.receive(response(200, "OK").size()), response(200, "OK"));
    auto busy = door.client();
    busy.send(a_ping);
    auto busy_engine = door.engine();
    EXPECT_EQ(busy_engine.receive(a_ping.size()), a_ping);
    door.stop();
    EXPECT_TRUE(idle.hears_the_end());
    EXPECT_TRUE(busy.hears_the_end());
    EXPECT_THROW(door.client(), std::runtime_error);
}

TEST(ProxyConnection, KeepsNothingWhenTheProxyGoes) {
    const auto keep_one = [] {
        boost::asio::io_context loop;
        ScriptedCompleter completer;
        agent::doors::proxy::Service service(loop.get_executor(), {}, completer);
        service.kept_for_creates = 1;
    };
    EXPECT_DEATH(keep_one(), "bytes kept for creates: 1 left");
}

} // namespace
} // namespace doors_test
