// The credentials behind one id: fetched, kept, given while they are valid, and replaced in time.

#include "agent/credentials/supply.hpp"

#include "fake_provider.hpp"

#include "fakes/captured_log.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace agent::credentials {
namespace {

using base::Async;
using base::Errc;
using base::log::Level;
using handlers::http::SharedBody;
using namespace std::chrono_literals;

constexpr auto cannot_fetch = "cannot fetch credentials; trying again";
constexpr auto cannot_refresh =
    "cannot refresh credentials; those at hand are given while they are "
    "valid, trying again";
constexpr auto fetched_again = "credentials are fetched again";

Async<SharedBody> wait_for_body(std::shared_ptr<Supply> supply,
                                std::chrono::steady_clock::duration limit) {
    co_await supply->wait_for_body(limit);
    co_return supply->body();
}

class SupplyTest : public testing::Test {
protected:
    ~SupplyTest() override {
        loop.tasks().cancel();
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }

    /// Until the provider is asked for the first time.
    void begin() {
        loop.tasks().spawn("supply", Supply::run(supply));
        await_requests(1);
    }
    void await_requests(std::size_t count) {
        loop.run_until([&] { return provider->requests.size() >= count; });
        ASSERT_EQ(provider->requests.size(), count);
    }
    /// Until what was answered is taken.
    void await_taken() {
        loop.run_until([&] { return provider->given == provider->requests.size(); });
        ASSERT_EQ(provider->given, provider->requests.size());
    }
    /// The same, and then the provider is asked once more: it is configured anew.
    void ask_again() {
        await_taken();
        const auto count = provider->requests.size() + 1;
        supply->use(provider);
        await_requests(count);
    }
    /// With keys that are there.
    void begin_with(const Keys& keys) {
        begin();
        provider->answer(keys);
        loop.run_until([&] { return supply->body() != nullptr; });
        ASSERT_NE(supply->body(), nullptr);
    }
    bool body_has(std::string_view text) {
        const auto body = supply->body();
        return body && body->find(text) != std::string::npos;
    }

    fakes::TestLoop loop;
    fakes::CapturedLog log;
    std::shared_ptr<FakeProvider> provider = std::make_shared<FakeProvider>(loop.executor());
    std::shared_ptr<Supply> supply = std::make_shared<Supply>(
        loop.executor(), provider,
        RoleRequest{"arn:aws:iam::123456789012:role/web", "0123", "arn:task/0123"});
};

TEST_F(SupplyTest, HasTheAnswerReady) {
    EXPECT_EQ(supply->body(), nullptr);
    const auto expires_at = *base::parse_rfc3339("2126-01-02T03:04:05.678Z");
    begin_with(keys_of("ID", expires_at));
    EXPECT_EQ(*supply->body(), R"({"RoleArn":"arn:aws:iam::123456789012:role/web",)"
                               R"("AccessKeyId":"ID","SecretAccessKey":"SECRET","Token":"TOKEN",)"
                               R"("Expiration":"2126-01-02T03:04:05Z"})");
    EXPECT_EQ(supply->body(), supply->body()) << "it is rendered once";
    EXPECT_EQ(log.all(), "");
}

TEST_F(SupplyTest, FetchesForItsTask) {
    begin();
    EXPECT_EQ(provider->requests[0].role_arn, "arn:aws:iam::123456789012:role/web");
    EXPECT_EQ(provider->requests[0].session_name, "0123");
    EXPECT_EQ(provider->requests[0].task_arn, "arn:task/0123");
}

TEST_F(SupplyTest, KeysThatDoNotExpireAreGivenForAnHour) {
    const auto before = std::chrono::floor<std::chrono::seconds>(base::now());
    begin_with(keys_of("ID"));
    const std::string name = R"("Expiration":")";
    const auto body = *supply->body();
    const auto at = body.find(name) + name.size();
    const auto expires_at = base::parse_rfc3339(body.substr(at, body.find('"', at) - at));
    ASSERT_TRUE(expires_at) << body;
    EXPECT_GE(*expires_at, before + 1h);
    EXPECT_LE(*expires_at, base::now() + 1h);
}

