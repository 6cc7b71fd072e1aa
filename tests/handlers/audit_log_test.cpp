// The audit log (http-contract 7): which requests are in it, and how a line is written.

#include "handlers/audit_log.hpp"

#include "handlers/task_api.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace handlers_test {
namespace {

using handlers::audit_line;
using handlers::AuditEntry;
using handlers::CredentialsRole;
using Kind = handlers::CredentialsAnswer::Kind;
using Lines = std::vector<std::string>;

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

// The line.

const base::Time moment = *base::parse_rfc3339("2024-01-02T03:04:05.6789Z");

model::Instance instance() {
    model::Instance host;
    host.scope = {"us-west-2", "1", "default"};
    host.container_instance_arn = "arn:aws:ecs:us-west-2:1:container-instance/c/i";
    return host;
}

AuditEntry entry(unsigned status, std::string_view path, std::string_view user_agent) {
    AuditEntry made;
    made.status = status;
    made.peer = {"169.254.172.2", 40112};
    made.path = path;
    made.user_agent = user_agent;
    return made;
}

AuditEntry given(CredentialsRole role) {
    auto made = entry(200, "/v2/credentials", "aws-sdk-go/1.0");
    made.given = AuditEntry::Given{"arn:aws:ecs:us-west-2:1:task/c/t", role};
    return made;
}

/// Of a refused request, the fifth field without what stands around it.
std::string user_agent_of(std::string_view sent) {
    const auto line = audit_line(entry(400, "/v1/credentials", sent), instance(), moment);
    constexpr std::string_view begin =
        R"(2024-01-02T03:04:05Z 400 169.254.172.2:40112 "/v1/credentials" ")";
    constexpr std::string_view end = "\" - ";
    EXPECT_TRUE(line.starts_with(begin) && line.ends_with(end)) << line;
    return line.substr(begin.size(), line.size() - begin.size() - end.size());
}

TEST(AuditLine, IsTheContractsToTheLastBlank) {
    EXPECT_EQ(audit_line(given(CredentialsRole::task), instance(), moment),
              "2024-01-02T03:04:05Z 200 169.254.172.2:40112 \"/v2/credentials\" \"aws-sdk-go/1.0\" "
              "arn:aws:ecs:us-west-2:1:task/c/t GetCredentials 2 default "
              "arn:aws:ecs:us-west-2:1:container-instance/c/i");
    EXPECT_EQ(audit_line(entry(400, "/v1/credentials", "curl/8.5.0"), instance(), moment),
              "2024-01-02T03:04:05Z 400 169.254.172.2:40112 \"/v1/credentials\" \"curl/8.5.0\" - ");
    EXPECT_EQ(audit_line(entry(429, "/v4/abc/task", "curl/8.5.0"), instance(), moment),
              "2024-01-02T03:04:05Z 429 169.254.172.2:40112 \"/v4/abc/task\" \"curl/8.5.0\" - ");
}

TEST(AuditLine, SaysWhichOfTheTwoRolesItWas) {
    EXPECT_NE(audit_line(given(CredentialsRole::execution), instance(), moment)
                  .find(" arn:aws:ecs:us-west-2:1:task/c/t GetCredentialsExecutionRole 2 default "),
              std::string::npos);
}

// D14
TEST(AuditLine, HasTheNumberOfRefusalsBehindItsBlank) {
    auto refused = entry(429, "/v4/abc/task", "curl/8.5.0");
    refused.refusals = 412;
    EXPECT_EQ(audit_line(refused, instance(), moment),
              "2024-01-02T03:04:05Z 429 169.254.172.2:40112 \"/v4/abc/task\" \"curl/8.5.0\" - 412");
}

TEST(AuditLine, HasADashForWhatIsNotKnown) {
    auto host = instance();
    host.scope.cluster.clear();
    host.container_instance_arn.clear();
    auto nameless = given(CredentialsRole::task);
    nameless.given->task_arn = "";
    EXPECT_EQ(audit_line(nameless, host, moment),
              "2024-01-02T03:04:05Z 200 169.254.172.2:40112 \"/v2/credentials\" \"aws-sdk-go/1.0\" "
              "- GetCredentials 2 - -");
}

TEST(AuditLine, HasAnIpv6PeerInBrackets) {
    auto from_outside = entry(429, "/v4", "");
    from_outside.peer = {"fe80::1", 7};
    EXPECT_EQ(audit_line(from_outside, instance(), moment),
              "2024-01-02T03:04:05Z 429 [fe80::1]:7 \"/v4\" \"\" - ");
}

