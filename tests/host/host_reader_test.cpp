// From chronyd, the kernel and the disk into the World.

#include "agent/host/host_reader.hpp"

#include "agent/host/chrony_client.hpp"
#include "agent/host/kernel_clock.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "recorded_tracking.hpp"

#include <boost/asio/ip/udp.hpp>
#include <gtest/gtest.h>

namespace agent::host {
namespace {

using base::Errc;
using boost::asio::ip::udp;
using namespace std::chrono_literals;

/// Answers every packet with the same one, as the answer to that very question.
class FakeChronyd {
public:
    explicit FakeChronyd(const base::Executor& loop)
        : socket_(loop, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
        wait();
    }
    std::uint16_t port() const { return socket_.local_endpoint().port(); }

    std::vector<std::uint8_t> answer = synchronised_answer(); ///< empty: none
    int asked = 0;

private:
    void wait() {
        socket_.async_receive_from(boost::asio::buffer(question_), from_,
                                   [this](const boost::system::error_code& failure, std::size_t) {
                                       if (failure)
                                           return;
                                       ++asked;
                                       auto reply = answer;
                                       for (std::size_t i = 0; i < 4 && reply.size() > 19; ++i)
                                           reply[16 + i] = question_[8 + i];
                                       if (!reply.empty())
                                           socket_.send_to(boost::asio::buffer(reply), from_);
                                       wait();
                                   });
    }
    udp::socket socket_;
    udp::endpoint from_;
    std::array<std::uint8_t, 200> question_{};
};

class HostReaderTest : public testing::Test {
protected:
    ~HostReaderTest() override {
        loop.tasks().cancel();
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }
    HostReader& start(std::uint16_t chrony_port, std::chrono::milliseconds chrony_limit = 100ms) {
        HostReaderSettings settings;
        settings.interval = 20ms;
        settings.chrony_port = chrony_port;
        settings.chrony_limit = chrony_limit;
        reader.emplace(loop.executor(), workers, world, settings);
        loop.tasks().spawn("clock", reader->follow_clock());
        loop.tasks().spawn("storage", reader->follow_storage());
        return *reader;
    }
    void wait_for_first() {
        loop.tasks().spawn("first", reader->wait_for_first(5s));
        loop.run_until([&] { return loop.tasks().size() == 2; });
    }
    const model::HostReadings& readings() const { return world.readings(); }

    base::WorkerPool workers{1};
    fakes::TestLoop loop;
    FakeChronyd chronyd{loop.executor()};
    model::World world{model::Instance()};
    std::optional<HostReader> reader;
};

/// Nobody listens there: the port was ours a moment ago.
std::uint16_t dead_port(const base::Executor& loop) {
    return udp::socket(loop, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0))
        .local_endpoint()
        .port();
}

TEST_F(HostReaderTest, TakesChronydsWordForTheClock) {
    start(chronyd.port());
    wait_for_first();
    ASSERT_TRUE(readings().clock);
    EXPECT_TRUE(readings().clock->synchronized);
    EXPECT_NEAR(readings().clock->error_bound_ms, 0.0087, 0.0001);
    EXPECT_FALSE(readings().storage) << "nobody has named the disk, and it was not waited for";
}

TEST_F(HostReaderTest, TakesTheKernelsWhereThereIsNoChronyd) {
    const auto kernel = read_kernel_clock();
    ASSERT_TRUE(kernel);
    start(dead_port(loop.executor()));
    wait_for_first();
    ASSERT_TRUE(readings().clock);
    EXPECT_EQ(readings().clock->synchronized, kernel->synchronized);
}

TEST_F(HostReaderTest, TakesTheKernelsWhereChronydSaysNothingUsefulOrNothing) {
    const auto kernel = read_kernel_clock();
    ASSERT_TRUE(kernel);
    for (const auto& answer : {version_refused(), std::vector<std::uint8_t>()}) {
        chronyd.answer = answer;
        const auto drift = loop.run(ask_chrony(chronyd.port(), 50ms));
        ASSERT_FALSE(drift);
        EXPECT_EQ(drift.error().code(), answer.empty() ? Errc::timeout : Errc::protocol);
    }
    start(chronyd.port());
    wait_for_first();
    ASSERT_TRUE(readings().clock);
    EXPECT_NE(readings().clock->error_bound_ms, 0.0);
}

TEST_F(HostReaderTest, ReadsAgainAndTheWorldsGenerationRisesOnlyWithTheValues) {
    start(chronyd.port());
    wait_for_first();
    const auto generation = world.readings_generation();
    const auto asked = chronyd.asked;
    loop.run_until([&] { return chronyd.asked >= asked + 3; });
    EXPECT_EQ(world.readings_generation(), generation);
    chronyd.answer = unsynchronised_answer();
    loop.run_until([&] { return !readings().clock->synchronized; });
    EXPECT_EQ(world.readings_generation(), generation + 1);
}

TEST_F(HostReaderTest, ReadsTheDiskAsSoonAsItsPathIsKnown) {
    const fakes::TemporaryFolder folder;
    start(chronyd.port());
    wait_for_first();
    reader->set_docker_root(folder.path());
    wait_for_first();
    ASSERT_TRUE(readings().storage);
    EXPECT_GT(readings().storage->reserved_mib, 0);
    EXPECT_TRUE(readings().clock) << "neither reading loses the other";
}

TEST_F(HostReaderTest, SaysOnceThatTheDiskCannotBeReadAndShowsNone) {
    const fakes::TemporaryFolder folder;
    fakes::CapturedLog log;
    start(chronyd.port()).set_docker_root(folder.path("docker"));
    wait_for_first();
    EXPECT_FALSE(readings().storage);
    const auto asked = chronyd.asked;
    loop.run_until([&] { return chronyd.asked >= asked + 3; });
    EXPECT_EQ(log.count(base::log::Level::warn, "how full docker's disk is"), 1U) << log.all();
    folder.write("docker/file", "");
    loop.run_until([&] { return readings().storage.has_value(); });
    EXPECT_TRUE(readings().storage);
}

TEST_F(HostReaderTest, DoesNotWaitLongerForTheFirstThanItsLimit) {
    chronyd.answer.clear();
    start(chronyd.port(), 30s);
    const auto begun = std::chrono::steady_clock::now();
    loop.tasks().spawn("first", reader->wait_for_first(20ms));
    loop.run_until([&] { return loop.tasks().size() == 2; });
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    EXPECT_FALSE(readings().clock);
}

} // namespace
} // namespace agent::host