TEST_F(SupplyTest, AllWhoWaitGetTheFirstKeys) {
    begin();
    std::vector<std::shared_ptr<std::optional<SharedBody>>> waiting;
    for (int i = 0; i < 10; ++i)
        waiting.push_back(loop.start(wait_for_body(supply, 1h)));
    loop.run_for(5ms);
    for (const auto& each : waiting)
        EXPECT_FALSE(each->has_value());
    provider->answer(keys_of("ID", base::now() + 1h));
    for (const auto& each : waiting) {
        loop.run_until([&] { return each->has_value(); });
        ASSERT_TRUE(each->has_value());
        EXPECT_EQ(each->value(), supply->body());
        EXPECT_NE(each->value(), nullptr);
    }
    EXPECT_EQ(provider->requests.size(), 1U);
}

TEST_F(SupplyTest, WhoComesBeforeTheFetchHasBegunWaitsToo) {
    const auto waiting = loop.start(wait_for_body(supply, 1h));
    begin();
    EXPECT_FALSE(waiting->has_value());
    provider->answer(keys_of("ID", base::now() + 1h));
    loop.run_until([&] { return waiting->has_value(); });
    EXPECT_NE(waiting->value(), nullptr);
}

TEST_F(SupplyTest, WaitsNoLongerThanTheLimit) {
    begin();
    EXPECT_EQ(loop.run(wait_for_body(supply, 10ms)), nullptr);
    EXPECT_EQ(loop.run(wait_for_body(supply, -1s)), nullptr);
}

TEST_F(SupplyTest, NobodyWaitsForTheNextAttemptAfterAFailure) {
    begin();
    const auto waiting = loop.start(wait_for_body(supply, 1h));
    provider->fail(Errc::unavailable, "away");
    loop.run_until([&] { return waiting->has_value(); });
    ASSERT_TRUE(waiting->has_value());
    EXPECT_EQ(waiting->value(), nullptr);
    EXPECT_EQ(supply->retry_after(), 1s);
}

TEST_F(SupplyTest, GivesWhatIsValidUntilItExpiresAndNoLonger) {
    const auto expires_at = base::now() + 3s;
    begin_with(keys_of("FIRST", expires_at));
    await_requests(2); // of its own accord
    EXPECT_TRUE(body_has("FIRST")) << "it was taken away while it was valid";
    bool given_too_long = false;
    loop.run_until([&] {
        const auto now = base::now();
        const bool given = supply->body() != nullptr;
        given_too_long = given_too_long || (given && now >= expires_at);
        return !given;
    });
    EXPECT_FALSE(given_too_long);
    EXPECT_EQ(supply->body(), nullptr);
    provider->answer(keys_of("SECOND", base::now() + 1h));
    loop.run_until([&] { return supply->body() != nullptr; });
    EXPECT_TRUE(body_has("SECOND"));
    EXPECT_FALSE(body_has("FIRST"));
}

TEST_F(SupplyTest, RefreshReplacesWhatIsGiven) {
    begin_with(keys_of("FIRST", base::now() + 1h));
    const auto first = supply->body();
    ask_again();
    EXPECT_EQ(supply->body(), first) << "while it is fetched";
    provider->answer(keys_of("SECOND", base::now() + 1h));
    loop.run_until([&] { return supply->body() != first; });
    EXPECT_TRUE(body_has("SECOND"));
    EXPECT_NE(first->find("FIRST"), std::string::npos) << "who has it reads on";
}

/// A source that does not look at the clock.
TEST_F(SupplyTest, KeysThatHaveExpiredAreNeverGiven) {
    begin();
    provider->answer(keys_of("OLD", base::now() - 1s));
    bool given = false;
    loop.run_until([&] {
        given = given || supply->body() != nullptr;
        return provider->requests.size() >= 2;
    });
    EXPECT_FALSE(given);
    EXPECT_GE(provider->requests.size(), 2U) << "they are fetched again";
    provider->answer(keys_of("NEW", base::now() + 1h));
    loop.run_until([&] { return supply->body() != nullptr; });
    EXPECT_TRUE(body_has("NEW"));
}

