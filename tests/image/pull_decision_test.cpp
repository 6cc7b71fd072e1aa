#include "agent/image/pull_decision.hpp"

#include <gtest/gtest.h>

namespace agent::image {
namespace {

using config::PullBehavior;
using enum PullDecision;

constexpr PullBehavior behaviors[] = {PullBehavior::default_, PullBehavior::always,
                                      PullBehavior::once, PullBehavior::prefer_cached};

ImageFacts from_registry(bool pulled_before = false) {
    ImageFacts facts;
    facts.present = true;
    facts.has_repo_digests = true;
    facts.pulled_before = pulled_before;
    return facts;
}

TEST(PullDecision, PullsWhatIsNotHere) {
    for (const auto behavior : behaviors)
        for (const bool by_digest : {false, true})
            for (const bool before : {false, true})
                EXPECT_EQ(decide(behavior, {false, false, by_digest, before}), pull_or_fail);
}

TEST(PullDecision, NeverPullsWhatWasMadeHere) {
    for (const auto behavior : behaviors)
        for (const bool before : {false, true})
            EXPECT_EQ(decide(behavior, {true, false, false, before}), skip);
}

TEST(PullDecision, NeverPullsADigestThatIsHere) {
    for (const auto behavior : behaviors)
        for (const bool before : {false, true})
            EXPECT_EQ(decide(behavior, {true, true, true, before}), skip);
}

TEST(PullDecision, FollowsTheBehaviorForATagThatIsHere) {
    EXPECT_EQ(decide(PullBehavior::default_, from_registry()), pull_or_use_cached);
    EXPECT_EQ(decide(PullBehavior::default_, from_registry(true)), pull_or_use_cached);
    EXPECT_EQ(decide(PullBehavior::always, from_registry(true)), pull_or_fail);
    EXPECT_EQ(decide(PullBehavior::once, from_registry()), pull_or_fail);
    EXPECT_EQ(decide(PullBehavior::once, from_registry(true)), skip);
    EXPECT_EQ(decide(PullBehavior::prefer_cached, from_registry()), skip);
}

} // namespace
} // namespace agent::image
