// The role of the instance as a provider; how the service is asked is in tests/cloud.

#include "provider_fixture.hpp"

#include "fakes/scripted_docker_server.hpp"

namespace agent::credentials {
namespace {

using base::Errc;
using fakes::answer;
using fakes::ScriptedDockerServer;

constexpr auto list_request = "GET /latest/meta-data/iam/security-credentials/ ";
constexpr auto keys_request = "GET /latest/meta-data/iam/security-credentials/node ";

class ImdsProviderTest : public ProviderFixture {
protected:
    ImdsProviderTest() { imds_endpoint = server.url(); }
    void script(const std::string& document) {
        server.on("PUT /latest/api/token ", {answer(200, "the-token")});
        server.on(list_request, {answer(200, "node")});
        server.on(keys_request, {answer(200, document)});
    }

    ScriptedDockerServer server{ScriptedDockerServer::Door::tcp};
    ImdsSpec spec;
};

TEST_F(ImdsProviderTest, HasTheKeysOfTheInstancesRole) {
    script(R"({"Code":"Success","LastUpdated":"2026-01-02T03:04:05Z","Type":"AWS-HMAC",
        "AccessKeyId":"ASIA","SecretAccessKey":"KEY","Token":"T",
        "Expiration":"2126-01-02T03:04:05Z"})");
    const auto keys = fetch(make_imds_provider(spec, services()));
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "ASIA");
    EXPECT_EQ(keys->session_token.view(), "T");
    EXPECT_EQ(keys->expires_at, base::parse_rfc3339("2126-01-02T03:04:05Z"));
}

TEST_F(ImdsProviderTest, EndpointOfItsOwnComesFirst) {
    script(R"({"AccessKeyId":"ASIA","SecretAccessKey":"KEY"})");
    imds_endpoint = "http://127.0.0.1:1";
    spec.endpoint = server.url();
    EXPECT_TRUE(fetch(make_imds_provider(spec, services())));
}

TEST_F(ImdsProviderTest, KeysAreTheSameForAllTasks) {
    Configuration configuration;
    configuration.providers.emplace("instance", spec);
    const auto providers = make_providers(configuration, services());
    ASSERT_TRUE(providers) << providers.error().what();
    script(R"({"AccessKeyId":"ASIA","SecretAccessKey":"KEY","Token":"T",
        "Expiration":"2126-01-02T03:04:05Z"})");
    for (const auto* role :
         {"arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"}) {
        request.role_arn = role;
        const auto keys = fetch(providers->at("instance"));
        ASSERT_TRUE(keys) << keys.error().what();
        EXPECT_EQ(keys->access_key_id.view(), "ASIA");
    }
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(ImdsProviderTest, FailureSaysWhatWasAsked) {
    const auto provider = make_imds_provider(spec, services());
    server.on("PUT /latest/api/token ", {answer(200, "the-token")});
    server.on(list_request, {answer(404, "")});
    expect_failure(fetch(provider), Errc::not_found,
                   "the instance's role: the instance has no role");
    script(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"MARKER"})");
    expect_failure(fetch(provider), Errc::unavailable,
                   "the instance's role: Code: it is not Success");
    script(R"({"Code":"Success","AccessKeyId":"MARKER","SecretAccessKey":"MARKER","Token":"T",
        "Expiration":"2001-01-02T03:04:05Z"})");
    expect_failure(fetch(provider), Errc::unavailable,
                   "the instance's role: the keys have expired");
    script("<html>MARKER</html>");
    expect_failure(fetch(provider), Errc::invalid_argument,
                   "the instance's role: expected JSON with AccessKeyId");
    spec.endpoint = "http://127.0.0.1:1";
    expect_failure(fetch(make_imds_provider(spec, services())), Errc::unavailable,
                   "the instance's role: cannot connect to http://127.0.0.1:1");
}

} // namespace
} // namespace agent::credentials