TEST(AuditLine, ShowsAUserAgentAsItIsButInOneLine) {
    EXPECT_EQ(user_agent_of(""), "");
    EXPECT_EQ(user_agent_of(R"(a "quoted" one \ {} %v)"), R"(a "quoted" one \ {} %v)");
    EXPECT_EQ(user_agent_of("größer"), "größer");
    EXPECT_EQ(user_agent_of("x\" - \n2024-01-02T03:04:05Z 200"), "x\" -  2024-01-02T03:04:05Z 200");
    EXPECT_EQ(user_agent_of("a\rb\tc\x1b[31m\x7f\x01"), "a b c [31m  ");
    EXPECT_EQ(user_agent_of(std::string_view("a\0b", 3)), "a b");
    EXPECT_EQ(user_agent_of("a\xC2\x9B"
                            "31m\x9B\xC3"),
              "a  31m  ")
        << "C1, as UTF-8 and without, and half a character";
    EXPECT_EQ(user_agent_of("a\xC2\xA0"), "a\xC2\xA0") << "behind C1";
}

TEST(AuditLine, ShortensAUserAgent) {
    EXPECT_EQ(user_agent_of(std::string(1024, 'x')), std::string(1024, 'x'));
    EXPECT_EQ(user_agent_of(std::string(1024, 'x') + "yz"), std::string(1024, 'x'));
}

// What is written.

class Audited : public ::testing::Test {
protected:
    Audited() {
        world.put(example_task());
        sources.credentials["credsid"] = {example_credentials()};
        sources.credentials["pending"] = {credentials_of_kind(Kind::pending)};
        sources.credentials["refused"] = {credentials_of_kind(Kind::refused)};
    }

    handlers::http::Response get(std::string_view target, std::string_view method = "GET",
                                 handlers::TaskApi* of = nullptr) {
        auto request = request_for(target, "169.254.172.2", method);
        request.user_agent = "curl/8.5.0";
        return ask(of == nullptr ? api : *of, request);
    }
    /// What these requests are written as, without the beginning that all have.
    Lines lines_of(const Lines& targets) {
        for (const auto& target : targets)
            get(target);
        return std::exchange(sources.audited, {});
    }
    /// An entry of the usual peer's.
    static std::string line(std::string_view status, std::string_view path,
                            std::string_view given_to = "") {
        std::string text(status);
        text.append(" 169.254.172.2:40112 ").append(path).append(" [curl/8.5.0]");
        return text.append(given_to);
    }

    model::World world{example_instance()};
    FakeSources sources{world};
    handlers::TaskApi api{world, sources, no_limits()};
    /// One request at once of each kind, the next a minute later.
    static constexpr handlers::RateLimit once{0.01, 1};
    handlers::TaskApi strict{world, sources, {once, once, once, once}};
};

TEST_F(Audited, IsWhoWasGivenCredentials) {
    EXPECT_EQ(lines_of({"/v2/credentials/credsid", "/v1/credentials?id=credsid"}),
              (Lines{line("200", "/v2/credentials", " t1 task"),
                     line("200", "/v1/credentials", " t1 task")}));
    sources.credentials["credsid"].answer.role = CredentialsRole::execution;
    sources.credentials["credsid"].answer.task_arn = "arn:task";
    EXPECT_EQ(lines_of({"/v2/credentials/credsid"}),
              Lines{line("200", "/v2/credentials", " arn:task execution")});
}

TEST_F(Audited, IsWhoWasNot) {
    EXPECT_EQ(lines_of({"/v2/credentials/wrong", "/v2/credentials/pending",
                        "/v1/credentials?id=refused", "/v2/credentials/a/b", "/v2/credentials/",
                        "/v1/credentials", "/v1/credentials?id="}),
              (Lines{line("400", "/v2/credentials"), line("503", "/v2/credentials"),
                     line("400", "/v1/credentials"), line("400", "/v2/credentials"),
                     line("400", "/v2/credentials"), line("400", "/v1/credentials"),
                     line("400", "/v1/credentials")}));
    sources.credentials["credsid"].address = "10.0.0.9";
    EXPECT_EQ(lines_of({"/v2/credentials/credsid"}), Lines{line("400", "/v2/credentials")})
        << "an id of somebody else";
}

TEST_F(Audited, IsNothingElse) {
    EXPECT_EQ(lines_of({"/v4/v3eid", "/v4/v3eid/task", "/v4/nobody", "/nowhere", "/v2/metadata",
                        "//v2/credentials/credsid", "/v2/credentials",
                        "/api/v3eid/fault/v1/network-latency/start"}),
              Lines());
}

