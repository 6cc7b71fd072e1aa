#include "agent/image/credential_helper.hpp"

#include "helper_script.hpp"

#include <gtest/gtest.h>

namespace agent::image {
namespace {

using namespace std::chrono_literals;
using base::Errc;

class CredentialHelper : public testing::Test {
protected:
    /// Asks a helper that is this script.
    base::Result<std::optional<Login>> ask(const std::string& script,
                                           std::chrono::milliseconds limit = 10s) {
        write_helper(folder_, "test", script);
        return ask_credential_helper("test", "https://index.docker.io/v1/", environment_, limit);
    }

    fakes::TemporaryFolder folder_;
    config::Environment environment_{{"PATH", "relative:" + folder_.path() + ":/usr/bin:/bin"},
                                     {"HOME", "/h"},
                                     {"ECS_ENGINE_AUTH_DATA", "MARKER"}};
};

TEST_F(CredentialHelper, IsAskedByItsProtocol) {
    const auto login = ask(R"x(printf '{"Username":"%s","Secret":"s"}' )x"
                           R"x("$(cat) $1 $# $HOME $ECS_ENGINE_AUTH_DATA")x");
    ASSERT_TRUE(login) << login.error().what();
    ASSERT_TRUE(*login);
    EXPECT_EQ((*login)->username, "https://index.docker.io/v1/ get 1 /h ")
        << "our own secret is not handed on";
    EXPECT_EQ((*login)->password, "s");
}

TEST_F(CredentialHelper, MayHaveATokenOrNothing) {
    const auto token = ask(R"(echo '{"Username":"<token>","Secret":"t"}')");
    ASSERT_TRUE(token && *token);
    EXPECT_EQ((*token)->identity_token, "t");
    EXPECT_TRUE((*token)->username.empty() && (*token)->password.empty());
    const auto none = ask("echo 'credentials not found in native keychain'; exit 1");
    ASSERT_TRUE(none) << none.error().what();
    EXPECT_FALSE(*none);
}

TEST_F(CredentialHelper, FailsWithoutASecretInTheError) {
    const auto expect = [](const base::Result<std::optional<Login>>& asked, Errc code,
                           std::string_view text) {
        ASSERT_FALSE(asked);
        EXPECT_EQ(asked.error().code(), code);
        EXPECT_NE(asked.error().what().find(text), std::string::npos) << asked.error().what();
        EXPECT_EQ(asked.error().what().find("MARKER"), std::string::npos);
    };
    expect(ask("echo MARKER; echo MARKER >&2; exit 3"), Errc::io,
           "docker-credential-test ended with status 3");
    expect(ask("kill -KILL $$"), Errc::io, "docker-credential-test ended with status 137");
    const std::string protocol = "docker-credential-test: expected JSON with Username and Secret";
    for (const auto* answer : {"MARKER", "[\"MARKER\"]", "{\"Username\":\"MARKER\"}", "{", "",
                               "{\"Secret\":[\"MARKER\"]}", "\"MARKER\""})
        expect(ask("echo '" + std::string(answer) + "'"), Errc::protocol, protocol);
    expect(ask("yes MARKER | head -c 70000"), Errc::too_large,
           "docker-credential-test said more than 64 KiB");
}

TEST_F(CredentialHelper, IsKilledWhenItTakesTooLong) {
    const auto asked = ask("echo MARKER; sleep 100", 300ms);
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code(), Errc::timeout);
    EXPECT_NE(asked.error().what().find("docker-credential-test did not end within 300 ms"),
              std::string::npos);
}

TEST_F(CredentialHelper, IsFoundByItsNameOnly) {
    for (const auto* name : {"", "a/b", "../x", "a b", "a;b", "$x", "\xc3\xa9"})
        EXPECT_EQ(ask_credential_helper(name, "r", environment_).error().code(),
                  Errc::invalid_argument)
            << name;
    const auto none = ask_credential_helper("none", "r", environment_);
    EXPECT_EQ(none.error().code(), Errc::not_found);
    EXPECT_EQ(none.error().what(), "docker-credential-none is not in PATH");
}

} // namespace
} // namespace agent::image
