#include "agent/host/service_notifier.hpp"

#include "base/fd_linux.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace agent::host {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using Environment = std::map<std::string, std::string>;
using State = ServiceNotifier::State;

/// The service manager's end: a datagram socket of this name ('@': abstract).
class Manager {
public:
    explicit Manager(const std::string& name)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name.front() == '@')
            address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    }

    /// The lines of all datagrams since the last call.
    std::vector<std::string> lines() {
        std::vector<std::string> lines;
        std::array<char, 4096> buffer{};
        for (ssize_t size = 0;
             (size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0)) >= 0;) {
            std::string_view text(buffer.data(), static_cast<std::size_t>(size));
            for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;
                 text.remove_prefix(end + 1))
                lines.emplace_back(text.substr(0, end));
            EXPECT_EQ(text, "") << "a line without an end";
        }
        return lines;
    }

private:
    base::Fd socket_;
};

using Lines = std::vector<std::string>;

bool has(const Lines& lines, std::string_view line) {
    return std::ranges::find(lines, line) != lines.end();
}

class ServiceNotifierTest : public testing::Test {
protected:
    ~ServiceNotifierTest() override {
        loop.tasks().cancel();
        loop.run_until([this] { return loop.tasks().size() == 0; });
    }
    void start(ServiceNotifier& notifier) {
        loop.tasks().spawn("notifier", notifier.run([this] { return state; }));
    }
    /// Runs until something was told, and a little longer.
    Lines next(Manager& manager) {
        Lines lines;
        loop.run_until([&] {
            lines = manager.lines();
            return !lines.empty();
        });
        loop.run_for(20ms);
        const auto more = manager.lines();
        lines.insert(lines.end(), more.begin(), more.end());
        return lines;
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    State state;
};

TEST(ServiceManager, IsNobodyWithoutASocket) {
    EXPECT_FALSE(find_service_manager({{"WATCHDOG_USEC", "1"}}, 7).value());
    EXPECT_FALSE(find_service_manager({{"NOTIFY_SOCKET", ""}}, 7).value());
}

TEST(ServiceManager, WatchdogIsForTheProcessThatIsNamed) {
    Environment environment{{"NOTIFY_SOCKET", "@a"}, {"WATCHDOG_USEC", "3000000"}};
    EXPECT_EQ(find_service_manager(environment, 7).value()->watchdog, 3s);
    environment["WATCHDOG_PID"] = "7";
    EXPECT_EQ(find_service_manager(environment, 7).value()->watchdog, 3s);
    environment["WATCHDOG_PID"] = "8";
    EXPECT_EQ(find_service_manager(environment, 7).value()->watchdog, 0s);
}

TEST(ServiceManager, WrongVariablesAreNamed) {
    const std::string too_long = '/' + std::string(107, 'x');
    for (const auto& socket :
         {std::string("vsock:2:1"), std::string("a"), std::string("/"), too_long})
        EXPECT_TRUE(find_service_manager({{"NOTIFY_SOCKET", socket}}, 7)
                        .error()
                        .what()
                        .starts_with("NOTIFY_SOCKET: expected an absolute path"))
            << socket;
    for (const auto* variable : {"WATCHDOG_USEC", "WATCHDOG_PID"})
        for (const auto* text : {"-1", "1s", "99999999999999999999"}) {
            const auto found = find_service_manager({{"NOTIFY_SOCKET", "@a"}, {variable, text}}, 7);
            ASSERT_FALSE(found) << text;
            EXPECT_EQ(found.error().what(),
                      std::string(variable) + ": expected a number, got '" + text + "'");
        }
}

TEST_F(ServiceNotifierTest, TellsReadyOnceAndTheStatusWhenItChanges) {
    Manager manager(folder.path("notify"));
    ServiceNotifier notifier({folder.path("notify"), 0us});
    state = {true, "1 task"};
    start(notifier);
    EXPECT_EQ(next(manager), (Lines{"READY=1", "STATUS=1 task"}));
    state.status = "2 tasks\nREADY=0";
    EXPECT_EQ(next(manager), (Lines{"STATUS=2 tasks READY=0"})) << "one line, whatever it says";
    loop.run_for(1100ms);
    EXPECT_EQ(manager.lines(), Lines{}) << "nothing has changed, and nobody asked for a watchdog";
}

TEST_F(ServiceNotifierTest, AsksForMoreTimeUntilItIsReady) {
    Manager manager(folder.path("notify"));
    ServiceNotifier notifier({folder.path("notify"), 0us});
    state.status = "waiting";
    start(notifier);
    EXPECT_EQ(next(manager), (Lines{"EXTEND_TIMEOUT_USEC=30000000", "STATUS=waiting"}));
    state.ready = true;
    EXPECT_EQ(next(manager), (Lines{"READY=1"}));
}

TEST_F(ServiceNotifierTest, IsAliveAtHalfOfTheWatchdogsTimeAsLongAsTheLoopComesRound) {
    const auto name = "@ecs-node-agent-test-" + std::to_string(::getpid());
    Manager manager(name);
    ServiceNotifier notifier({name, 800ms});
    state.ready = true;
    start(notifier);
    EXPECT_TRUE(has(next(manager), "WATCHDOG=1"));
    auto last = std::chrono::steady_clock::now();
    std::vector<std::chrono::steady_clock::duration> gaps;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(next(manager), (Lines{"WATCHDOG=1"}));
        const auto now = std::chrono::steady_clock::now();
        gaps.push_back(now - last);
        last = now;
    }
    // One that is late on a busy machine makes the next look early.
    std::ranges::sort(gaps);
    EXPECT_GE(gaps[2], 250ms) << "not at every round";
    EXPECT_LE(gaps[2], 800ms);
    boost::asio::post(loop.executor(), [] { std::this_thread::sleep_for(1000ms); });
    loop.run_for(1ms);
    EXPECT_LE(manager.lines().size(), 1U) << "a loop that stood still must not have told otherwise";
}