TEST_F(Audited, IsWhoAsksTooOftenWhateverItIs) {
    const std::string id = "0123456789abcdef0123456789abcdef";
    struct Case {
        std::string target;
        std::string path;
    };
    // One of each is allowed.
    for (const auto* target : {"/v2/credentials/credsid", "/nowhere", "/v2/credentials/wrong",
                               "/v4/v3eid/task", "/v2/metadata"})
        EXPECT_NE(get(target, "GET", &strict).status, 429U) << target;
    sources.audited.clear();
    sources.asked.clear();
    for (const auto& [target, path] :
         {Case{"/v2/credentials/credsid", "/v2/credentials"},
          Case{"/v1/credentials?id=credsid", "/v1/credentials"},
          Case{"/v2/credentials/wrong", "/v2/credentials"}, Case{"/nowhere", "/nowhere"},
          Case{"/v4/" + id + "/task", "/v4/01234567…/task"},
          Case{"/api/" + id + "/task-protection/v1/state",
               "/api/01234567…/task-protection/v1/state"},
          Case{"/v2/metadata/" + id, "/v2/metadata/01234567…"},
          Case{"/v4/v3eid/task?" + id, "/v4/v3eid/task"}, Case{"/v2/metadata", "/v2/metadata"}}) {
        EXPECT_EQ(get(target, "GET", &strict).status, 429U) << target;
        EXPECT_EQ(std::exchange(sources.audited, {}), Lines{line("429", path)}) << target;
    }
    EXPECT_TRUE(sources.asked.empty()) << "no credentials were looked for";
}

TEST_F(Audited, TellsWhichTaskAsksTooOften) {
    const auto refused_task = [&](std::string_view target, std::string_view peer) {
        for (int i = 0; i < 2; ++i) // One of each is allowed.
            ask(strict, request_for(target, peer));
        return sources.refused_task;
    };
    const auto arn = example_task().arn;
    EXPECT_EQ(refused_task("/v2/metadata", "169.254.172.2"), arn) << "by its address";
    EXPECT_EQ(refused_task("/v4/v3eid", "127.0.0.1"), arn) << "by its id, in the host's network";
    EXPECT_EQ(refused_task("/v4/nobody", "127.0.0.1"), "");
}

// http-contract 6.
TEST_F(Audited, IsNotWhatTheSecondLimitOfFaultsRefuses) {
    constexpr std::string_view path = "/api/v3eid/fault/v1/network-latency/start";
    const auto plenty = no_limits().requests;
    handlers::TaskApi gentle(world, sources, {plenty, plenty, plenty, once});
    get(path, "POST", &gentle);
    EXPECT_EQ(get(path, "POST", &gentle).body(), "You have reached maximum request limit");
    EXPECT_EQ(sources.audited, Lines());
    get(path, "POST", &strict);
    EXPECT_EQ(get(path, "POST", &strict).body(), "You have reached maximum request limit.");
    EXPECT_EQ(sources.audited, Lines{line("429", path)});
}

TEST_F(Audited, NoPathBeginsALineOfItsOwn) {
    for (const auto* target :
         {"/x%0A2024-01-02T03:04:05Z", "/%0D%0A", "/v4/a%0Ab/task", "/%1B%5B31m", "/%7F", "/%00"}) {
        get(target, "GET", &strict);
        sources.audit_lines.clear();
        ASSERT_EQ(get(target, "GET", &strict).status, 429U);
        ASSERT_EQ(sources.audit_lines.size(), 1U);
        EXPECT_FALSE(has_control_characters(sources.audit_lines[0]))
            << testing::PrintToString(sources.audit_lines[0]);
    }
}

TEST_F(Audited, IsNeverAnId) {
    constexpr std::string_view id = "7d8e9f0a-1b2c-4d3e-8f4a-5b6c7d8e9f0a";
    sources.credentials[std::string(id)] = {example_credentials()};
    for (const auto* beginning :
         {"/v2/credentials/", "/v1/credentials?id=", "/v1/credentials?x&id=", "/v2/credentials/a/",
          "/v4/", "/v3/", "/v2/metadata/", "/"})
        for (int twice = 0; twice < 2; ++twice)
            get(beginning + std::string(id), "GET", &strict);
    EXPECT_GE(sources.audit_lines.size(), 10U);
    for (const auto& written : sources.audit_lines)
        EXPECT_EQ(written.find(id), std::string::npos) << written;
}

} // namespace
} // namespace handlers_test
