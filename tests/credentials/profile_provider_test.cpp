// A profile of AWS's shared files: where they are, and the keys and programs in them. Roles are in
// profile_roles_test.cpp.

#include "provider_fixture.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace agent::credentials {
namespace {

using base::Errc;

class ProfileProviderTest : public ProviderFixture {
protected:
    base::Result<Keys> fetch_profile(const std::string& profile = {}) {
        spec.profile = profile;
        return fetch(make_profile_provider(spec, services()));
    }
    /// The access key id of the profile.
    std::string id_of(const std::string& profile = {}) {
        const auto keys = fetch_profile(profile);
        EXPECT_TRUE(keys) << keys.error().what();
        return keys ? std::string(keys->access_key_id.view()) : std::string();
    }
    /// A profile's keys.
    static std::string keys(const std::string& id) {
        return "aws_access_key_id = " + id + "\naws_secret_access_key = KEY\n";
    }
    std::string credentials_file() const { return folder.path(".aws/credentials"); }
    std::string config_file() const { return folder.path(".aws/config"); }

    ProfileSpec spec;
};

TEST_F(ProfileProviderTest, HasKeysOfTheCredentialsFile) {
    folder.write(".aws/credentials", "[default]\naws_access_key_id = DEFAULT\n"
                                     "aws_secret_access_key = a/b+c=\n"
                                     "[dev]\naws_access_key_id = DEV\n"
                                     "aws_secret_access_key = KEY\naws_session_token = T\n");
    const auto usual = fetch_profile();
    ASSERT_TRUE(usual) << usual.error().what();
    EXPECT_EQ(usual->access_key_id.view(), "DEFAULT");
    EXPECT_EQ(usual->secret_access_key.view(), "a/b+c=");
    EXPECT_TRUE(usual->session_token.empty());
    EXPECT_FALSE(usual->expires_at);
    const auto dev = fetch_profile("dev");
    ASSERT_TRUE(dev) << dev.error().what();
    EXPECT_EQ(dev->access_key_id.view(), "DEV");
    EXPECT_EQ(dev->session_token.view(), "T");
}

TEST_F(ProfileProviderTest, HasKeysOfTheConfigFile) {
    folder.write(".aws/config", "[profile dev]\n" + keys("DEV"));
    EXPECT_EQ(id_of("dev"), "DEV");
}

TEST_F(ProfileProviderTest, CredentialsFileComesFirst) {
    folder.write(".aws/config", "[profile dev]\n" + keys("CONFIG"));
    folder.write(".aws/credentials", "[dev]\n" + keys("CREDENTIALS"));
    EXPECT_EQ(id_of("dev"), "CREDENTIALS");
}

TEST_F(ProfileProviderTest, FilesAreReadAnewForEachFetch) {
    folder.write(".aws/credentials", "[default]\n" + keys("FIRST"));
    const auto provider = make_profile_provider(spec, services());
    EXPECT_EQ(fetch(provider)->access_key_id.view(), "FIRST");
    folder.write(".aws/credentials", "[default]\n" + keys("SECOND"));
    EXPECT_EQ(fetch(provider)->access_key_id.view(), "SECOND");
}

TEST_F(ProfileProviderTest, VariablesSayWhatTheFileDoesNot) {
    folder.write("c", "[default]\n" + keys("DEFAULT") + "[named]\n" + keys("NAMED"));
    folder.write("d", "[profile of-config]\n" + keys("OF-CONFIG"));
    environment["AWS_SHARED_CREDENTIALS_FILE"] = folder.path("c");
    environment["AWS_CONFIG_FILE"] = folder.path("d");
    EXPECT_EQ(id_of(), "DEFAULT");
    EXPECT_EQ(id_of("of-config"), "OF-CONFIG");
    environment["AWS_PROFILE"] = "named";
    EXPECT_EQ(id_of(), "NAMED");
    EXPECT_EQ(id_of("default"), "DEFAULT") << "what the file says comes first";
    folder.write("e", "[default]\n" + keys("SPEC"));
    spec.credentials_file = folder.path("e");
    EXPECT_EQ(id_of("default"), "SPEC");
    folder.write("f", "[profile of-config]\n" + keys("SPEC-CONFIG"));
    spec.config_file = folder.path("f");
    EXPECT_EQ(id_of("of-config"), "SPEC-CONFIG");
}

/// The agent's variables say nothing of somebody else's files.
TEST_F(ProfileProviderTest, HomeIsSomebodyElses) {
    folder.write("home/.aws/credentials", "[default]\n" + keys("THEIRS"));
    folder.write(".aws/credentials", "[default]\n" + keys("OURS") + "[named]\n" + keys("NAMED"));
    environment["AWS_SHARED_CREDENTIALS_FILE"] = folder.path(".aws/credentials");
    environment["AWS_CONFIG_FILE"] = folder.path("none");
    environment["AWS_PROFILE"] = "named";
    EXPECT_EQ(id_of(), "NAMED");
    spec.home = folder.path("home");
    EXPECT_EQ(id_of(), "THEIRS");
    folder.write("home/.aws/config", "[profile dev]\n" + keys("THEIR-CONFIG"));
    EXPECT_EQ(id_of("dev"), "THEIR-CONFIG");
}

TEST_F(ProfileProviderTest, ProfileHasToBeThere) {
    expect_failure(fetch_profile("dev"), Errc::not_found,
                   "profile dev: neither in " + credentials_file() + " nor in " + config_file());
    folder.write(".aws/config", "[dev]\n" + keys("ID"));
    expect_failure(fetch_profile("dev"), Errc::not_found, "profile dev: neither in");
}

TEST_F(ProfileProviderTest, ProfileHasKeysOrSaysWhereTheyAre) {
    folder.write(".aws/credentials",
                 "[empty]\nregion = eu-west-1\n[half]\naws_access_key_id = MARKER\n"
                 "[other]\naws_secret_access_key = MARKER\n"
                 "[bad]\naws_access_key_id = ID\naws_secret_access_key = MARKER MARKER\n");
    const std::string nothing = ": neither keys, nor credential_process, nor role_arn";
    expect_failure(fetch_profile("empty"), Errc::not_found, "profile empty" + nothing);
    expect_failure(fetch_profile("other"), Errc::not_found, "profile other" + nothing);
    expect_failure(fetch_profile("half"), Errc::invalid_argument,
                   "profile half: SecretAccessKey: expected");
    expect_failure(fetch_profile("bad"), Errc::invalid_argument,
                   "profile bad: SecretAccessKey: expected");
}

TEST_F(ProfileProviderTest, MistakeInAFileIsToldWithItsLine) {
    folder.write(".aws/credentials", "[default]\naws_secret_access_key: MARKER\n");
    expect_failure(fetch_profile(), Errc::invalid_argument,
                   credentials_file() + ": line 2: expected name = value");
    folder.write(".aws/credentials", "[default]\n" + keys("MARKER"));
    folder.write(".aws/config", "\n[MARKER\n");
    expect_failure(fetch_profile(), Errc::invalid_argument,
                   config_file() + ": line 2: expected [profile]");
    folder.write(".aws/config", std::string((1 << 20) + 1, '\n'));
    expect_failure(fetch_profile(), Errc::too_large, config_file());
}

TEST_F(ProfileProviderTest, RunsACredentialProcess) {
    const auto program = write_program(
        "print keys", R"(printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s",
            "SessionToken":"%s","Expiration":"2126-01-02T03:04:05Z"}' \
            "$1,$2,$#" "$AWS_ROLE_ARN,$AWS_ROLE_SESSION_NAME" "$HOME,$ECS_TASK_ARN")");
    folder.write(".aws/config",
                 "[default]\ncredential_process = \"" + program + "\" 'a;b' --x=$HOME # comment\n");
    const auto keys = fetch_profile();
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "a;b,--x=$HOME,2");
    EXPECT_EQ(keys->secret_access_key.view(),
              "arn:aws:iam::123456789012:role/web,0123456789abcdef0123456789abcdef");
    EXPECT_EQ(keys->session_token.view(),
              folder.path() + ",arn:aws:ecs:eu-west-1:123456789012:task/default/0123");
    EXPECT_TRUE(keys->expires_at);
}

