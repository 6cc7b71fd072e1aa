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
    facts.from_registry = true;
    facts.pulled_before = pulled_before;
    return facts;
}

// Where an image is from (D12). Of an image without digests the rest says nothing, on no engine; with
// containerd's image store digests say nothing.

TEST(IsFromRegistry, NeverWithoutDigests) {
    for (const bool all_have : {false, true})
        for (const std::optional<bool> recorded :
             {std::optional<bool>(), std::optional(false), std::optional(true)})
            for (const bool before : {false, true})
                EXPECT_FALSE(is_from_registry({false, all_have, recorded, before}));
}

TEST(IsFromRegistry, ByItsDigestsOnDockersOwnStore) {
    for (const std::optional<bool> recorded : {std::optional<bool>(), std::optional(false)})
        for (const bool before : {false, true})
            EXPECT_TRUE(is_from_registry({true, false, recorded, before}))
                << "Docker 29 records pulls for the other store only";
}

TEST(IsFromRegistry, ByTheEnginesRecordWhereEveryImageHasDigests) {
    for (const bool before : {false, true}) {
        EXPECT_TRUE(is_from_registry({true, true, true, before}));
        EXPECT_FALSE(is_from_registry({true, true, false, before}))
            << "built here over what was pulled once";
    }
}

TEST(IsFromRegistry, ByWhatThisAgentPulledWhereTheEngineKeepsNoRecord) {
    EXPECT_TRUE(is_from_registry({true, true, std::nullopt, true}));
    EXPECT_FALSE(is_from_registry({true, true, std::nullopt, false}));
}

// What follows.

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
