// The credentials file on the disk: it is read when nobody else could have written it.

#include "agent/credentials/credentials_file.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <string>

namespace agent::credentials {
namespace {

using base::Errc;

class CredentialsFile : public testing::Test {
protected:
    void write(const std::string& yaml, mode_t mode = 0644) {
        folder.write("credentials.yaml", yaml);
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    void expect_refusal(Errc code, const std::string& reason) {
        const auto configuration = load_configuration(path);
        ASSERT_FALSE(configuration) << reason;
        EXPECT_EQ(configuration.error().code(), code) << configuration.error().what();
        EXPECT_EQ(configuration.error().what(), path + ": " + reason);
    }
    /// As the configuration names it; `said` by more than the default.
    config::Loaded loaded(bool said) {
        config::Loaded all;
        all.config.credentials_file = path;
        if (said)
            all.origins["credentials_file"] = {config::Layer::ecs_config, "/etc/ecs/ecs.config"};
        return all;
    }

    fakes::TemporaryFolder folder;
    std::string path = folder.path("credentials.yaml");
};

TEST_F(CredentialsFile, IsReadWhereEverybodyMayReadIt) {
    write("providers: {instance: {type: imds}}\ndefault: instance\n");
    const auto configuration = load_configuration(path);
    ASSERT_TRUE(configuration) << configuration.error().what();
    EXPECT_EQ(configuration->default_provider, "instance");
    EXPECT_TRUE(configuration->providers.contains("instance"));
}

/// It names programs that the agent runs.
TEST_F(CredentialsFile, MayNotBeWrittenByOthers) {
    for (const mode_t mode : {0664U, 0646U}) {
        write("deny: []\n", mode);
        expect_refusal(Errc::permission, "others may write it (chmod go-w " + path + ")");
    }
}

TEST_F(CredentialsFile, MistakesInItAreToldWithItsPath) {
    write("providers: {base: {type: assume-role, source: base, duration: 5m}}\n");
    expect_refusal(Errc::invalid_argument,
                   R"(providers.base.duration: expected a duration from 15m to 12h, got "5m")");
    write("default: nobody\n");
    expect_refusal(Errc::invalid_argument, R"(default: there is no provider "nobody")");
}

TEST_F(CredentialsFile, HasALimit) {
    const std::string comment = "# " + std::string(256 * 1024 - 3, 'x') + "\n";
    write(comment);
    const auto configuration = load_configuration(path);
    EXPECT_TRUE(configuration) << configuration.error().what();
    write(comment + "#");
    expect_refusal(Errc::too_large, "longer than 262144 bytes");
}

TEST_F(CredentialsFile, IsAFile) {
    expect_refusal(Errc::not_found, "No such file or directory");
    ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
    expect_refusal(Errc::invalid_argument, "expected a regular file");
}

TEST_F(CredentialsFile, MayBeAbsentUnlessItWasNamed) {
    const auto usual = read_credentials_file(loaded(false));
    ASSERT_TRUE(usual) << usual.error().what();
    EXPECT_TRUE(usual->providers.empty());
    EXPECT_EQ(decide(*usual, "arn:aws:iam::123456789012:role/web").kind,
              Decision::Kind::no_provider);
    const auto named = read_credentials_file(loaded(true));
    ASSERT_FALSE(named);
    EXPECT_EQ(named.error().code(), Errc::not_found);
    EXPECT_EQ(named.error().what(), path + ": No such file or directory");
}

TEST_F(CredentialsFile, IsReadAndCheckedHoweverItIsNamed) {
    for (const bool said : {false, true}) {
        write("default: nobody\n");
        EXPECT_EQ(read_credentials_file(loaded(said)).error().code(), Errc::invalid_argument);
        write("deny: [\"*\"]\n");
        const auto configuration = read_credentials_file(loaded(said));
        ASSERT_TRUE(configuration) << configuration.error().what();
        EXPECT_EQ(configuration->deny.size(), 1U);
    }
}

} // namespace
} // namespace agent::credentials