TEST_F(ProfileProviderTest, CredentialProcessIsFoundInPathAndRunForItsHome) {
    write_program("bin/print-keys",
                  R"(printf '{"AccessKeyId":"ID","SecretAccessKey":"%s"}' "$HOME")");
    folder.write("home/.aws/config", "[profile p]\ncredential_process = print-keys\n");
    environment["PATH"] = folder.path("bin") + ":/usr/bin:/bin";
    spec.home = folder.path("home");
    const auto keys = fetch_profile("p");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->secret_access_key.view(), folder.path("home"));
}

/// AWS's own tool, which that is mostly, would read the agent's files instead of theirs.
TEST_F(ProfileProviderTest, CredentialProcessForAHomeIsNotToldOfTheAgentsFiles) {
    write_program("print-keys", R"(printf '{"AccessKeyId":"ID","SecretAccessKey":"%s,%s,%s"}' \
        "${AWS_SHARED_CREDENTIALS_FILE-unset}" "${AWS_CONFIG_FILE-unset}" "${AWS_PROFILE-unset}")");
    folder.write("home/.aws/config",
                 "[profile p]\ncredential_process = " + folder.path("print-keys") + "\n");
    environment["AWS_SHARED_CREDENTIALS_FILE"] = "/c";
    environment["AWS_CONFIG_FILE"] = "/d";
    environment["AWS_PROFILE"] = "ours";
    spec.home = folder.path("home");
    const auto keys = fetch_profile("p");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->secret_access_key.view(), "unset,unset,unset");
}