TEST_F(SupplyTest, FirstFailureIsLoggedWithRoleTaskAndReason) {
    begin();
    provider->fail(Errc::permission, "STS answered 403 AccessDenied: no");
    loop.run_until([&] { return !log.all().empty(); });
    EXPECT_EQ(
        log.count(Level::warn, std::string(cannot_fetch) +
                                   " role=arn:aws:iam::123456789012:role/web task=arn:task/0123 "
                                   "error=\"permission: STS answered 403 AccessDenied: no\""),
        1U)
        << log.all();
}

TEST_F(SupplyTest, TriesAgainByItself) {
    begin();
    provider->fail(Errc::unavailable, "away");
    await_requests(2);
    provider->answer(keys_of("ID", base::now() + 1h));
    loop.run_until([&] { return supply->body() != nullptr; });
    EXPECT_TRUE(body_has("ID"));
    EXPECT_EQ(log.count(Level::info, fetched_again), 1U) << log.all();
}

TEST_F(SupplyTest, FailureKeepsWhatIsValidAndIsLoggedOnce) {
    begin_with(keys_of("FIRST", base::now() + 1h));
    const auto first = supply->body();
    ask_again();
    provider->fail(Errc::unavailable, "away");
    ask_again();
    EXPECT_EQ(supply->body(), first);
    EXPECT_EQ(log.count(Level::warn, cannot_refresh), 1U) << log.all();
    for (int i = 0; i < 3; ++i) {
        provider->fail(Errc::unavailable, "away");
        ask_again();
    }
    EXPECT_EQ(log.count(Level::warn, cannot_refresh), 1U) << "the same reason again: " << log.all();
    provider->fail(Errc::permission, "refused");
    ask_again();
    EXPECT_EQ(log.count(Level::warn, cannot_refresh), 2U) << "another reason: " << log.all();
    EXPECT_EQ(log.count(Level::warn, "refused"), 1U) << log.all();
    EXPECT_EQ(supply->body(), first);
    EXPECT_EQ(log.count(Level::warn, cannot_fetch), 0U) << log.all();
}

TEST_F(SupplyTest, ReasonIsTheSameWithOtherNumbers) {
    begin();
    for (const auto* why :
         {"no answer within 812 ms from port 40112", "no answer within 7 ms from port 5"}) {
        provider->fail(Errc::timeout, why);
        ask_again();
    }
    EXPECT_EQ(log.count(Level::warn, cannot_fetch), 1U) << log.all();
    EXPECT_EQ(log.count(Level::warn, "812 ms from port 40112"), 1U) << log.all();
}

TEST_F(SupplyTest, RecoveryIsLoggedOnce) {
    begin_with(keys_of("FIRST", base::now() + 1h));
    ask_again();
    provider->fail(Errc::unavailable, "away");
    ask_again();
    EXPECT_EQ(log.count(Level::info, fetched_again), 0U);
    for (int i = 0; i < 2; ++i) {
        provider->answer(keys_of("SECOND", base::now() + 1h));
        ask_again();
        EXPECT_EQ(log.count(Level::info, fetched_again), 1U) << log.all();
    }
    EXPECT_TRUE(body_has("SECOND"));
    provider->fail(Errc::unavailable, "away");
    ask_again();
    EXPECT_EQ(log.count(Level::warn, cannot_refresh), 2U) << "it is news again: " << log.all();
}

TEST_F(SupplyTest, LogHoldsNoKey) {
    begin_with(keys_of("AKID-MARKER", base::now() + 1h));
    ask_again();
    provider->fail(Errc::unavailable, "away");
    ask_again();
    provider->answer(keys_of("AKID-MARKER", base::now() + 1h));
    ask_again();
    EXPECT_NE(log.all(), "");
    for (const auto* secret : {"AKID-MARKER", "SECRET", "TOKEN"})
        EXPECT_EQ(log.all().find(secret), std::string::npos) << log.all();
}

