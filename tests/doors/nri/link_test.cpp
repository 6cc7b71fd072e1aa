// The link to the engine's NRI socket: containers that are made are given what they are to have, in time or
// not at all, and whatever ends the connection, there is another.

#include "doors/nri/engine.hpp"
#include "fakes/captured_log.hpp"

#include "pace.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace doors_test {
namespace {

using nri::Counters;
using nri::LinkState;
using nri::Passed;

bool is_registered(const Counters& counters) {
    return counters.state == LinkState::registered;
}

/// The data of an answer that gives A.
std::string given(const std::string& value) {
    return field(2, field(1, field(4, field(1, "A") + field(2, value))));
}

nri::Frame answer_to(std::uint32_t stream, const std::string& data) {
    return {nri::engine_asks, stream, nri::FrameType::response, 0, data};
}

TEST(NriLink, RegistersAndGivesAContainerWhatItIsToHave) {
    const fakes::CapturedLog log;
    LinkedAgent agent;
    agent.listen();
    auto peer = agent.registered();
    ASSERT_TRUE(agent.wait_until(is_registered));
    peer.send(create(5, named_container("/web")));
    EXPECT_EQ(next_frame(peer), answer_to(5, given("/web")));
    ASSERT_TRUE(agent.wait_until([](const Counters& c) { return c.completed == 1; }));
    EXPECT_EQ(agent.giver.heard(), (std::vector<std::string>{"listed 1", "ask /web"}));
    EXPECT_EQ(agent.counters().registered, 1U);
    EXPECT_EQ(agent.counters().missed, 1U) << "as many as the completer says";
    EXPECT_EQ(agent.trouble(), "");
    EXPECT_EQ(log.count(base::log::Level::info, "takes the agent as a plugin"), 1U) << log.all();
    EXPECT_EQ(log.count(base::log::Level::info, "outcome=completed"), 1U) << log.all();
}

TEST(NriLink, AnswersTheRecordedCreatesWhereverTheyAreCut) {
    LinkedAgent agent;
    agent.listen();
    auto peer = agent.registered();
    const auto bytes = recorded("06-in-CreateContainer");
    for (const std::size_t cut : {1U, 8U, 17U, 18U, 200U}) {
        peer.send(bytes.substr(0, cut));
        peer.wait_until_taken();
        peer.send(bytes.substr(cut));
        EXPECT_EQ(next_frame(peer), answer_to(5, given("/nri1"))) << "cut at " << cut;
    }
}

TEST(NriLink, PassesAContainerThatIsNotToBeCompleted) {
    LinkedAgent agent;
    agent.giver.answer_by(
        [](nri::Container) -> base::Async<nri::Completed> { co_return Passed::not_ready; });
    agent.listen();
    auto peer = agent.registered();
    peer.send(create(5, named_container("/web")));
    EXPECT_EQ(next_frame(peer), answer_to(5, ""));
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.of(Passed::not_ready) == 1; }));
    EXPECT_EQ(agent.counters().completed, 0U);
}

// The engine waits 2 s, and then closes for good: better without, and in time.
TEST(NriLink, AnswersInTimeAndWithdrawsWhatComesTooLate) {
    LinkedAgent agent(
        [](nri::Settings& settings) { settings.completion_time = std::chrono::milliseconds(30); });
    agent.giver.answer_by([](nri::Container container) -> base::Async<nri::Completed> {
        co_await base::sleep_for(std::chrono::milliseconds(300));
        nri::Adjusted late;
        late.ticket = container.name;
        co_return std::move(late);
    });
    agent.listen();
    auto peer = agent.registered();
    peer.send(create(5, named_container("/web")));
    EXPECT_EQ(next_frame(peer), answer_to(5, ""));
    EXPECT_EQ(agent.counters().of(Passed::late), 1U);
    EXPECT_TRUE(
        agent.wait_until([&](const Counters&) { return agent.giver.has_heard("withdraw /web"); }));
    EXPECT_TRUE(is_registered(agent.counters())) << "the connection stays";
}

