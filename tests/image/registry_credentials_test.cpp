#include "agent/image/registry_credentials.hpp"

#include "base/base64.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/gate.hpp"
#include "fakes/test_loop.hpp"
#include "helper_script.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace agent::image {
namespace {

using base::log::Level;

class RegistryCredentialsTest : public testing::Test {
protected:
    /// Who is logged in for an image, "user:password", "token"; "" for nobody.
    std::string login(const std::string& reference) {
        const auto header = loop_.run(credentials_->header_for(reference));
        if (!header)
            return {};
        const auto json = nlohmann::json::parse(*base::decode_base64(*header));
        if (json.contains("identitytoken"))
            return json.at("identitytoken");
        return json.at("username").get<std::string>() + ":" +
               json.at("password").get<std::string>();
    }
    void write_config(const std::string& text) { folder_.write("config.json", text); }
    void use(config::EngineAuthType type, const std::string& data) {
        config::Config config;
        config.engine_auth_type = type;
        config.engine_auth_data.text = data;
        credentials_.emplace(files_, helpers_, credential_settings(config, environment_).value());
    }

    fakes::CapturedLog log_;
    fakes::TemporaryFolder folder_;
    config::Environment environment_{{"DOCKER_CONFIG", folder_.path()},
                                     {"PATH", folder_.path() + ":/usr/bin:/bin"}};
    fakes::TestLoop loop_;
    base::WorkerPool files_{1};
    base::WorkerPool helpers_{1};
    std::optional<RegistryCredentials> credentials_{std::in_place, files_, helpers_,
                                                    CredentialSettings{{}, environment_}};
};

TEST_F(RegistryCredentialsTest, AreNoneWhereNothingIsConfigured) {
    EXPECT_EQ(login("r:5000/app"), "");
    EXPECT_EQ(log_.all(), "") << "an absent file is usual";
}

TEST_F(RegistryCredentialsTest, OfTheConfigurationComeFirst) {
    write_config(R"({"auths":{"r:5000":{"auth":"ZjpmaWxl"},"s":{"auth":"ZjpmaWxl"}}})");
    use(config::EngineAuthType::docker,
        R"({"https://r:5000/v1/":{"username":"u","password":"p"}})");
    EXPECT_EQ(login("r:5000/app:1"), "u:p");
    EXPECT_EQ(login("app"), "");
    use(config::EngineAuthType::dockercfg, R"({"https://index.docker.io/v1/":{"auth":"dTpw"}})");
    EXPECT_EQ(login("app"), "u:p");
    EXPECT_EQ(login("r:5000/app:1"), "f:file") << "config.json has what the configuration has not";
}

TEST_F(RegistryCredentialsTest, AreReadAnewForEachPull) {
    write_config(R"({"auths":{"r:5000":{"auth":"ZjpmaWxl"}}})");
    EXPECT_EQ(login("r:5000/app"), "f:file");
    write_config(R"({"auths":{"r:5000":{"identitytoken":"t"}}})");
    EXPECT_EQ(login("r:5000/app"), "t");
    folder_.remove("config.json");
    EXPECT_EQ(login("r:5000/app"), "");
}

TEST_F(RegistryCredentialsTest, ComeFromTheHelperOfTheRegistryThenTheStoreThenTheFile) {
    write_helper(folder_, "own", R"(echo '{"Username":"own","Secret":"s"}')");
    write_helper(folder_, "store", R"(case $(cat) in
        https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"s"}' ;;
        *) echo credentials not found in native keychain; exit 1 ;;
        esac)");
    write_config(R"({"auths":{"r:5000":{"auth":"ZjpmaWxl"},"own.example":{}},"credsStore":"store",
                     "credHelpers":{"https://own.example":"own"}})");
    EXPECT_EQ(login("own.example/app"), "own:s");
    EXPECT_EQ(login("library/app"), "hub:s");
    EXPECT_EQ(login("r:5000/app"), "f:file");
    EXPECT_EQ(login("other.example/app"), "");
    EXPECT_EQ(log_.all(), "");
}

// D5
TEST_F(RegistryCredentialsTest, OfAFileDoNotWaitForAHelperThatHangs) {
    const fakes::Gate gate(folder_.path("gate"));
    write_helper(folder_, "hung", gate.wait() + R"(; echo '{"Username":"late","Secret":"s"}')");
    write_config(R"({"auths":{"r:5000":{"auth":"ZjpmaWxl"}},
                     "credHelpers":{"hung.example":"hung"}})");
    const auto late = loop_.start(credentials_->header_for("hung.example/app"));
    loop_.run_until([&] { return helpers_.depth().running == 1; });
    EXPECT_EQ(login("r:5000/app"), "f:file");
    EXPECT_FALSE(late->has_value());
    gate.open();
    loop_.run_until([&] { return late->has_value(); });
    ASSERT_TRUE(late->has_value());
    EXPECT_TRUE(late->value());
}

TEST_F(RegistryCredentialsTest, AreNoneWithOneWarningWhereTheFileIsBroken) {
    write_config(R"({"auths":{"r:5000":{"auth":"MARKER-MARKER"}}})");
    EXPECT_EQ(login("r:5000/app"), "");
    EXPECT_EQ(login("r:5000/app"), "");
    EXPECT_EQ(log_.count(Level::warn, "cannot read the login for a registry"), 1U) << log_.all();
    EXPECT_EQ(log_.count(Level::warn, folder_.path("config.json")), 1U) << log_.all();
    write_config("{}");
    EXPECT_EQ(login("r:5000/app"), "");
    write_config(R"({"auths":{"r:5000":{"auth":"MARKER-MARKER"}}})");
    EXPECT_EQ(login("r:5000/app"), "");
    EXPECT_EQ(log_.count(Level::warn, "cannot read the login for a registry"), 2U)
        << "again after it had been whole";
    EXPECT_EQ(log_.all().find("MARKER"), std::string::npos) << log_.all();
}

TEST_F(RegistryCredentialsTest, AreNoneWhereTheFileIsTooLargeOrAHelperFails) {
    write_config(std::string((1 << 20) + 1, ' '));
    EXPECT_EQ(login("r:5000/app"), "");
    EXPECT_EQ(log_.count(Level::warn, "too_large"), 1U) << log_.all();
    write_helper(folder_, "broken", "echo MARKER; exit 1");
    write_config(R"({"credsStore":"broken"})");
    EXPECT_EQ(login("r:5000/app"), "");
    EXPECT_EQ(log_.count(Level::warn, "docker-credential-broken ended with status 1"), 1U);
    EXPECT_EQ(log_.all().find("MARKER"), std::string::npos) << log_.all();
}

} // namespace
} // namespace agent::image
