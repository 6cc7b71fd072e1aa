// Providers that ask STS with the keys of another, as the credentials file makes them.

#include "sts_fixture.hpp"

#include "sts_text.hpp"

namespace agent::credentials {
namespace {

using base::Errc;
using fakes::answer;

class StsProvidersTest : public StsFixture {
protected:
    void give(const std::string& action, const std::string& id,
              const std::string& expiration = "2126-01-02T03:04:05Z") {
        sts.on("POST / ", {answer(200, sts_keys(action, id, expiration))});
    }
    static bool has(const std::string& request, const std::string& text) {
        return request.find(text) != std::string::npos;
    }
};

TEST_F(StsProvidersTest, AreMadeByTheirNames) {
    const auto providers = make("  a: {type: imds}\n  b: {type: profile}\n"
                                "  c: {type: process, command: [/x]}\n"
                                "  d: {type: session-token, source: host}\n"
                                "  e: {type: assume-role, source: d}\n");
    for (const auto* name : {"host", "a", "b", "c", "d", "e"}) {
        ASSERT_TRUE(providers.contains(name)) << name;
        EXPECT_NE(providers.find(name)->second, nullptr) << name;
    }
    EXPECT_EQ(providers.size(), 6U);
}

TEST_F(StsProvidersTest, EndpointThatIsNoUrlIsToldWithTheProvider) {
    Configuration configuration;
    configuration.providers.emplace("host", StaticSpec{"/k"});
    AssumeRoleSpec role;
    role.source = "host";
    role.sts.endpoint = "nowhere";
    configuration.providers.emplace("roles", role);
    const auto providers = make_providers(configuration, services());
    ASSERT_FALSE(providers);
    EXPECT_EQ(providers.error().code(), Errc::invalid_argument);
    EXPECT_TRUE(providers.error().what().starts_with("provider roles: expected http://"))
        << providers.error().what();
}

TEST_F(StsProvidersTest, AssumesTheTasksRoleWithTheTasksIdAsSession) {
    const auto providers = make("  roles: {type: assume-role, source: host, endpoint: STS}\n");
    give("AssumeRole", "ASSUMED");
    EXPECT_EQ(id_of(providers.at("roles")), "ASSUMED");
    const auto sent = sts.last_request();
    EXPECT_TRUE(has(sent, "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fweb"
                          "&RoleSessionName=0123456789abcdef0123456789abcdef&DurationSeconds=3600"))
        << sent;
    EXPECT_TRUE(has(sent, "Credential=HOST/")) << sent;
    EXPECT_TRUE(has(sent, "/eu-west-1/sts/aws4_request")) << sent;
    EXPECT_FALSE(has(sent, "X-Amz-Security-Token")) << sent;
}

TEST_F(StsProvidersTest, AsksForWhatTheFileSays) {
    const auto providers = make(R"(
  roles: {type: assume-role, source: host, endpoint: STS, region: ap-south-1, duration: 2h,
          role: "arn:aws:iam::123456789012:role/all", external_id: ext, source_identity: me,
          session_tags: {site: attic}, transitive_tags: [site]}
)");
    give("AssumeRole", "ASSUMED");
    EXPECT_EQ(id_of(providers.at("roles")), "ASSUMED");
    const auto sent = sts.last_request();
    EXPECT_TRUE(has(sent, "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fall"
                          "&RoleSessionName=0123456789abcdef0123456789abcdef&DurationSeconds=7200"
                          "&ExternalId=ext&SourceIdentity=me&Tags.member.1.Key=site"
                          "&Tags.member.1.Value=attic&TransitiveTagKeys.member.1=site"))
        << sent;
    EXPECT_TRUE(has(sent, "/ap-south-1/sts/aws4_request")) << sent;
}

TEST_F(StsProvidersTest, GetsASessionToken) {
    const auto providers =
        make("  session: {type: session-token, source: host, endpoint: STS, duration: 36h}\n");
    give("GetSessionToken", "SESSION");
    EXPECT_EQ(id_of(providers.at("session")), "SESSION");
    EXPECT_TRUE(has(sts.last_request(),
                    "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=129600"));
    EXPECT_TRUE(has(sts.last_request(), "Credential=HOST/"));
}

TEST_F(StsProvidersTest, SessionTokenIsTheSameForAllTasks) {
    const auto providers = make("  session: {type: session-token, source: host, endpoint: STS}\n");
    give("GetSessionToken", "SESSION");
    EXPECT_EQ(id_of(providers.at("session")), "SESSION");
    request = {"arn:aws:iam::123456789012:role/other", "fedcba9876543210", "arn:other"};
    EXPECT_EQ(id_of(providers.at("session")), "SESSION");
    EXPECT_EQ(sts.requests().size(), 1U);
}

TEST_F(StsProvidersTest, KeysOfASourceAreKeptForAllTasks) {
    write_keys(R"({"AccessKeyId":"HOST","SecretAccessKey":"KEY",
                   "Expiration":"2126-01-02T03:04:05Z"})");
    const auto providers = make("  roles: {type: assume-role, source: host, endpoint: STS}\n");
    give("AssumeRole", "FIRST");
    EXPECT_EQ(id_of(providers.at("roles")), "FIRST");
    folder.remove("keys.json");
    request.role_arn = "arn:aws:iam::123456789012:role/other";
    give("AssumeRole", "SECOND");
    EXPECT_EQ(id_of(providers.at("roles")), "SECOND");
    EXPECT_TRUE(has(sts.last_request(), "role%2Fother"));
}

TEST_F(StsProvidersTest, KeysOfAUserAreReadEachTime) {
    const auto providers = make("  roles: {type: assume-role, source: host, endpoint: STS}\n");
    give("AssumeRole", "FIRST");
    EXPECT_EQ(id_of(providers.at("roles")), "FIRST");
    folder.remove("keys.json");
    expect_failure(fetch(providers.at("roles")), Errc::not_found,
                   folder.path("keys.json") + ": No such file or directory");
    EXPECT_EQ(sts.requests().size(), 1U);
}

TEST_F(StsProvidersTest, SourcesOfSourcesAreAskedOnce) {
    const auto providers = make(R"(
  session: {type: session-token, source: host, endpoint: STS}
  roles: {type: assume-role, source: session, endpoint: STS}
)");
    give("GetSessionToken", "SESSION");
    give("AssumeRole", "FIRST");
    give("AssumeRole", "SECOND");
    EXPECT_EQ(id_of(providers.at("roles")), "FIRST");
    EXPECT_EQ(id_of(providers.at("roles")), "SECOND");
    const auto requests = sts.whole_requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_TRUE(has(requests[0], "Action=GetSessionToken&"));
    for (const auto i : {1U, 2U}) {
        EXPECT_TRUE(has(requests[i], "Action=AssumeRole&"));
        EXPECT_TRUE(has(requests[i], "Credential=SESSION/"));
        EXPECT_TRUE(has(requests[i], "\r\nX-Amz-Security-Token: TOKEN-of-SESSION\r\n"));
    }
}

TEST_F(StsProvidersTest, SourceThatAssumesARoleHasASessionOfTheAgents) {
    const auto providers = make(R"(
  first: {type: assume-role, source: host, endpoint: STS, role: "arn:aws:iam::123456789012:role/first"}
  second: {type: assume-role, source: first, endpoint: STS}
)");
    give("AssumeRole", "FIRST");
    give("AssumeRole", "SECOND");
    EXPECT_EQ(id_of(providers.at("second")), "SECOND");
    const auto requests = sts.whole_requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_TRUE(has(requests[0], "role%2Ffirst&RoleSessionName=ecs-node-agent&")) << requests[0];
    EXPECT_TRUE(has(requests[1], "role%2Fweb&RoleSessionName=0123456789abcdef")) << requests[1];
}

TEST_F(StsProvidersTest, RefusalIsTold) {
    const auto providers = make("  roles: {type: assume-role, source: host, endpoint: STS}\n");
    sts.on("POST / ", {answer(403, sts_refusal("AccessDenied", "not you"))});
    expect_failure(fetch(providers.at("roles")), Errc::permission,
                   "assume arn:aws:iam::123456789012:role/web: STS answered 403 AccessDenied: "
                   "not you");
}

} // namespace
} // namespace agent::credentials
