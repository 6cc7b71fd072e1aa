// The credentials file: what each provider is told.

#include "agent/credentials/configuration.hpp"

#include <gtest/gtest.h>

namespace agent::credentials {
namespace {

using namespace std::chrono_literals;

Configuration parse(std::string_view yaml) {
    auto configuration = parse_configuration(yaml);
    EXPECT_TRUE(configuration) << configuration.error().what();
    return configuration ? std::move(*configuration) : Configuration();
}

/// The provider `base` of a file that says this of it. It may use a provider `host` as a source.
template <class Spec>
Spec base_provider(const std::string& fields) {
    const auto configuration =
        parse("providers:\n  host: {type: static, file: /keys.json}\n  base: {" + fields + "}\n");
    const auto found = configuration.providers.find("base");
    if (found == configuration.providers.end())
        return {};
    const auto* spec = std::get_if<Spec>(&found->second);
    EXPECT_NE(spec, nullptr) << "another type";
    return spec == nullptr ? Spec() : *spec;
}

TEST(Configuration, NothingIsConfiguredByAnEmptyFile) {
    for (const auto* yaml :
         {"", "# nothing\n", "{}", "null", "providers:\nroles:\ndefault:\ndeny:\n",
          "providers: {}\nroles: []\ndeny: []\n"}) {
        const auto configuration = parse(yaml);
        EXPECT_TRUE(configuration.providers.empty()) << yaml;
        EXPECT_TRUE(configuration.roles.empty()) << yaml;
        EXPECT_TRUE(configuration.deny.empty()) << yaml;
        EXPECT_EQ(configuration.default_provider, "") << yaml;
    }
}

TEST(Configuration, SaysWhichRoleGetsItsKeysFromWhere) {
    const auto configuration = parse(R"(
providers:
  host: {type: static, file: /etc/ecs/keys.json}
  roles_2: {type: assume-role, source: host}
roles:
  - {role: "arn:aws:iam::123456789012:role/batch-*", provider: roles_2}
  - role: arn:aws:iam::123456789012:role/web
    provider: host
default: roles_2
deny: ["arn:aws:iam::*:role/admin*", "*"]
)");
    ASSERT_EQ(configuration.providers.size(), 2U);
    ASSERT_EQ(configuration.roles.size(), 2U);
    EXPECT_EQ(configuration.roles[0].role, "arn:aws:iam::123456789012:role/batch-*");
    EXPECT_EQ(configuration.roles[0].provider, "roles_2");
    EXPECT_EQ(configuration.roles[1].role, "arn:aws:iam::123456789012:role/web");
    EXPECT_EQ(configuration.roles[1].provider, "host");
    EXPECT_EQ(configuration.default_provider, "roles_2");
    EXPECT_EQ(configuration.deny, (std::vector<std::string>{"arn:aws:iam::*:role/admin*", "*"}));
}

TEST(Configuration, MayBeJson) {
    const auto configuration = parse(R"({"providers": {"instance": {"type": "imds"}},
        "roles": [{"role": "*", "provider": "instance"}], "default": "instance"})");
    EXPECT_TRUE(std::holds_alternative<ImdsSpec>(configuration.providers.at("instance")));
    EXPECT_EQ(configuration.default_provider, "instance");
}

TEST(Configuration, OfStaticKeysIsAFile) {
    EXPECT_EQ(base_provider<StaticSpec>("type: static, file: /etc/ecs/keys.json").file,
              "/etc/ecs/keys.json");
}

TEST(Configuration, OfAProfileIsItsNameAndFiles) {
    const auto profile = base_provider<ProfileSpec>(
        "type: profile, profile: dev, home: /home/me, credentials_file: /c, config_file: /d, "
        "trusted: true");
    EXPECT_EQ(profile.profile, "dev");
    EXPECT_EQ(profile.home, "/home/me");
    EXPECT_EQ(profile.credentials_file, "/c");
    EXPECT_EQ(profile.config_file, "/d");
    EXPECT_TRUE(profile.trusted);
    const auto usual = base_provider<ProfileSpec>("type: profile");
    EXPECT_EQ(usual.profile + usual.home + usual.credentials_file + usual.config_file, "");
    EXPECT_FALSE(usual.trusted);
}

TEST(Configuration, OfAProcessIsItsCommandAndTime) {
    const auto process = base_provider<ProcessSpec>(
        R"(type: process, command: [/bin/x, "a b", "", "5"], timeout: 20s)");
    EXPECT_EQ(process.command, (std::vector<std::string>{"/bin/x", "a b", "", "5"}));
    EXPECT_EQ(process.timeout, 20s);
    EXPECT_EQ(base_provider<ProcessSpec>("type: process, command: [/bin/x]").timeout, 10s);
    EXPECT_EQ(base_provider<ProcessSpec>("type: process, command: [/x], timeout: 1s").timeout, 1s);
}

TEST(Configuration, OfAssumeRoleIsAllThatStsTakes) {
    const auto role = base_provider<AssumeRoleSpec>(R"(type: assume-role, source: host,
        role: "arn:aws-cn:iam::123456789012:role/path/web", duration: 1h30m, external_id: "a_+=,.@:/-9",
        session_tags: {team: "a b", cost: ""}, transitive_tags: [team], source_identity: me@home,
        region: eu-west-3, endpoint: "http://localhost:4566", ca_file: /etc/ca.pem)");
    EXPECT_EQ(role.source, "host");
    EXPECT_EQ(role.role, "arn:aws-cn:iam::123456789012:role/path/web");
    EXPECT_EQ(role.duration, 90min);
    EXPECT_EQ(role.external_id, "a_+=,.@:/-9");
    EXPECT_EQ(role.session_tags,
              (std::map<std::string, std::string>{{"cost", ""}, {"team", "a b"}}));
    EXPECT_EQ(role.transitive_tags, std::vector<std::string>{"team"});
    EXPECT_EQ(role.source_identity, "me@home");
    EXPECT_EQ(role.sts.region, "eu-west-3");
    EXPECT_EQ(role.sts.endpoint, "http://localhost:4566");
    EXPECT_EQ(role.sts.ca_file, "/etc/ca.pem");
}

TEST(Configuration, OfAssumeRoleIsTheTasksRoleForAnHourUnlessSaid) {
    const auto role = base_provider<AssumeRoleSpec>("type: assume-role, source: host");
    EXPECT_EQ(role.role, "");
    EXPECT_EQ(role.duration, 1h);
    EXPECT_EQ(role.external_id + role.source_identity, "");
    EXPECT_TRUE(role.session_tags.empty() && role.transitive_tags.empty());
    EXPECT_EQ(role.sts.region + role.sts.endpoint + role.sts.ca_file, "");
}

TEST(Configuration, OfASessionTokenIsItsSourceAndTime) {
    const auto session = base_provider<SessionTokenSpec>(R"(type: session-token, source: host,
        duration: 36h, region: us-east-2, endpoint: "https://sts.example/", ca_file: /ca.pem)");
    EXPECT_EQ(session.source, "host");
    EXPECT_EQ(session.duration, 36h);
    EXPECT_EQ(session.sts.region, "us-east-2");
    EXPECT_EQ(session.sts.endpoint, "https://sts.example/");
    EXPECT_EQ(session.sts.ca_file, "/ca.pem");
    EXPECT_EQ(base_provider<SessionTokenSpec>("type: session-token, source: host").duration, 12h);
}

TEST(Configuration, OfImdsIsWhereItIs) {
    EXPECT_EQ(base_provider<ImdsSpec>("type: imds").endpoint, "");
    EXPECT_EQ(base_provider<ImdsSpec>("type: imds, endpoint: \"http://[fd00:ec2::254]\"").endpoint,
              "http://[fd00:ec2::254]");
}

TEST(Configuration, DurationsIncludeTheirBounds) {
    const auto role = [](const std::string& duration) {
        return base_provider<AssumeRoleSpec>("type: assume-role, source: host, duration: " +
                                             duration)
            .duration;
    };
    EXPECT_EQ(role("15m"), 15min);
    EXPECT_EQ(role("12h"), 12h);
    EXPECT_EQ(role("900s"), 15min);
    EXPECT_EQ(base_provider<SessionTokenSpec>("type: session-token, source: host, duration: 15m")
                  .duration,
              15min);
}

TEST(Configuration, SourcesMayHaveSources) {
    const auto configuration = parse(R"(
providers:
  a: {type: assume-role, source: b}
  b: {type: assume-role, source: c, role: "arn:aws:iam::123456789012:role/b"}
  c: {type: session-token, source: d}
  d: {type: profile}
)");
    EXPECT_EQ(configuration.providers.size(), 4U);
}

} // namespace
} // namespace agent::credentials
