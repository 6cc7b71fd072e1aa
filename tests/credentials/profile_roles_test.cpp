// A profile that assumes a role: with whose keys it asks, and what it asks for. STS is a script.

#include "provider_fixture.hpp"

#include "sts_text.hpp"

#include "fakes/scripted_docker_server.hpp"

namespace agent::credentials {
namespace {

using base::Errc;
using fakes::answer;
using fakes::ScriptedDockerServer;

class ProfileRolesTest : public ProviderFixture {
protected:
    base::Result<Keys> fetch_profile(const std::string& profile) {
        spec.profile = profile;
        return fetch(make_profile_provider(spec, services()));
    }
    /// STS's next answer: keys with this id.
    void give(const std::string& id) {
        sts.on("POST / ", {answer(200, sts_keys("AssumeRole", id))});
    }
    static std::string keys(const std::string& id) {
        return "aws_access_key_id = " + id + "\naws_secret_access_key = KEY-of-" + id + "\n";
    }
    /// The settings of a profile that assumes this role.
    std::string role(const std::string& name) const {
        return "role_arn = arn:aws:iam::123456789012:role/" + name +
               "\nendpoint_url = " + sts.url() + "\n";
    }
    /// The request asks for this role with the keys of this id.
    static void expect_request(const std::string& sent, const std::string& role_name,
                               const std::string& id) {
        const auto arn = "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F" + role_name + "&";
        EXPECT_NE(sent.find(arn), std::string::npos) << sent;
        EXPECT_NE(sent.find("Credential=" + id + "/"), std::string::npos) << sent;
    }

    ProfileSpec spec;
    ScriptedDockerServer sts{ScriptedDockerServer::Door::tcp};
};

TEST_F(ProfileRolesTest, AssumesItsRoleWithTheKeysOfItsSource) {
    folder.write(".aws/credentials", "[base]\n" + keys("BASE"));
    folder.write(".aws/config", "[profile dev]\n" + role("dev") + "source_profile = base\n");
    give("ASSUMED");
    const auto got = fetch_profile("dev");
    ASSERT_TRUE(got) << got.error().what();
    EXPECT_EQ(got->access_key_id.view(), "ASSUMED");
    EXPECT_EQ(got->session_token.view(), "TOKEN-of-ASSUMED");
    EXPECT_TRUE(got->expires_at);
    ASSERT_EQ(sts.requests().size(), 1U);
    expect_request(sts.last_request(), "dev", "BASE");
    EXPECT_NE(sts.last_request().find("&RoleSessionName=0123456789abcdef0123456789abcdef"
                                      "&DurationSeconds=3600"),
              std::string::npos)
        << sts.last_request();
    EXPECT_NE(sts.last_request().find("/eu-west-1/sts/aws4_request"), std::string::npos);
}

TEST_F(ProfileRolesTest, AsksForAllThatItsSettingsSay) {
    folder.write(".aws/config",
                 "[profile dev]\n" + role("dev") +
                     "source_profile = base\nexternal_id = a/b\nrole_session_name = me\n"
                     "duration_seconds = 900\nregion = ap-south-1\n[profile base]\n" +
                     keys("BASE"));
    give("ASSUMED");
    ASSERT_TRUE(fetch_profile("dev"));
    const auto sent = sts.last_request();
    EXPECT_NE(sent.find("&RoleSessionName=me&DurationSeconds=900&ExternalId=a%2Fb"),
              std::string::npos)
        << sent;
    EXPECT_NE(sent.find("/ap-south-1/sts/aws4_request"), std::string::npos) << sent;
}

TEST_F(ProfileRolesTest, DurationIsANumberThatStsTakes) {
    for (const auto* text : {"899", "43201", "1h", "-1", "3600x", "99999999999999999999"}) {
        folder.write(".aws/config", "[profile dev]\n" + role("dev") +
                                        "source_profile = base\nduration_seconds = " + text +
                                        "\n[profile base]\n" + keys("BASE"));
        expect_failure(fetch_profile("dev"), Errc::invalid_argument,
                       "profile dev: duration_seconds: expected a number from 900 to 43200");
    }
    EXPECT_TRUE(sts.requests().empty());
}

TEST_F(ProfileRolesTest, SourcesAreAssumedOneAfterTheOther) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + "source_profile = b\n[profile b]\n" +
                                    role("b") + "source_profile = c\n[profile c]\n" + keys("C"));
    give("OF-B");
    give("OF-A");
    const auto got = fetch_profile("a");
    ASSERT_TRUE(got) << got.error().what();
    EXPECT_EQ(got->access_key_id.view(), "OF-A");
    const auto requests = sts.whole_requests();
    ASSERT_EQ(requests.size(), 2U);
    expect_request(requests[0], "b", "C");
    expect_request(requests[1], "a", "OF-B");
    EXPECT_NE(requests[1].find("\r\nX-Amz-Security-Token: TOKEN-of-OF-B\r\n"), std::string::npos);
}

