#include "agent/image/docker_config.hpp"

#include <gtest/gtest.h>

#include <random>

namespace agent::image {
namespace {

TEST(DockerConfig, HasLoginsAndHelpers) {
    // "dTphOmI=" is u:a:b
    const auto config = parse_docker_config(R"({
        "auths": {
            "https://index.docker.io/v1/": {"auth": "dTphOmI=", "email": "x"},
            "token.example": {"auth": "dTphOmI=", "identitytoken": "t"},
            "plain.example": {"username": "u", "password": "p"},
            "kept.example": {}
        },
        "credsStore": "desktop",
        "credHelpers": {"ecr.example": "ecr-login"},
        "HttpHeaders": {"User-Agent": "x"}, "detachKeys": "ctrl-e,e"})");
    ASSERT_TRUE(config) << config.error().what();
    EXPECT_EQ(config->auths.size(), 3U) << "an entry without a login is none";
    EXPECT_EQ(config->auths.at("https://index.docker.io/v1/").username, "u");
    EXPECT_EQ(config->auths.at("https://index.docker.io/v1/").password, "a:b");
    EXPECT_EQ(config->auths.at("token.example").identity_token, "t");
    EXPECT_EQ(config->auths.at("plain.example").password, "p");
    EXPECT_EQ(config->creds_store, "desktop");
    EXPECT_EQ(config->cred_helpers.at("ecr.example"), "ecr-login");
    EXPECT_TRUE(parse_docker_config("{}")->auths.empty());
    EXPECT_TRUE(parse_docker_config(R"({"auths":null,"credsStore":null})")->auths.empty());
}

TEST(DockerConfig, SaysWhatIsWrongAndNothingOfTheText) {
    const auto fault = [](std::string_view text) {
        const auto config = parse_docker_config(text);
        return config ? "no error" : config.error().what();
    };
    for (const auto* text :
         {"", "MARKER", R"({"auths":{"MARKER")", R"(["MARKER"])", "{\"MARKER\":"})
        EXPECT_EQ(fault(text), "expected a JSON object") << text;
    EXPECT_EQ(fault(R"({"auths":["MARKER"]})"), "auths: expected an object");
    EXPECT_EQ(fault(R"({"auths":{"r":"MARKER"}})"), "auths: expected objects");
    for (const auto* auth : {"!MARKER", "TUFSS0VS", "Ok1BUktFUg=="})
        EXPECT_EQ(fault(R"({"auths":{"r":{"auth":")" + std::string(auth) + "\"}}}"),
                  "auth: expected base64 of user:password");
    EXPECT_EQ(fault(R"({"auths":{"r":{"auth":{"MARKER":1}}}})"), "auth: expected text");
    EXPECT_EQ(fault(R"({"auths":{"r":{"password":["MARKER"]}}})"), "password: expected text");
    EXPECT_EQ(fault(R"({"credsStore":{"MARKER":1}})"), "credsStore: expected text");
    EXPECT_EQ(fault(R"({"credHelpers":{"r":["MARKER"]}})"), "credHelpers: expected names");
}

TEST(DockerConfig, SurvivesMutatedFiles) {
    const std::string text = R"({"auths":{"r":{"auth":"dTphOmI=","identitytoken":"t"}},)"
                             R"("credsStore":"a","credHelpers":{"s":"b"}})";
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        auto mutated = text;
        mutated[random() % mutated.size()] = static_cast<char>(random() % 256);
        if (round % 3 == 0)
            mutated.resize(random() % mutated.size());
        const auto config = parse_docker_config(mutated);
        EXPECT_TRUE(config || !config.error().what().empty());
    }
}

TEST(DockerConfigPath, FollowsTheEnvironment) {
    EXPECT_EQ(docker_config_path({}), "/root/.docker/config.json");
    EXPECT_EQ(docker_config_path({{"HOME", ""}}), "/root/.docker/config.json");
    EXPECT_EQ(docker_config_path({{"HOME", "/home/a"}}), "/home/a/.docker/config.json");
    EXPECT_EQ(docker_config_path({{"HOME", "/home/a"}, {"DOCKER_CONFIG", "/c"}}), "/c/config.json");
}

} // namespace
} // namespace agent::image
