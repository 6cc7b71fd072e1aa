// The volume plugin over its socket, as the engine reaches it.

#include "agent/doors/volumes/server.hpp"

#include "doors/peer.hpp"
#include "doors/volumes/fixture.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <future>

namespace agent::doors::volumes {
namespace {

using doors_test::Peer;

std::string post(const std::string& path, const std::string& body, const std::string& fields = "") {
    // Older engines name their socket as the host.
    return "POST " + path + " HTTP/1.1\r\nHost: %2Frun%2Fdocker%2Fplugins%2Fecs-metadata.sock\r\n" +
           "User-Agent: Go-http-client/1.1\r\nAccept: "
           "application/vnd.docker.plugins.v1.2+json\r\n" +
           fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ServerTest : public PluginTest {
protected:
    ~ServerTest() override { end(); }
    void serve(const ServerLimits& limits = {}) {
        auto listener = sockets::open_listener({path(), "root"}, {}, static_cast<int>(::getpid()));
        ASSERT_TRUE(listener) << listener.error().what();
        server.emplace(loop.executor(), *plugin, limits);
        const auto listening = server->listen(std::move(*listener));
        ASSERT_TRUE(listening) << listening.error().what();
    }
    void end() {
        if (!server)
            return;
        const auto stop = [](Server& its) -> base::Async<bool> {
            co_await its.stop(std::chrono::seconds(1));
            co_return true;
        };
        loop.run(stop(*server));
        server.reset();
    }
    std::string path() const { return folder.path("ecs-metadata.sock"); }
    /// What a client does that waits for answers, beside the loop.
    template <class Client>
    auto client(Client act) {
        auto done = std::async(std::launch::async, act);
        loop.run_until(
            [&] { return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        return done.get();
    }
    /// One answer: its head is read to the empty line, then its body.
    static std::string receive_answer(Peer& peer) {
        std::string text;
        while (!text.ends_with("\r\n\r\n")) {
            const auto byte = peer.receive(1);
            if (byte.empty())
                return text;
            text += byte;
        }
        const std::string field = "Content-Length: ";
        const auto length = text.find(field);
        if (length != std::string::npos)
            text += peer.receive(std::stoul(text.substr(length + field.size())));
        return text;
    }

    std::optional<Server> server;
};

TEST_F(ServerTest, AConnectionHasOneRequestAfterTheOther) {
    serve();
    const auto answers = client([&] {
        auto peer = Peer::connect(path());
        std::vector<std::string> all;
        for (const auto& request :
             {post("/Plugin.Activate", ""), post("/VolumeDriver.Create", R"({"Name":"a1"})"),
              post("/VolumeDriver.Get", R"({"Name":"a1"})")}) {
            peer.send(request);
            all.push_back(receive_answer(peer));
        }
        return all;
    });
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_TRUE(answers[0].starts_with("HTTP/1.1 200 OK\r\n")) << answers[0];
    EXPECT_NE(answers[0].find("Content-Type: application/vnd.docker.plugins.v1.1+json\r\n"),
              std::string::npos);
    EXPECT_TRUE(answers[0].ends_with(R"({"Implements":["VolumeDriver"]})")) << answers[0];
    EXPECT_TRUE(answers[1].ends_with(R"({"Err":""})")) << answers[1];
    EXPECT_NE(answers[2].find(R"("Name":"a1")"), std::string::npos) << answers[2];
}

TEST_F(ServerTest, ABodyMayComeInChunksAndAfterAQuestion) {
    serve();
    const auto answer = client([&] {
        auto peer = Peer::connect(path());
        peer.send("POST /VolumeDriver.Create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n");
        auto text = peer.receive(25);
        peer.send("d\r\n{\"Name\":\"a1\"}\r\n0\r\n\r\n");
        return text + receive_answer(peer);
    });
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with(R"({"Err":""})")) << answer;
}

TEST_F(ServerTest, OnlyRootCanReachIt) {
    serve();
    struct stat found {};
    ASSERT_EQ(::stat(path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0007, 0U);
    end();
    EXPECT_NE(::stat(path().c_str(), &found), 0) << "one of ours goes with us";
}

TEST_F(ServerTest, TooMuchIsRefusedAndItsConnectionEnds) {
    serve();
    const auto large = client([&] {
        auto peer = Peer::connect(path());
        peer.send("POST /VolumeDriver.Get HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
        return peer.receive_all();
    });
    EXPECT_TRUE(large.starts_with("HTTP/1.1 413 ")) << large;
    const auto garbage = client([&] {
        auto peer = Peer::connect(path());
        peer.send("\x16\x03\x01 what is this\r\n\r\n");
        return peer.receive_all();
    });
    EXPECT_TRUE(garbage.starts_with("HTTP/1.1 400 ")) << garbage;
}

TEST_F(ServerTest, ARequestHasItsTimeAndAnIdleConnectionAllOfIt) {
    ServerLimits limits;
    limits.request_time = std::chrono::milliseconds(100);
    serve(limits);
    auto idle = Peer::connect(path());
    const auto heard = client([&] {
        auto slow = Peer::connect(path());
        slow.send("POST /VolumeDriver.Get HT");
        return slow.receive_all();
    });
    EXPECT_EQ(heard, "") << "it is closed unanswered";
    loop.run_until([&] { return server->connections() == 1; });
    EXPECT_EQ(server->connections(), 1U);
    const auto answer = client([&] {
        idle.send(post("/VolumeDriver.List", ""));
        return receive_answer(idle);
    });
    EXPECT_TRUE(answer.ends_with(R"({"Volumes":[],"Err":""})")) << answer;
}

TEST_F(ServerTest, OfTooManyConnectionsTheOneThatIsLongestIdleGoes) {
    ServerLimits limits;
    limits.connections = 2;
    serve(limits);
    auto first = Peer::connect(path());
    loop.run_until([&] { return server->connections() == 1; });
    auto second = Peer::connect(path());
    loop.run_until([&] { return server->connections() == 2; });
    const auto [heard, answer] = client([&] {
        auto third = Peer::connect(path());
        third.send(post("/VolumeDriver.List", ""));
        auto answered = receive_answer(third);
        return std::pair(first.receive_all(), std::move(answered));
    });
    EXPECT_EQ(heard, "");
    EXPECT_TRUE(answer.ends_with(R"({"Volumes":[],"Err":""})")) << answer;
}

TEST_F(ServerTest, AnEndWaitsForTheAnswerThatIsUnderWay) {
    auto slow = short_limits();
    slow.patience = std::chrono::milliseconds(300);
    begin(slow);
    serve();
    auto peer = Peer::connect(path());
    peer.send(post("/VolumeDriver.Mount", R"({"Name":"a1","ID":"1"})"));
    loop.run_until([&] { return std::filesystem::exists(folder.path("metadata/~volumes/a1")); });
    end();
    const auto answer = peer.receive_all();
    EXPECT_NE(answer.find("/a1/_data"), std::string::npos) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
}

} // namespace
} // namespace agent::doors::volumes