TEST_F(SupplyTest, EndTakesAwayWhatIsThere) {
    begin_with(keys_of("ID", base::now() + 1h));
    supply->end();
    EXPECT_EQ(supply->body(), nullptr);
    loop.run_until([&] { return loop.tasks().size() == 0; });
    EXPECT_EQ(loop.tasks().size(), 0U) << "it goes on fetching";
    EXPECT_EQ(provider->requests.size(), 1U);
}

TEST_F(SupplyTest, EndWakesWhoWaits) {
    begin();
    const auto waiting = loop.start(wait_for_body(supply, 1h));
    loop.run_for(5ms);
    EXPECT_FALSE(waiting->has_value());
    supply->end();
    loop.run_until([&] { return waiting->has_value(); });
    ASSERT_TRUE(waiting->has_value());
    EXPECT_EQ(waiting->value(), nullptr);
    provider->answer(keys_of("LATE", base::now() + 1h));
    loop.run_until([&] { return loop.tasks().size() == 0; });
    EXPECT_EQ(loop.tasks().size(), 0U);
    EXPECT_EQ(supply->body(), nullptr) << "what came after the end";
    EXPECT_EQ(loop.run(wait_for_body(supply, 1h)), nullptr);
}

TEST_F(SupplyTest, CancellationEndsItWithoutAWord) {
    begin();
    loop.tasks().cancel();
    loop.run_until([&] { return loop.tasks().size() == 0; });
    EXPECT_EQ(loop.tasks().size(), 0U);
    EXPECT_EQ(log.all(), "");
}

TEST_F(SupplyTest, UseFetchesFromTheOtherProviderAtOnce) {
    begin_with(keys_of("FIRST", base::now() + 1h));
    const auto other = std::make_shared<FakeProvider>(loop.executor());
    supply->use(other);
    loop.run_until([&] { return !other->requests.empty(); });
    ASSERT_EQ(other->requests.size(), 1U);
    EXPECT_EQ(other->requests[0].session_name, "0123");
    EXPECT_TRUE(body_has("FIRST")) << "until there is something new";
    other->answer(keys_of("SECOND", base::now() + 1h));
    loop.run_until([&] { return body_has("SECOND"); });
    EXPECT_TRUE(body_has("SECOND"));
    EXPECT_EQ(provider->requests.size(), 1U);
}

TEST_F(SupplyTest, WhatTheFormerProviderStillSaysIsNotTaken) {
    begin();
    const auto waiting = loop.start(wait_for_body(supply, 1h));
    const auto other = std::make_shared<FakeProvider>(loop.executor());
    supply->use(other);
    provider->answer(keys_of("FORMER", base::now() + 1h));
    loop.run_until([&] { return !other->requests.empty(); });
    EXPECT_EQ(supply->body(), nullptr);
    EXPECT_FALSE(waiting->has_value()) << "who waits, waits for the other one";
    other->answer(keys_of("LATTER", base::now() + 1h));
    loop.run_until([&] { return waiting->has_value(); });
    ASSERT_NE(waiting->value(), nullptr);
    EXPECT_NE((*waiting)->get()->find("LATTER"), std::string::npos);
    EXPECT_EQ(log.all(), "");
}

TEST_F(SupplyTest, RetryAfterIsWhenItIsFetchedNext) {
    EXPECT_EQ(supply->retry_after(), 1s) << "at once, but not sooner than in a second";
    begin();
    EXPECT_EQ(supply->retry_after(), 1s);
    provider->fail(Errc::unavailable, "away");
    ask_again();
    provider->fail(Errc::unavailable, "away");
    await_taken();
    EXPECT_GE(supply->retry_after(), 1s);
    EXPECT_LE(supply->retry_after(), 2s);
    ask_again();
    provider->answer(keys_of("ID", base::now() + 1h));
    await_taken();
    EXPECT_GT(supply->retry_after(), 29min);
    EXPECT_LE(supply->retry_after(), 36min);
}

} // namespace
} // namespace agent::credentials
