// Containers that ask badly: slow, greedy, without end. The others are answered all the same.

#include "tests/integration/support/fixture.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <iostream>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

class Limits : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->start();
        greedy_.emplace(Words{demo_image, "sleep", "300"});
        modest_.emplace(Words{demo_image, "sleep", "300"});
        EXPECT_TRUE(eventually(seconds(3), [&] { return served(); }));
    }
    void TearDown() override {
        greedy_.reset();
        modest_.reset();
        AgentTest::TearDown();
    }

    static std::string sandbox_of(const Container& container) {
        return inspect(container.id())["NetworkSettings"]["SandboxKey"];
    }

    /// The modest one asks as anybody would, and has no patience.
    bool served() {
        return run({"nsenter", "--net=" + sandbox_of(*modest_), "curl", "--silent", "--fail",
                    "--max-time", std::to_string(0.5 * tests::slowness()),
                    "http://169.254.170.2/v4"})
                   .status == 0;
    }

    std::optional<Container> greedy_;
    std::optional<Container> modest_;
};

TEST_F(Limits, ManyIdleConnectionsOfOneContainerDoNotKeepAnotherFromBeingServed) {
    // 300 connections that say nothing: nc with an input that does not end.
    exec_in(greedy_->id(),
            "for i in $(seq 300); do (sleep 20 | nc 169.254.170.2 80 >/dev/null 2>&1) & done; "
            "sleep 1");
    const auto open = [] {
        return std::stoi(shell("ss -Htn state established '( sport = :51679 )' | wc -l"));
    };
    EXPECT_TRUE(eventually(seconds(5), [&] { return open() > 50; }));
    for (int i = 0; i < 20; ++i) {
        EXPECT_LE(open(), 258) << "one address may have 256";
        EXPECT_TRUE(served());
    }
}

TEST_F(Limits, AHeaderThatTakesForEverEndsInTime) {
    const auto socket = connect_to("127.0.0.1", endpoint_port);
    ASSERT_TRUE(socket);
    const auto begun = Clock::now();
    bool open = true;
    for (int i = 0; open && i < 200; ++i) {
        const std::string_view drop = i == 0 ? "GET /v4 HTTP/1.1\r\nHost: x\r\nX-Slow: " : "a";
        if (::send(socket.get(), drop.data(), drop.size(), MSG_NOSIGNAL) < 0)
            open = false;
        char byte = 0;
        open =
            open && ::recv(socket.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
        std::this_thread::sleep_for(milliseconds(50));
        if (i % 40 == 0) {
            EXPECT_TRUE(served());
        }
    }
    EXPECT_FALSE(open);
    EXPECT_LT(Clock::now() - begun, at_this_pace(seconds(8)));
}

TEST_F(Limits, AnIdleConnectionIsClosed) {
    const auto socket = connect_to("127.0.0.1", endpoint_port);
    ASSERT_TRUE(socket);
    EXPECT_TRUE(eventually(seconds(8), [&] {
        char byte = 0;
        return ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) == 0;
    }));
}

TEST_F(Limits, AHeaderThatIsTooLargeIsRefusedByStatus) {
    const auto answer =
        http_get("127.0.0.1", endpoint_port, "/v4", {"X-Large: " + std::string(20000, 'x')});
    EXPECT_EQ(answer.status, 431);
    EXPECT_TRUE(served());
}

TEST_F(Limits, OneWhoAsksWithoutEndLeavesTimeForAnother) {
    exec_in(greedy_->id(),
            "for i in $(seq 8); do (while :; do wget -qO- http://169.254.170.2/v2/metadata "
            ">/dev/null 2>&1; done) & done; sleep 0.2");
    std::vector<double> times;
    for (int i = 0; i < 20; ++i) {
        const auto begun = Clock::now();
        EXPECT_TRUE(served());
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
    }
    std::sort(times.begin(), times.end());
    std::cout << "an answer beside a greedy container, curl's start included: median " << times[10]
              << " ms, most " << times.back() << " ms\n";
}

} // namespace integration
