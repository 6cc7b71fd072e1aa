#include "handlers/task_api.hpp"

#include "handlers/http/request_parser.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using handlers_test::ask;
using handlers_test::credentials_of_kind;
using handlers_test::header;
using Kind = handlers::CredentialsAnswer::Kind;
using Texts = std::vector<std::string>;

/// A request as its bytes come over a connection.
handlers::http::Request received(const std::string& bytes) {
    using handlers::http::RequestParser;
    RequestParser parser(1024, 1024);
    const auto room = parser.prepare();
    parser.commit(bytes.copy(room.data(), room.size()));
    EXPECT_EQ(parser.next(), RequestParser::Progress::complete);
    auto request = parser.request();
    request.peer = {"172.17.0.5", 40112};
    return request;
}

class CredentialsTest : public ::testing::Test {
protected:
    CredentialsTest()
        : world(handlers_test::example_instance()),
          sources(world),
          api(world, sources, handlers_test::no_limits()) {
        sources.credentials["credsid"] = {handlers_test::example_credentials()};
        sources.credentials["a/b"] = {credentials_of_kind(Kind::pending)};
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

TEST_F(CredentialsTest, ThatThereAreNoneOfIsToldWithTheReason) {
    auto refused = credentials_of_kind(Kind::refused);
    refused.reason = "No provider is configured for \"the role\"";
    sources.credentials["refused"] = {refused};
    expect("refused", 400,
           R"({"code":"NoCredentialsAssociated","message":"CredentialsV{N}Request: No provider is )"
           R"(configured for \"the role\"","HTTPErrorCode":400})");
    EXPECT_EQ(header(ask(api, "/v2/credentials/refused"), "Retry-After"), Texts());
}

TEST_F(CredentialsTest, ThatAreAwaitedSayWhenToComeBack) {
    EXPECT_EQ(header(ask(api, "/v2/credentials/a/b"), "Retry-After"), Texts{"1"});
    sources.credentials["a/b"].answer.retry_after = std::chrono::seconds(7);
    for (const auto* target : {"/v2/credentials/a/b", "/v1/credentials?id=a/b"})
        EXPECT_EQ(header(ask(api, target), "Retry-After"), Texts{"7"}) << target;
    for (const auto* id : {"credsid", "wrong", ""})
        EXPECT_EQ(header(ask(api, std::string("/v2/credentials/") + id), "Retry-After"), Texts())
            << id;
}

TEST_F(CredentialsTest, TakeTheFirstIdOfTheQuery) {
    EXPECT_EQ(ask(api, "/v1/credentials").status, 400U);
    EXPECT_EQ(ask(api, "/v1/credentials?id=&id=credsid").status, 400U);
    EXPECT_EQ(ask(api, "/v1/credentials?x=y&id=credsid&id=wrong").status, 200U);
}

TEST_F(CredentialsTest, AreAskedForWithTheIdTheAddressAndTheAuthorization) {
    for (const auto* target : {"/v1/credentials?id=a%2Fb", "/v2/credentials/a%2Fb"}) {
        auto request = handlers_test::request_for(target, "172.17.0.5");
        request.authorization = "the token";
        sources.asked.clear();
        ask(api, request);
        const std::vector<handlers_test::Asked> expected{{"a/b", "172.17.0.5", "the token"}};
        EXPECT_EQ(sources.asked, expected) << target;
    }
    sources.asked.clear();
    ask(api, "/v2/credentials/a/b");
    EXPECT_EQ(sources.asked.at(0).authorization, "") << "there was none";
}

TEST_F(CredentialsTest, WithoutAnIdNobodyIsAsked) {
    ask(api, "/v2/credentials/");
    ask(api, "/v1/credentials");
    ask(api, "/v1/credentials?id=");
    EXPECT_TRUE(sources.asked.empty());
}

TEST_F(CredentialsTest, AreGivenToNobodyElse) {
    sources.credentials["credsid"].address = "172.17.0.5";
    sources.credentials["credsid"].authorization = "the token";
    auto request = handlers_test::request_for("/v2/credentials/credsid", "172.17.0.5");
    EXPECT_EQ(ask(api, request).status, 400U);
    request.authorization = "the toke";
    EXPECT_EQ(ask(api, request).status, 400U);
    request.authorization = "the token";
    EXPECT_EQ(ask(api, request).status, 200U);
    request.peer.address = "172.17.0.6";
    const auto refused = ask(api, request);
    const auto unknown = ask(api, "/v2/credentials/nobody", "172.17.0.6");
    EXPECT_EQ(refused.status, unknown.status);
    EXPECT_EQ(refused.body(), unknown.body());
    EXPECT_EQ(refused.headers, unknown.headers);
}

TEST_F(CredentialsTest, AreGivenForATokenInTheHeaderAndForNoneBehindTheBody) {
    sources.credentials["credsid"].authorization = "the token";
    const std::string begin = "PUT /v2/credentials/credsid HTTP/1.1\r\nHost: h\r\n"
                              "Transfer-Encoding: chunked\r\n";
    const std::string token = "Authorization: the token\r\n";
    EXPECT_EQ(ask(api, received(begin + token + "\r\n0\r\n\r\n")).status, 200U);
    EXPECT_EQ(ask(api, received(begin + "\r\n0\r\n" + token + "\r\n")).status, 400U);
}

} // namespace