/// It would run as the agent.
TEST_F(ProfileProviderTest, CredentialProcessOfSomebodyElsesFileNeedsAWordOfRoot) {
    const auto program =
        write_program("print-keys", R"(echo '{"AccessKeyId":"ID","SecretAccessKey":"KEY"}')");
    folder.write(".aws/config", "[profile p]\ncredential_process = " + program +
                                    "\n[profile keys]\n" + keys("OWN"));
    ASSERT_EQ(::chmod(config_file().c_str(), 0664), 0);
    expect_failure(fetch_profile("p"), Errc::permission,
                   config_file() + " is somebody else's, and this would be done as the agent");
    EXPECT_EQ(id_of("keys"), "OWN") << "keys are only read";
    spec.trusted = true;
    EXPECT_EQ(id_of("p"), "ID");
    spec.trusted = false;
    ASSERT_EQ(::chmod(config_file().c_str(), 0644), 0);
    EXPECT_EQ(id_of("p"), "ID");
}

// D4: tasks were given root's keys, and root's programs were run.
TEST_F(ProfileProviderTest, HomeLeadsNowhereElse) {
    spec.home = folder.path("home");
    folder.write("root/credentials", "[default]\n" + keys("ROOTS"));
    folder.write("root/config", "[profile p]\ncredential_process = " +
                                    write_program("print-keys", R"(echo '{"AccessKeyId":"ID"}')") +
                                    "\n");
    folder.write("home/.aws/none", "");
    for (const std::string name : {"credentials", "config"}) {
        const auto link = folder.path("home/.aws/" + name);
        ASSERT_EQ(::symlink(folder.path("root/" + name).c_str(), link.c_str()), 0);
        for (const bool trusted : {false, true}) {
            spec.trusted = trusted;
            for (const auto* profile : {"default", "p"})
                expect_failure(fetch_profile(profile), Errc::permission,
                               link + ": is a link; name what it leads to instead");
        }
        folder.remove("home/.aws/" + name);
    }
    ASSERT_EQ(::mkfifo(folder.path("home/.aws/config").c_str(), 0600), 0);
    expect_failure(fetch_profile("p"), Errc::invalid_argument,
                   folder.path("home/.aws/config") + ": expected a regular file");
}

