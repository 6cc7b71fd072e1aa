// What is to become of a role: the order of what a file says.

#include "agent/credentials/configuration.hpp"

#include <gtest/gtest.h>

namespace agent::credentials {
namespace {

using Kind = Decision::Kind;

constexpr std::string_view web = "arn:aws:iam::123456789012:role/web";
constexpr std::string_view batch_1 = "arn:aws:iam::123456789012:role/batch-1";
constexpr std::string_view batch_2 = "arn:aws:iam::123456789012:role/batch-2";

/// The name of the provider; "-" when there is none, "denied" when the role is.
std::string decided(const Configuration& configuration, std::string_view role) {
    const auto decision = decide(configuration, role);
    switch (decision.kind) {
    case Kind::provided: return std::string(decision.provider);
    case Kind::no_provider: return "-";
    case Kind::denied: return "denied";
    }
    return {};
}

Configuration parse_rules(std::string_view rest) {
    auto configuration = parse_configuration(
        "providers: {a: {type: imds}, b: {type: imds}, c: {type: imds}}\n" + std::string(rest));
    EXPECT_TRUE(configuration) << configuration.error().what();
    return configuration ? std::move(*configuration) : Configuration();
}

TEST(Decision, NoRoleHasAProviderUnlessSaid) {
    EXPECT_EQ(decided(Configuration(), web), "-");
    EXPECT_EQ(decided(parse_rules("roles: []"), web), "-");
}

TEST(Decision, DefaultIsForRolesThatNoRuleIsFor) {
    const auto configuration = parse_rules(R"(
roles: [{role: "arn:aws:iam::123456789012:role/web", provider: a}]
default: b
)");
    EXPECT_EQ(decided(configuration, web), "a");
    EXPECT_EQ(decided(configuration, batch_1), "b");
}

TEST(Decision, ExactRuleComesBeforePatterns) {
    const auto configuration = parse_rules(R"(
roles:
  - {role: "*", provider: a}
  - {role: "arn:aws:iam::123456789012:role/batch-?", provider: b}
  - {role: "arn:aws:iam::123456789012:role/batch-2", provider: c}
)");
    EXPECT_EQ(decided(configuration, batch_2), "c");
    EXPECT_EQ(decided(configuration, web), "a");
}

TEST(Decision, FirstPatternThatFitsIsTaken) {
    const auto configuration = parse_rules(R"(
roles:
  - {role: "*batch-2", provider: c}
  - {role: "*batch-?", provider: b}
  - {role: "*", provider: a}
)");
    EXPECT_EQ(decided(configuration, batch_2), "c");
    EXPECT_EQ(decided(configuration, batch_1), "b");
    EXPECT_EQ(decided(configuration, web), "a");
}

TEST(Decision, DenyComesBeforeEverything) {
    const auto configuration = parse_rules(R"(
roles:
  - {role: "arn:aws:iam::123456789012:role/web", provider: a}
  - {role: "*", provider: b}
default: c
deny: ["arn:aws:iam::123456789012:role/web", "*batch-1"]
)");
    EXPECT_EQ(decided(configuration, web), "denied") << "also an exact rule";
    EXPECT_EQ(decided(configuration, batch_1), "denied") << "by a pattern";
    EXPECT_EQ(decided(configuration, batch_2), "b");
    EXPECT_EQ(decided(parse_rules("deny: [\"*\"]\ndefault: a"), web), "denied");
}

TEST(Decision, RuleWithoutPatternIsForThatTextOnly) {
    const auto configuration = parse_rules(R"(
roles: [{role: "arn:aws:iam::123456789012:role/web", provider: a}]
deny: ["arn:aws:iam::123456789012:role/batch-1"]
)");
    EXPECT_EQ(decided(configuration, "arn:aws:iam::123456789012:role/web2"), "-");
    EXPECT_EQ(decided(configuration, "arn:aws:iam::123456789012:role/WEB"), "-");
    EXPECT_EQ(decided(configuration, "arn:aws:iam::123456789012:role/batch-11"), "-");
}

} // namespace
} // namespace agent::credentials