TEST(NriLink, CompletesNoMoreAtOnceThanItMay) {
    LinkedAgent agent([](nri::Settings& settings) {
        settings.completions = 1;
        settings.completion_time = std::chrono::milliseconds(200);
    });
    agent.giver.answer_by([](nri::Container) -> base::Async<nri::Completed> {
        co_await base::sleep_for(std::chrono::seconds(5));
        co_return Passed::failed;
    });
    agent.listen();
    auto peer = agent.registered();
    peer.send(create(5, named_container("/a")) + create(7, named_container("/b")));
    EXPECT_EQ(next_frame(peer), answer_to(7, "")) << "at once";
    EXPECT_EQ(next_frame(peer), answer_to(5, ""));
}

TEST(NriLink, RegistersAnewWhenTheEngineHasClosed) {
    const fakes::CapturedLog log;
    LinkedAgent agent;
    agent.listen();
    { auto gone = agent.registered(); }
    auto peer = agent.registered();
    ASSERT_TRUE(agent.wait_until([](const Counters& c) { return c.registered == 2; }));
    EXPECT_EQ(agent.counters().lost, 1U);
    peer.send(create(5, named_container("/web")));
    EXPECT_EQ(next_frame(peer), answer_to(5, given("/web")));
    EXPECT_EQ(log.count(base::log::Level::warn, "the engine has closed the connection"), 1U)
        << log.all();
}

// A reload of the engine forgets its plugins, and closes nothing.
TEST(NriLink, RegistersAnewWhenTheSocketIsAnother) {
    LinkedAgent agent;
    agent.listen();
    auto forgotten = agent.registered();
    ASSERT_TRUE(agent.wait_until(is_registered));
    agent.listen();
    auto peer = agent.registered();
    EXPECT_TRUE(forgotten.hears_the_end());
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.registered == 2; }));
    peer.send(create(5, named_container("/web")));
    EXPECT_EQ(next_frame(peer), answer_to(5, given("/web")));
}

TEST(NriLink, RegistersAnewAtOnceWhenItIsToldOfAReload) {
    LinkedAgent agent([](nri::Settings& settings) {
        settings.look_pause = settings.first_pause = settings.longest_pause = std::chrono::hours(1);
    });
    agent.listen();
    auto forgotten = agent.registered();
    ASSERT_TRUE(agent.wait_until(is_registered));
    agent.reload();
    EXPECT_TRUE(forgotten.hears_the_end());
    auto peer = agent.registered();
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.registered == 2; }));
}

// An engine that has come back is another, and has another socket; one that has only been silent is not.
TEST(NriLink, LooksAtTheSocketAtOnceWhenTheEngineIsBack) {
    LinkedAgent agent([](nri::Settings& settings) {
        settings.look_pause = settings.first_pause = settings.longest_pause = std::chrono::hours(1);
    });
    agent.listen();
    auto peer = agent.registered();
    ASSERT_TRUE(agent.wait_until(is_registered));
    agent.look_again();
    peer.send(create(5, named_container("/web")));
    EXPECT_EQ(next_frame(peer), answer_to(5, given("/web")));
    EXPECT_EQ(agent.counters().registered, 1U);
    agent.listen();
    agent.look_again();
    auto again = agent.registered();
    EXPECT_TRUE(peer.hears_the_end());
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.registered == 2; }));
}

TEST(NriLink, LooksOftenForTheSocketOfAnEngineThatStartsAgain) {
    LinkedAgent agent(
        [](nri::Settings& settings) { settings.absent_pause = std::chrono::hours(1); });
    agent.listen();
    agent.look_again();
    { auto gone = agent.registered(); }
    agent.take_engine_away();
    ASSERT_TRUE(agent.wait_until([](const Counters& c) { return c.state == LinkState::absent; }));
    agent.listen();
    auto peer = agent.registered();
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.registered == 2; }));
}

// It has left its socket, and makes containers as soon as it is back.
TEST(NriLink, LooksOftenForAnEngineThatWasKilled) {
    LinkedAgent agent([](nri::Settings& settings) {
        settings.first_pause = std::chrono::milliseconds(20);
        settings.longest_pause = std::chrono::hours(1);
    });
    agent.listen();
    {
        auto gone = agent.registered();
        ASSERT_TRUE(agent.wait_until(is_registered));
        agent.kill_engine();
    }
    // By now pauses that double would be longer than a second.
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    tests::slowness();
    const auto back = std::chrono::steady_clock::now();
    agent.listen();
    auto peer = agent.registered();
    const auto took = std::chrono::steady_clock::now() - back;
    EXPECT_LT(took, tests::at_this_pace(std::chrono::milliseconds(500)));
}