TEST_F(ServiceNotifierTest, ReloadIsToldWithItsTimeButNotBeforeItIsReady) {
    Manager manager(folder.path("notify"));
    ServiceNotifier notifier({folder.path("notify"), 0us});
    start(notifier);
    next(manager);
    notifier.reloading();
    notifier.reloaded();
    EXPECT_EQ(manager.lines(), Lines{}) << "READY=1 would be wrong";
    state.ready = true;
    next(manager);
    notifier.reloading();
    auto lines = manager.lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], "RELOADING=1");
    ASSERT_TRUE(lines[1].starts_with("MONOTONIC_USEC=")) << lines[1];
    // Linux has CLOCK_MONOTONIC for the steady clock.
    const std::chrono::microseconds told(std::stoll(lines[1].substr(15)));
    EXPECT_LT(std::chrono::steady_clock::now().time_since_epoch() - told, 10s);
    notifier.reloaded();
    EXPECT_EQ(manager.lines(), (Lines{"READY=1"}));
}

TEST_F(ServiceNotifierTest, EndIsToldAndNeverReadyAfterIt) {
    Manager manager(folder.path("notify"));
    ServiceNotifier notifier({folder.path("notify"), 0us});
    start(notifier);
    next(manager);
    notifier.stopping();
    EXPECT_EQ(manager.lines(), (Lines{"STOPPING=1", "STATUS=ending", "WATCHDOG=1"}));
    state = {true, "all is well"};
    loop.run_for(1100ms);
    EXPECT_EQ(manager.lines(), Lines{});
}

TEST_F(ServiceNotifierTest, ManagerThatIsAwayIsReportedOnceAndToldWhenItIsBack) {
    ServiceNotifier notifier({folder.path("notify"), 100ms});
    state = {true, "1 task"};
    start(notifier);
    loop.run_for(200ms);
    EXPECT_EQ(log.count(base::log::Level::warn, "cannot tell the service manager"), 1U)
        << log.all();
    Manager manager(folder.path("notify"));
    const auto lines = next(manager);
    EXPECT_TRUE(has(lines, "READY=1"));
    EXPECT_TRUE(has(lines, "STATUS=1 task"));
}

} // namespace
} // namespace agent::host