TEST_F(ProfileRolesTest, ProfileMayBeItsOwnSource) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + "source_profile = a\n" + keys("OWN"));
    give("ASSUMED");
    const auto got = fetch_profile("a");
    ASSERT_TRUE(got) << got.error().what();
    EXPECT_EQ(got->access_key_id.view(), "ASSUMED");
    ASSERT_EQ(sts.requests().size(), 1U);
    expect_request(sts.last_request(), "a", "OWN");
}

TEST_F(ProfileRolesTest, KeysBesideARoleAreNotUsedUnlessItIsItsOwnSource) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + keys("BESIDE") +
                                    "source_profile = b\n[profile b]\n" + keys("B"));
    give("ASSUMED");
    ASSERT_TRUE(fetch_profile("a"));
    expect_request(sts.last_request(), "a", "B");
}

/// All of AWS's tools do so: the role of a source that has keys as well is for that profile only.
TEST_F(ProfileRolesTest, SourceThatHasKeysIsNotAssumed) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + "source_profile = b\n[profile b]\n" +
                                    role("b") + "source_profile = c\n" + keys("B") +
                                    "[profile c]\n" + keys("C"));
    give("FIRST");
    give("SECOND");
    const auto got = fetch_profile("a");
    ASSERT_TRUE(got) << got.error().what();
    ASSERT_EQ(sts.requests().size(), 1U);
    expect_request(sts.last_request(), "a", "B");
}

TEST_F(ProfileRolesTest, SourceMayBeACredentialProcess) {
    const auto program =
        write_program("print-keys", R"(echo '{"AccessKeyId":"PROCESS","SecretAccessKey":"KEY"}')");
    folder.write(".aws/config",
                 "[profile a]\n" + role("a") +
                     "source_profile = b\n[profile b]\ncredential_process = " + program + "\n");
    give("ASSUMED");
    ASSERT_TRUE(fetch_profile("a"));
    expect_request(sts.last_request(), "a", "PROCESS");
}

TEST_F(ProfileRolesTest, CirclesEndWithoutAsking) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + "source_profile = b\n[profile b]\n" +
                                    role("b") + "source_profile = a\n[profile own]\n" +
                                    role("own") + "source_profile = own\n");
    expect_failure(fetch_profile("a"), Errc::invalid_argument,
                   "source_profile leads over too many profiles");
    expect_failure(fetch_profile("own"), Errc::invalid_argument,
                   "source_profile leads over too many profiles");
    EXPECT_TRUE(sts.requests().empty());
}

TEST_F(ProfileRolesTest, SourceThatIsAbsentIsNamedWithWhoWantsIt) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + "source_profile = b\n");
    expect_failure(fetch_profile("a"), Errc::not_found, "profile a: profile b: neither in ");
}

TEST_F(ProfileRolesTest, CredentialSourceMayBeTheEnvironment) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + "credential_source = Environment\n");
    expect_failure(fetch_profile("a"), Errc::invalid_argument, "profile a: AccessKeyId: expected");
    environment["AWS_ACCESS_KEY_ID"] = "ENVIRONMENT";
    environment["AWS_SECRET_ACCESS_KEY"] = "KEY";
    environment["AWS_SESSION_TOKEN"] = "T";
    give("ASSUMED");
    const auto got = fetch_profile("a");
    ASSERT_TRUE(got) << got.error().what();
    expect_request(sts.last_request(), "a", "ENVIRONMENT");
    EXPECT_NE(sts.last_request().find("\r\nX-Amz-Security-Token: T\r\n"), std::string::npos);
}