/// Whoever may change the folder may put another file into it.
TEST_F(ProfileProviderTest, CredentialProcessOfAFolderThatOthersMayWriteNeedsAWordOfRoot) {
    const auto program =
        write_program("print-keys", R"(echo '{"AccessKeyId":"ID","SecretAccessKey":"KEY"}')");
    folder.write(".aws/config", "[profile p]\ncredential_process = " + program + "\n");
    ASSERT_EQ(::chmod(folder.path(".aws").c_str(), 0775), 0);
    expect_failure(fetch_profile("p"), Errc::permission,
                   folder.path(".aws") +
                       " is somebody else's, and this would be done as the agent");
    spec.trusted = true;
    EXPECT_EQ(id_of("p"), "ID");
}

/// Each client has descriptors of its own.
TEST_F(ProfileProviderTest, KeepsFewClientsHoweverManyEndpointsAFileNamesOneAfterTheOther) {
    const auto descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator());
    };
    environment["AWS_ACCESS_KEY_ID"] = "ID";
    environment["AWS_SECRET_ACCESS_KEY"] = "KEY";
    spec.profile = "p";
    const auto provider = make_profile_provider(spec, services());
    const auto before = descriptors();
    for (int i = 0; i < 100; ++i) {
        folder.write(".aws/config", "[profile p]\nrole_arn = arn:aws:iam::1:role/web\n"
                                    "credential_source = Environment\n"
                                    "endpoint_url = http://127.0.0.1:1\nregion = eu-west-" +
                                        std::to_string(i) + "\n");
        ASSERT_EQ(fetch(provider).error().code(), Errc::unavailable) << "nobody listens there";
    }
    EXPECT_LT(descriptors() - before, 50);
}

TEST_F(ProfileProviderTest, KeysComeBeforeACredentialProcess) {
    folder.write(".aws/credentials", "[default]\n" + keys("ID"));
    folder.write(".aws/config", "[default]\ncredential_process = /nowhere\n");
    EXPECT_EQ(id_of(), "ID");
}

TEST_F(ProfileProviderTest, CredentialProcessThatFailsIsNamed) {
    const auto program = write_program("fail", "echo MARKER; exit 255");
    folder.write(".aws/config",
                 "[profile fails]\ncredential_process = " + program +
                     "\n[profile open]\ncredential_process = \"MARKER\n"
                     "[profile blank]\ncredential_process = ''\n"
                     "[profile absent]\ncredential_process = no-such-program-here\n");
    expect_failure(fetch_profile("fails"), Errc::io,
                   "profile fails: " + program + " ended with status 255; run it by hand");
    expect_failure(fetch_profile("open"), Errc::invalid_argument,
                   "profile open: a quote is not closed");
    expect_failure(fetch_profile("absent"), Errc::not_found,
                   "profile absent: no-such-program-here is not in PATH");
    EXPECT_FALSE(fetch_profile("blank"));
}

TEST_F(ProfileProviderTest, SingleSignOnIsRefusedWithAdvice) {
    folder.write(".aws/config", "[profile dev]\nsso_session = my\nsso_account_id = 1\n"
                                "[profile old]\nsso_start_url = https://x\n"
                                "[profile web]\nweb_identity_token_file = /t\n"
                                "[sso-session my]\nsso_region = eu-west-1\n");
    const auto advice = [](const std::string& profile, const std::string& setting) {
        return "profile " + profile + ": " + setting +
               " is not supported; use credential_process = aws configure export-credentials "
               "--profile " +
               profile + " --format process, in another profile";
    };
    expect_failure(fetch_profile("dev"), Errc::unsupported, advice("dev", "sso_session"));
    expect_failure(fetch_profile("old"), Errc::unsupported, advice("old", "sso_start_url"));
    expect_failure(fetch_profile("web"), Errc::unsupported,
                   advice("web", "web_identity_token_file"));
}

} // namespace
} // namespace agent::credentials