TEST(NriLink, WaitsForASocketThatIsNotThere) {
    const fakes::CapturedLog log;
    LinkedAgent agent;
    EXPECT_TRUE(agent.wait_until([&](const Counters& c) {
        return c.state == LinkState::absent &&
               log.count(base::log::Level::info, "no NRI socket there") == 1;
    })) << log.all();
    EXPECT_EQ(agent.trouble(), "") << "an engine need not have one";
    agent.listen();
    { auto peer = agent.registered(); }
    agent.take_engine_away();
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.state == LinkState::absent; }));
}

TEST(NriLink, SaysWhyItCannotRegister) {
    LinkedAgent agent;
    agent.listen();
    auto peer = agent.engine().accept();
    nri::Frame refusal{nri::agent_asks, 1, nri::FrameType::response, 0, {}};
    refusal.data = field(1, field(1, 3) + field(2, "no plugins today"));
    peer.send(nri::encode(refusal));
    EXPECT_TRUE(agent.wait_until([&](const Counters&) {
        return agent.trouble().find("no plugins today") != std::string::npos;
    })) << agent.trouble();
    auto again = agent.registered();
    EXPECT_TRUE(agent.wait_until([&](const Counters&) { return agent.trouble().empty(); }));
}

TEST(NriLink, EndsAConnectionOnWhichItIsSpokenToOtherwise) {
    LinkedAgent agent;
    agent.listen();
    auto peer = agent.registered();
    peer.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(peer.hears_the_end());
    auto again = agent.registered();
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.registered == 2; }));
}

TEST(NriLink, EndsAConnectionThatIsNotRegisteredInTime) {
    LinkedAgent agent([](nri::Settings& settings) {
        settings.registration_time = std::chrono::milliseconds(50);
    });
    agent.listen();
    auto silent = agent.engine().accept();
    const auto registration = recorded("00-out-RegisterPlugin");
    ASSERT_EQ(silent.receive(registration.size()), registration);
    EXPECT_TRUE(silent.hears_the_end());
    EXPECT_NO_THROW(agent.engine().accept());
}

// containerd speaks the same protocol, and its containers are nobody's here.
TEST(NriLink, CompletesNothingOfAnEngineThatIsNotDockers) {
    const fakes::CapturedLog log;
    LinkedAgent agent;
    agent.listen();
    auto peer = agent.registered("containerd");
    peer.send(create(5, named_container("/web")));
    EXPECT_EQ(next_frame(peer), answer_to(5, ""));
    EXPECT_EQ(agent.counters().of(Passed::not_docker), 1U);
    EXPECT_TRUE(agent.giver.heard().empty());
    EXPECT_EQ(log.count(base::log::Level::warn, "not Docker's"), 1U) << log.all();
}

TEST(NriLink, CountsCreatesThatItCannotRead) {
    LinkedAgent agent;
    agent.listen();
    auto peer = agent.registered();
    peer.send(call(5, "CreateContainer", field(2, "\x0a\xff")));
    EXPECT_EQ(next_frame(peer), answer_to(5, ""));
    EXPECT_TRUE(agent.wait_until([](const Counters& c) { return c.of(Passed::bad_message) == 1; }));
}

TEST(NriLink, LeavesContainersThatWaitWhenItStops) {
    LinkedAgent agent;
    agent.giver.answer_by([](nri::Container container) -> base::Async<nri::Completed> {
        co_await base::sleep_for(std::chrono::seconds(20));
        nri::Adjusted given;
        given.ticket = container.name;
        co_return std::move(given);
    });
    agent.listen();
    auto peer = agent.registered();
    peer.send(create(5, named_container("/web")));
    ASSERT_TRUE(
        agent.wait_until([&](const Counters&) { return agent.giver.has_heard("ask /web"); }));
    agent.stop();
    EXPECT_TRUE(peer.hears_the_end()) << "the engine goes on without";
    EXPECT_TRUE(agent.giver.has_heard("withdraw /web"));
}

} // namespace
} // namespace doors_test