TEST_F(ProfileRolesTest, CredentialSourceMayBeTheInstance) {
    ScriptedDockerServer imds{ScriptedDockerServer::Door::tcp};
    imds_endpoint = imds.url();
    imds.on("PUT /latest/api/token ", {answer(200, "the-token")});
    imds.on("GET /latest/meta-data/iam/security-credentials/ ", {answer(200, "node")});
    imds.on("GET /latest/meta-data/iam/security-credentials/node ",
            {answer(200, R"({"Code":"Success","AccessKeyId":"INSTANCE","SecretAccessKey":"KEY",
                             "Token":"T","Expiration":"2126-01-02T03:04:05Z"})")});
    folder.write(".aws/config",
                 "[profile a]\n" + role("a") + "credential_source = Ec2InstanceMetadata\n");
    give("ASSUMED");
    const auto got = fetch_profile("a");
    ASSERT_TRUE(got) << got.error().what();
    expect_request(sts.last_request(), "a", "INSTANCE");
}

/// It would be the agent's own keys that ask for the role.
TEST_F(ProfileRolesTest, CredentialSourceOfSomebodyElsesFileNeedsAWordOfRoot) {
    environment["AWS_ACCESS_KEY_ID"] = "ENVIRONMENT";
    environment["AWS_SECRET_ACCESS_KEY"] = "KEY";
    folder.write(".aws/config", "[profile a]\n" + role("a") + "credential_source = Environment\n");
    std::filesystem::permissions(folder.path(".aws/config"), std::filesystem::perms::others_write,
                                 std::filesystem::perm_options::add);
    expect_failure(fetch_profile("a"), Errc::permission,
                   "credential_source: " + folder.path(".aws/config") + " is somebody else's");
    EXPECT_TRUE(sts.requests().empty());
    spec.trusted = true;
    give("ASSUMED");
    EXPECT_TRUE(fetch_profile("a"));
}

TEST_F(ProfileRolesTest, RoleNeedsASource) {
    const std::string needs = "profile a: role_arn needs source_profile, or credential_source of "
                              "Ec2InstanceMetadata or Environment";
    folder.write(".aws/config", "[profile a]\n" + role("a"));
    expect_failure(fetch_profile("a"), Errc::invalid_argument, needs);
    folder.write(".aws/config", "[profile a]\n" + role("a") + "credential_source = EcsContainer\n");
    expect_failure(fetch_profile("a"), Errc::invalid_argument, needs);
}

TEST_F(ProfileRolesTest, NobodyIsThereForASecondFactor) {
    folder.write(".aws/config", "[profile a]\n" + role("a") +
                                    "source_profile = b\nmfa_serial = arn:mfa\n[profile b]\n" +
                                    keys("B"));
    expect_failure(fetch_profile("a"), Errc::unsupported, "profile a: mfa_serial: nobody is here");
    EXPECT_TRUE(sts.requests().empty());
}

TEST_F(ProfileRolesTest, RefusalOfStsIsTold) {
    folder.write(".aws/config", "[profile a]\n" + role("a") + "source_profile = b\n[profile b]\n" +
                                    keys("MARKER"));
    sts.on("POST / ", {answer(403, sts_refusal("AccessDenied", "not you"))});
    expect_failure(fetch_profile("a"), Errc::permission,
                   "profile a: assume arn:aws:iam::123456789012:role/a: "
                   "STS answered 403 AccessDenied: not you");
}

TEST_F(ProfileRolesTest, EndpointHasToBeAUrl) {
    folder.write(
        ".aws/config",
        "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nendpoint_url = nowhere\n"
        "source_profile = b\n[profile b]\n" +
            keys("B"));
    expect_failure(fetch_profile("a"), Errc::invalid_argument, "profile a: expected http://");
}

} // namespace
} // namespace agent::credentials
