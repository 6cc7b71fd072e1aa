// The keys that providers ask STS with: fetched once for all who need them, and kept while they are
// good.

#include "agent/credentials/source_keys.hpp"

#include "fake_provider.hpp"

#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

namespace agent::credentials {
namespace {

using base::Errc;
using base::Result;
using namespace std::chrono_literals;

class SourceKeysTest : public testing::Test {
protected:
    ~SourceKeysTest() override {
        loop.tasks().cancel();
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }

    using Waiting = std::shared_ptr<std::optional<Result<Keys>>>;

    std::vector<Waiting> ask(std::size_t count) {
        std::vector<Waiting> all;
        for (std::size_t i = 0; i < count; ++i)
            all.push_back(loop.start(source.get()));
        loop.run_until([&] { return !provider->requests.empty(); });
        return all;
    }
    void finish(const std::vector<Waiting>& all) {
        for (const auto& each : all)
            loop.run_until([&] { return each->has_value(); });
    }
    /// Asks, and gives this answer to a fetch if there is one.
    Result<Keys> get(Result<Keys> answer) {
        provider->answer(std::move(answer));
        return loop.run(source.get());
    }

    fakes::TestLoop loop;
    std::shared_ptr<FakeProvider> provider = std::make_shared<FakeProvider>(loop.executor());
    SourceKeys source{loop.executor(), provider, RoleRequest{"", "ecs-node-agent", ""}};
};

TEST_F(SourceKeysTest, OneFetchIsForAllWhoWait) {
    const auto waiting = ask(20);
    for (const auto& each : waiting)
        EXPECT_FALSE(each->has_value());
    provider->answer(keys_of("ID", base::now() + 1h));
    finish(waiting);
    for (const auto& each : waiting) {
        ASSERT_TRUE(each->has_value());
        ASSERT_TRUE(**each) << (*each)->error().what();
        EXPECT_EQ((**each)->access_key_id.view(), "ID");
        EXPECT_EQ((**each)->session_token.view(), "TOKEN");
    }
    EXPECT_EQ(provider->requests.size(), 1U);
}

TEST_F(SourceKeysTest, AsksWithItsOwnRequest) {
    ASSERT_TRUE(get(keys_of("ID")));
    ASSERT_EQ(provider->requests.size(), 1U);
    EXPECT_EQ(provider->requests[0].session_name, "ecs-node-agent");
    EXPECT_EQ(provider->requests[0].role_arn, "");
    EXPECT_EQ(provider->requests[0].task_arn, "");
}

TEST_F(SourceKeysTest, FailureIsToldToAllWhoWait) {
    const auto waiting = ask(3);
    provider->fail(Errc::permission, "not yours");
    finish(waiting);
    for (const auto& each : waiting) {
        ASSERT_TRUE(each->has_value());
        ASSERT_FALSE(**each);
        EXPECT_EQ((*each)->error().code(), Errc::permission);
        EXPECT_EQ((*each)->error().what(), "not yours");
    }
    EXPECT_EQ(provider->requests.size(), 1U);
    EXPECT_TRUE(get(keys_of("ID"))) << "a failure is not kept";
    EXPECT_EQ(provider->requests.size(), 2U);
}

TEST_F(SourceKeysTest, KeysThatDoNotExpireAreFetchedEachTime) {
    EXPECT_EQ(get(keys_of("FIRST"))->access_key_id.view(), "FIRST");
    EXPECT_EQ(get(keys_of("SECOND"))->access_key_id.view(), "SECOND");
    EXPECT_EQ(provider->requests.size(), 2U);
}

TEST_F(SourceKeysTest, KeysAreKeptUntilHalfOfTheirLifeIsOver) {
    const auto before = base::now();
    const auto expires_at = before + 1s;
    ASSERT_TRUE(get(keys_of("FIRST", expires_at)));
    const auto after = base::now();
    // Half lies between these two, however long the fetch took.
    const auto soonest = before + (expires_at - before) / 2;
    const auto latest = after + (expires_at - after) / 2;
    provider->answer(keys_of("SECOND", expires_at + 1h));
    for (;;) {
        const auto asked = base::now();
        const auto keys = loop.run(source.get());
        ASSERT_TRUE(keys) << keys.error().what();
        if (keys->access_key_id.view() == "SECOND")
            break;
        ASSERT_LT(asked, latest) << "they are kept for too long";
        EXPECT_EQ(provider->requests.size(), 1U);
        loop.run_for(5ms);
    }
    EXPECT_GE(base::now(), soonest) << "they were not kept";
    EXPECT_EQ(provider->requests.size(), 2U);
    EXPECT_EQ(loop.run(source.get())->access_key_id.view(), "SECOND");
    EXPECT_EQ(provider->requests.size(), 2U);
}

TEST_F(SourceKeysTest, KeysThatHoldOutlastAFailure) {
    const auto expires_at = base::now() + 2s;
    ASSERT_TRUE(get(keys_of("FIRST", expires_at)));
    provider->fail(Errc::unavailable, "away for a moment");
    while (provider->requests.size() < 2U) {
        const auto keys = loop.run(source.get());
        ASSERT_TRUE(keys) << keys.error().what();
        EXPECT_EQ(keys->access_key_id.view(), "FIRST");
        loop.run_for(5ms);
    }
    EXPECT_EQ(loop.run(source.get())->access_key_id.view(), "FIRST")
        << "and are not asked for at once";
    EXPECT_EQ(provider->requests.size(), 2U);
}

TEST_F(SourceKeysTest, KeysThatHaveExpiredAreNotKept) {
    ASSERT_TRUE(get(keys_of("OLD", base::now() - 1s)));
    EXPECT_EQ(get(keys_of("NEW", base::now() + 1h))->access_key_id.view(), "NEW");
}

TEST_F(SourceKeysTest, FetchThatIsCancelledIsToldAndNotKept) {
    const auto waiting = ask(2);
    loop.tasks().cancel();
    finish(waiting);
    for (const auto& each : waiting) {
        ASSERT_TRUE(each->has_value());
        EXPECT_FALSE(**each);
    }
    EXPECT_TRUE(get(keys_of("ID")));
}

} // namespace
} // namespace agent::credentials
