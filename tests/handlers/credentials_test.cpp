#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using handlers_test::ask;

class CredentialsTest : public ::testing::Test {
protected:
    CredentialsTest()
        : world(handlers_test::example_instance()),
          sources(world),
          api(world, sources, handlers_test::no_limits()) {
        sources.credentials["credsid"] = {
            true, handlers::Credentials{"rolearn", "access_key_id", "secret_access_key",
                                        "session_token", "expiration"}};
        sources.credentials["a/b"] = {true, std::nullopt};
    }

    /// Both versions; `{N}` in the body stands for the version.
    void expect(std::string_view id, unsigned status, std::string body) {
        for (const char version : {'1', '2'}) {
            auto wanted = body;
            if (const auto at = wanted.find("{N}"); at != std::string::npos)
                wanted.replace(at, 3, 1, version);
            const auto path = version == '1' ? "/v1/credentials?id=" : "/v2/credentials/";
            const auto response = ask(api, path + std::string(id));
            EXPECT_EQ(response.status, status) << path << id;
            EXPECT_EQ(response.content_type, "application/json");
            EXPECT_EQ(response.body(), wanted);
        }
    }

    model::World world;
    handlers_test::FakeSources sources;
    handlers::TaskApi api;
};

// http-contract 11, E1 and E2.
TEST_F(CredentialsTest, AreTheContractsBytes) {
    expect("credsid", 200,
           R"({"RoleArn":"rolearn","AccessKeyId":"access_key_id",)"
           R"("SecretAccessKey":"secret_access_key","Token":"session_token",)"
           R"("Expiration":"expiration"})");
    expect("", 400,
           R"({"code":"NoIdInRequest","message":"CredentialsV{N}Request: No Credential ID in the )"
           R"(request","HTTPErrorCode":400})");
    expect("wrong", 400,
           R"({"code":"InvalidIdInRequest","message":"CredentialsV{N}Request: Credentials not )"
           R"(found","HTTPErrorCode":400})");
    expect("a/b", 503,
           R"({"code":"CredentialsUninitialized","message":"CredentialsV{N}Request: Credentials )"
           R"(uninitialized for ID","HTTPErrorCode":503})");
}

TEST_F(CredentialsTest, ThatAreAwaitedSayWhenToComeBack) {
    EXPECT_EQ(handlers_test::header(ask(api, "/v2/credentials/a/b"), "Retry-After"),
              std::vector<std::string>{"1"});
}

TEST_F(CredentialsTest, TakeTheFirstIdOfTheQuery) {
    EXPECT_EQ(ask(api, "/v1/credentials").status, 400U);
    EXPECT_EQ(ask(api, "/v1/credentials?id=&id=credsid").status, 400U);
    EXPECT_EQ(ask(api, "/v1/credentials?x=y&id=credsid&id=wrong").status, 200U);
}

} // namespace
