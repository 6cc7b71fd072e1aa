// The credentials file: each mistake is told with its field and with what was expected.

#include "agent/credentials/configuration.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace agent::credentials {
namespace {

using base::Errc;

void expect_refusal(const std::string& yaml, const std::string& what) {
    const auto configuration = parse_configuration(yaml);
    ASSERT_FALSE(configuration) << yaml;
    EXPECT_EQ(configuration.error().code(), Errc::invalid_argument) << yaml;
    EXPECT_EQ(configuration.error().what(), what) << yaml;
}

/// Of the provider `base`; there are a `host` and a `second` one beside it.
void expect_refusal_of(const std::string& fields, const std::string& what) {
    expect_refusal("providers:\n  base: {" + fields +
                       "}\n  host: {type: static, file: /k}\n"
                       "  second: {type: assume-role, source: host}\n",
                   "providers.base" + what);
}

TEST(ConfigurationRefusal, TheFileIsAnObjectOfFourFields) {
    expect_refusal("[]", "expected an object, got a list");
    expect_refusal("hosts", R"(expected an object, got "hosts")");
    expect_refusal("provider: {}", "provider: unknown field");
    expect_refusal("providers: []", "providers: expected an object: providers by name, got a list");
    expect_refusal("roles: {}", "roles: expected a list, got an object");
    expect_refusal("deny: x", R"(deny: expected a list, got "x")");
    expect_refusal("default: [x]", "default: expected a string, got a list");
    expect_refusal("default: \"\"", "default: must not be empty");
    expect_refusal("deny: []\ndeny: []", "line 2, column 1: deny: is there twice");
}

TEST(ConfigurationRefusal, WhatIsNoYamlIsRefusedWithItsPlace) {
    const auto configuration = parse_configuration("providers:\n  a: {type: imds\n");
    ASSERT_FALSE(configuration);
    EXPECT_EQ(configuration.error().code(), Errc::invalid_argument);
    EXPECT_NE(configuration.error().what().find("line "), std::string::npos)
        << configuration.error().what();
}

TEST(ConfigurationRefusal, AProviderHasANameAndAKnownType) {
    expect_refusal(R"(providers: {"a b": {type: imds}})",
                   R"(providers.a b: expected 1 to 255 letters, digits, '-' and '_', got "a b")");
    expect_refusal(R"(providers: {"": {type: imds}})",
                   R"(providers.: expected 1 to 255 letters, digits, '-' and '_', got "")");
    expect_refusal("providers: {base: imds}",
                   R"(providers.base: expected an object with a type, got "imds")");
    expect_refusal("providers: {base: null}",
                   "providers.base: expected an object with a type, got null");
    expect_refusal_of("", ".type: required");
    expect_refusal_of("file: /k", ".type: required");
    const std::string known =
        R"(.type: expected "static", "profile", "process", "assume-role", "session-token" or "imds")";
    expect_refusal_of("type: vault", known + R"(, got "vault")");
    expect_refusal_of("type: Static", known + R"(, got "Static")");
    expect_refusal_of("type: 5", known + ", got 5");
    expect_refusal_of("type: [static]", known + ", got a list");
}

TEST(ConfigurationRefusal, EachTypeHasItsOwnFields) {
    for (const auto* type : {"static, file: /k", "profile", "process, command: [/x]",
                             "assume-role, source: host", "session-token, source: host", "imds"})
        expect_refusal_of("type: " + std::string(type) + ", colour: red", ".colour: unknown field");
    expect_refusal_of("type: imds, file: /k", ".file: unknown field");
    expect_refusal_of("type: session-token, source: host, role: x", ".role: unknown field");
}

TEST(ConfigurationRefusal, StaticKeysNeedAFile) {
    expect_refusal_of("type: static", ".file: required");
    expect_refusal_of("type: static, file: null", ".file: required");
    expect_refusal_of("type: static, file: keys.json",
                      R"(.file: expected an absolute path, got "keys.json")");
    expect_refusal_of("type: static, file: 5", ".file: expected a string (quote it), got 5");
}

TEST(ConfigurationRefusal, AProfileHasANameAndAbsolutePaths) {
    expect_refusal_of("type: profile, profile: \"\"", ".profile: must not be empty");
    for (const std::string field : {"home", "credentials_file", "config_file"})
        expect_refusal_of("type: profile, " + field + ": \"~/x\"",
                          "." + field + R"(: expected an absolute path, got "~/x")");
    expect_refusal_of("type: profile, trusted: yes",
                      R"(.trusted: expected true or false, got "yes")");
}

TEST(ConfigurationRefusal, AProcessIsAListThatBeginsWithAnAbsolutePath) {
    const std::string expected =
        ".command: expected a list: a program's absolute path, then its arguments, got a list";
    expect_refusal_of("type: process", ".command: required");
    expect_refusal_of("type: process, command: []", expected);
    expect_refusal_of("type: process, command: [vault, read]", expected);
    expect_refusal_of("type: process, command: [\"\"]", expected);
    expect_refusal_of("type: process, command: /bin/x -a",
                      R"(.command: expected a list, got "/bin/x -a")");
    expect_refusal_of("type: process, command: [/bin/x, 5]",
                      ".command[1]: expected a string (quote it), got 5");
}

TEST(ConfigurationRefusal, DurationsHaveBounds) {
    const auto refused = [](const std::string& fields, const std::string& range,
                            const std::string& name,
                            const std::vector<std::pair<std::string, std::string>>& wrong) {
        for (const auto& [text, got] : wrong)
            expect_refusal_of(fields + ", " + name + ": " + text,
                              "." + name + ": expected a duration from " + range + ", got " + got);
    };
    refused("type: process, command: [/x]", "1s to 20s", "timeout",
            {{"21s", R"("21s")"},
             {"0s", R"("0s")"},
             {"999ms", R"("999ms")"},
             {"1500ms", R"("1500ms")"},
             {"10", "10"},
             {"\"10\"", R"("10")"},
             {"-5s", R"("-5s")"},
             {"[5s]", "a list"},
             {"\"\"", R"("")"}});
    refused("type: assume-role, source: host", "15m to 12h", "duration",
            {{"899s", R"("899s")"}, {"12h1s", R"("12h1s")"}, {"3600", "3600"}});
    refused("type: session-token, source: host", "15m to 36h", "duration",
            {{"14m", R"("14m")"}, {"129601s", R"("129601s")"}});
}

TEST(ConfigurationRefusal, AnAssumedRoleIsAnArn) {
    for (const auto* role : {"web", "arn:aws:iam::123456789012:user/web",
                             "aws:iam::123456789012:role/web", "arn:aws:iam::123456789012:role"})
        expect_refusal_of("type: assume-role, source: host, role: \"" + std::string(role) + '"',
                          ".role: expected a role's ARN such as "
                          "arn:aws:iam::123456789012:role/web, got \"" +
                              std::string(role) + '"');
    expect_refusal_of("type: assume-role, source: host, role: \"\"", ".role: must not be empty");
}

TEST(ConfigurationRefusal, IdsAreMadeOfWhatStsTakes) {
    const std::string external =
        ".external_id: expected 2 to 1224 letters, digits and any of _+=,.@:/-, got ";
    const std::string identity =
        ".source_identity: expected 2 to 64 letters, digits and any of _+=,.@-, got ";
    const std::string role = "type: assume-role, source: host, ";
    expect_refusal_of(role + "external_id: x", external + R"("x")");
    expect_refusal_of(role + "external_id: \"a b\"", external + R"("a b")");
    expect_refusal_of(role + "external_id: \"caf\xc3\xa9\"", external + "\"caf\xc3\xa9\"");
    expect_refusal_of(role + "external_id: " + std::string(1225, 'x'),
                      external + '"' + std::string(79, 'x') + "...");
    expect_refusal_of(role + "external_id: 12345",
                      ".external_id: expected a string (quote it), got 12345");
    expect_refusal_of(role + "source_identity: x", identity + R"("x")");
    expect_refusal_of(role + "source_identity: 'a:b'", identity + R"("a:b")");
    expect_refusal_of(role + "source_identity: " + std::string(65, 'x'),
                      identity + '"' + std::string(65, 'x') + '"');
}

TEST(ConfigurationRefusal, SessionTagsAreTextsWithinStsLimits) {
    const auto tags = [](const std::string& text) {
        return "type: assume-role, source: host, session_tags: {" + text + "}";
    };
    expect_refusal_of("type: assume-role, source: host, session_tags: [a]",
                      ".session_tags: expected an object, got a list");
    expect_refusal_of(tags("cost: 5"), ".session_tags.cost: expected a string (quote it), got 5");
    expect_refusal_of(tags("\"\": x"),
                      ".session_tags: a name must not be empty or contain a NUL character");
    expect_refusal_of(tags("team: " + std::string(257, 'v')),
                      ".session_tags.team: a key has at most 128 characters, a value 256");
    expect_refusal_of(tags(std::string(129, 'k') + ": v"),
                      ".session_tags." + std::string(64, 'k') +
                          "...: a key has at most 128 characters, a value 256");
    std::string many;
    for (int i = 0; i < 51; ++i)
        many += (i > 0 ? ", k" : "k") + std::to_string(i) + ": v";
    expect_refusal_of(tags(many), ".session_tags: at most 50 tags");
}

TEST(ConfigurationRefusal, TransitiveTagsAreKeysOfSessionTags) {
    expect_refusal_of("type: assume-role, source: host, session_tags: {a: x}, "
                      "transitive_tags: [a, b]",
                      R"(.transitive_tags: "b" is no key of session_tags)");
    expect_refusal_of("type: assume-role, source: host, transitive_tags: a",
                      R"(.transitive_tags: expected a list, got "a")");
}

TEST(ConfigurationRefusal, StsIsAnEndpointInARegion) {
    const std::string url = ".endpoint: expected http://host[:port] or https://host[:port], got ";
    for (const std::string type : {"assume-role", "session-token"}) {
        const auto provider = "type: " + type + ", source: host, ";
        expect_refusal_of(provider + "endpoint: localhost", url + R"("localhost")");
        expect_refusal_of(provider + "endpoint: \"ftp://h\"", url + R"("ftp://h")");
        expect_refusal_of(provider + "endpoint: \"http://h/path\"", url + R"("http://h/path")");
        expect_refusal_of(provider + "endpoint: \"http://user:key@h\"",
                          url + R"("http://user:key@h")");
        expect_refusal_of(
            provider + "region: \"eu west\"",
            R"(.region: expected 1 to 255 letters, digits, '-' and '_', got "eu west")");
        expect_refusal_of(provider + "ca_file: ca.pem",
                          R"(.ca_file: expected an absolute path, got "ca.pem")");
    }
    expect_refusal_of("type: imds, endpoint: \"http://h?x\"", url + R"("http://h?x")");
}

TEST(ConfigurationRefusal, ASourceHasToBeThere) {
    for (const std::string type : {"assume-role", "session-token"}) {
        expect_refusal_of("type: " + type, ".source: required");
        expect_refusal_of("type: " + type + ", source: \"\"", ".source: must not be empty");
        expect_refusal_of("type: " + type + ", source: nobody",
                          R"(.source: there is no provider "nobody")");
    }
}

TEST(ConfigurationRefusal, SourcesLeadInNoCircle) {
    const std::string circle = ": leads in a circle, or over more than 8 providers";
    expect_refusal("providers: {a: {type: session-token, source: a}}",
                   "providers.a.source" + circle);
    expect_refusal(R"(
providers:
  a: {type: session-token, source: b}
  b: {type: assume-role, source: a, role: "arn:aws:iam::123456789012:role/b"}
)",
                   "providers.a.source" + circle);
    // One that leads into a circle without being part of it.
    expect_refusal(R"(
providers:
  a: {type: session-token, source: b}
  b: {type: session-token, source: c}
  c: {type: session-token, source: b}
)",
                   "providers.a.source" + circle);
}

TEST(ConfigurationRefusal, SourcesLeadOverEightProviders) {
    const auto chain = [](int length) {
        std::string yaml = "providers:\n";
        for (int i = 0; i < length; ++i)
            yaml += "  p" + std::to_string(i) + ": {type: session-token, source: p" +
                    std::to_string(i + 1) + "}\n";
        return yaml + "  p" + std::to_string(length) + ": {type: imds}\n";
    };
    const auto eight = parse_configuration(chain(8));
    EXPECT_TRUE(eight) << eight.error().what();
    expect_refusal(chain(9),
                   "providers.p0.source: leads in a circle, or over more than 8 providers");
}

TEST(ConfigurationRefusal, ASourceThatAssumesARoleSaysWhich) {
    const std::string reason =
        R"(.source: the provider "second" needs a role of its own to be a source)";
    expect_refusal_of("type: assume-role, source: second", reason);
    expect_refusal_of("type: session-token, source: second", reason);
}

TEST(ConfigurationRefusal, ARuleHasARoleAndAProvider) {
    const std::string host = "providers: {host: {type: imds}}\n";
    expect_refusal(host + "roles: [host]", R"(roles[0]: expected an object, got "host")");
    expect_refusal(host + "roles: [{provider: host}]", "roles[0].role: required");
    expect_refusal(host + "roles: [{role: x}]", "roles[0].provider: required");
    expect_refusal(host + "roles: [{role: x, provider: host, id: y}]",
                   "roles[0].id: unknown field");
    expect_refusal(host + "roles: [{role: \"\", provider: host}]",
                   "roles[0].role: must not be empty");
    const std::string arn = "expected the ARN of a role, or a pattern with '*' and '?', got ";
    expect_refusal(host + "roles: [{role: x, provider: host}, {role: \"a b\", provider: host}]",
                   "roles[1].role: " + arn + R"("a b")");
    expect_refusal(host + "roles: [{role: " + std::string(2049, 'x') + ", provider: host}]",
                   "roles[0].role: " + arn + '"' + std::string(79, 'x') + "...");
    expect_refusal(host + "roles: [{role: x, provider: other}]",
                   R"(roles[0].provider: there is no provider "other")");
    expect_refusal(host + "roles: [{role: x, provider: host}, {role: x, provider: host}]",
                   "roles[1].role: is there twice");
}

TEST(ConfigurationRefusal, DefaultAndDeniedRolesAreChecked) {
    expect_refusal("default: nobody", R"(default: there is no provider "nobody")");
    expect_refusal("deny: [x, \"\"]", "deny[1]: must not be empty");
    expect_refusal("deny: [\"a\\tb\"]",
                   "deny[0]: expected the ARN of a role, or a pattern with '*' and '?', got "
                   R"("a\tb")");
    expect_refusal("deny: [5]", "deny[0]: expected a string (quote it), got 5");
}

TEST(ConfigurationRefusal, ListsHaveALimit) {
    const auto denied = [](int count) {
        std::string yaml = "deny:\n";
        for (int i = 0; i < count; ++i)
            yaml += "- r" + std::to_string(i) + "\n";
        return yaml;
    };
    EXPECT_TRUE(parse_configuration(denied(1000)));
    expect_refusal(denied(1001), "at most 1000 providers, roles and denied roles");
    std::string rules = "providers: {p: {type: imds}}\nroles:\n";
    for (int i = 0; i < 1001; ++i)
        rules += "- {role: r" + std::to_string(i) + ", provider: p}\n";
    expect_refusal(rules, "at most 1000 providers, roles and denied roles");
}

} // namespace
} // namespace agent::credentials
