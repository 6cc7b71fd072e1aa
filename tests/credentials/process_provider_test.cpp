// Keys that a program prints.

#include "agent/credentials/keys_program.hpp"

#include "provider_fixture.hpp"

namespace agent::credentials {
namespace {

using base::Errc;
using namespace std::chrono_literals;

class ProcessProviderTest : public ProviderFixture {
protected:
    /// Of a script for sh and its arguments.
    base::Result<Keys> fetch_from(const std::string& script,
                                  const std::vector<std::string>& arguments = {}) {
        ProcessSpec spec;
        spec.command = {"/bin/sh", "-c", script, "sh"};
        spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
        return fetch(make_process_provider(spec, services()));
    }
    /// What the script makes of these words, each within its quotes.
    std::string said(const std::string& words) {
        const auto keys =
            fetch_from(R"(printf '{"AccessKeyId":"%s","SecretAccessKey":"KEY"}' )" + words);
        EXPECT_TRUE(keys) << keys.error().what();
        return keys ? std::string(keys->access_key_id.view()) : std::string();
    }
};

TEST_F(ProcessProviderTest, TakesWhatTheProgramPrints) {
    const auto keys = fetch_from(R"(echo warning >&2; echo '{"Version":1,"AccessKeyId":"ID",
        "SecretAccessKey":"KEY","SessionToken":"T","Expiration":"2126-01-02T03:04:05Z"}')");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "ID");
    EXPECT_EQ(keys->secret_access_key.view(), "KEY");
    EXPECT_EQ(keys->session_token.view(), "T");
    EXPECT_EQ(keys->expires_at, base::parse_rfc3339("2126-01-02T03:04:05Z"));
}

TEST_F(ProcessProviderTest, RunsItAnewForEachFetch) {
    ProcessSpec spec;
    spec.command = {write_program("count", R"(echo x >> ")" + folder.path("runs") + R"("
printf '{"AccessKeyId":"ID-%s","SecretAccessKey":"KEY"}' $(wc -l < ")" +
                                               folder.path("runs") + R"("))")};
    const auto provider = make_process_provider(spec, services());
    EXPECT_EQ(fetch(provider)->access_key_id.view(), "ID-1");
    EXPECT_EQ(fetch(provider)->access_key_id.view(), "ID-2");
}

TEST_F(ProcessProviderTest, TellsTheProgramForWhom) {
    EXPECT_EQ(said(R"("$AWS_ROLE_ARN,$AWS_ROLE_SESSION_NAME,$ECS_TASK_ARN")"),
              "arn:aws:iam::123456789012:role/web,0123456789abcdef0123456789abcdef,"
              "arn:aws:ecs:eu-west-1:123456789012:task/default/0123");
}

/// As the source of another provider it is asked for nobody's role.
TEST_F(ProcessProviderTest, TellsNothingThatThereIsNot) {
    request = {"", "ecs-node-agent", ""};
    EXPECT_EQ(said(R"("${AWS_ROLE_ARN-unset},$AWS_ROLE_SESSION_NAME,${ECS_TASK_ARN-unset}")"),
              "unset,ecs-node-agent,unset");
}

TEST_F(ProcessProviderTest, HandsOnTheAgentsEnvironmentWithoutItsSecret) {
    environment["VAULT_ADDR"] = "https://vault";
    environment["AWS_ROLE_ARN"] = "the-agents-own";
    environment["ECS_ENGINE_AUTH_DATA"] = "MARKER";
    EXPECT_EQ(said(R"("$VAULT_ADDR,$HOME,$AWS_ROLE_ARN,${ECS_ENGINE_AUTH_DATA-unset}")"),
              "https://vault," + folder.path() + ",arn:aws:iam::123456789012:role/web,unset");
}

/// An agent that was started without PATH: an empty one would let a program find nothing.
TEST_F(ProcessProviderTest, EmptyPathIsNotMadeUp) {
    environment.erase("PATH");
    EXPECT_EQ(said(R"x("$(/usr/bin/env | /bin/grep -c '^PATH=$')")x"), "0");
}

TEST_F(ProcessProviderTest, ArgumentsAreHandedOverAsTheyAre) {
    const auto keys =
        fetch_from(R"(printf '{"AccessKeyId":"%s","SecretAccessKey":"%s,%s"}' "$#" "$1" "$2")",
                   {"$HOME*", "`x`"});
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "2");
    EXPECT_EQ(keys->secret_access_key.view(), "$HOME*,`x`");
}

TEST_F(ProcessProviderTest, FailureOfTheProgramIsToldWithoutWhatItSaid) {
    expect_failure(fetch_from("echo MARKER; echo MARKER >&2; exit 3"), Errc::io,
                   "/bin/sh ended with status 3; run it by hand to see what it says");
    expect_failure(fetch_from("echo '{}'; kill -KILL $$"), Errc::io,
                   "/bin/sh ended with status 137");
    expect_failure(
        fetch_from(R"(echo '{"AccessKeyId":"MARKER","SecretAccessKey":"MARKER"}'; exit 1)"),
        Errc::io, "/bin/sh ended with status 1");
}

TEST_F(ProcessProviderTest, GarbageIsRefusedWithoutRepeatingIt) {
    expect_failure(fetch_from("echo MARKER"), Errc::invalid_argument,
                   "/bin/sh: expected JSON with AccessKeyId and SecretAccessKey");
    expect_failure(fetch_from("true"), Errc::invalid_argument, "/bin/sh: expected JSON");
    expect_failure(fetch_from(R"(echo '{"AccessKeyId":"MARKER"}')"), Errc::invalid_argument,
                   "/bin/sh: SecretAccessKey: expected");
    expect_failure(fetch_from(R"(echo '{"Version":2,"AccessKeyId":"MARKER"}')"), Errc::unsupported,
                   "/bin/sh: Version: only 1 is known");
    expect_failure(fetch_from(R"(echo '{"AccessKeyId":"MARKER","SecretAccessKey":"MARKER",
                                  "Expiration":"2001-01-02T03:04:05Z"}')"),
                   Errc::unavailable, "/bin/sh: the keys have expired at 2001-01-02T03:04:05Z");
}

TEST_F(ProcessProviderTest, SaysNoMoreThanItsLimit) {
    const std::string keys = R"(echo '{"AccessKeyId":"ID","SecretAccessKey":"KEY"}'; )";
    expect_failure(fetch_from(keys + "yes MARKER | head -c 70000"), Errc::too_large,
                   "/bin/sh said more than 64 KiB");
    EXPECT_TRUE(fetch_from(keys + "head -c 60000 /dev/zero | tr '\\0' ' '"));
}

TEST_F(ProcessProviderTest, ProgramThatCannotBeStartedIsNamed) {
    ProcessSpec spec;
    spec.command = {folder.path("absent")};
    expect_failure(fetch(make_process_provider(spec, services())), Errc::not_found,
                   folder.path("absent"));
    folder.write("no-program", "#!/bin/sh\n");
    spec.command = {folder.path("no-program")};
    expect_failure(fetch(make_process_provider(spec, services())), Errc::permission,
                   folder.path("no-program"));
}

TEST_F(ProcessProviderTest, IsKilledWhenItTakesTooLong) {
    KeysProgram program;
    program.command = {"/bin/sh", "-c",
                       R"(echo '{"AccessKeyId":"MARKER","SecretAccessKey":"KEY"}'; sleep 100)"};
    program.environment = environment;
    program.limit = 100ms;
    expect_failure(run_keys_program(program, request), Errc::timeout,
                   "/bin/sh did not end within 100 ms and was killed");
}

TEST_F(ProcessProviderTest, HasTheTimeThatIsConfigured) {
    ProcessSpec spec;
    spec.command = {"/bin/sh", "-c", "sleep 100"};
    spec.timeout = 1s;
    expect_failure(fetch(make_process_provider(spec, services())), Errc::timeout,
                   "/bin/sh did not end within 1000 ms");
}

TEST_F(ProcessProviderTest, NameIsFoundInItsPath) {
    write_program("bin/print-keys", R"(echo '{"AccessKeyId":"FOUND","SecretAccessKey":"KEY"}')");
    KeysProgram program;
    program.command = {"print-keys"};
    program.environment = {{"PATH", "/nowhere:" + folder.path("bin")}};
    const auto keys = run_keys_program(program, request);
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "FOUND");
    program.environment = {{"PATH", "/nowhere"}};
    expect_failure(run_keys_program(program, request), Errc::not_found, "print-keys");
}

} // namespace
} // namespace agent::credentials
