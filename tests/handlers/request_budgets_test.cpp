// Which requests share a budget, and what the answers say of it.

#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using handlers_test::ask;
using handlers_test::header;
using Texts = std::vector<std::string>;

constexpr std::string_view peer = "169.254.172.2";

/// The bursts that are the default; nothing worth speaking of comes back while a test runs.
constexpr handlers::RequestLimits slow{{0.01, 60}, {0.01, 1000}, {0.01, 60}, {0.2, 1}};

class RequestBudgetsTest : public ::testing::Test {
protected:
    RequestBudgetsTest()
        : world(handlers_test::example_instance()), sources(world), api(world, sources, slow) {
        world.put(handlers_test::example_task());
        sources.credentials["pending"] = {
            handlers_test::credentials_of_kind(handlers::CredentialsAnswer::Kind::pending)};
        sources.credentials["given"] = {handlers_test::example_credentials(), std::string(peer)};
        sources.credentials["with a token"] = {handlers_test::example_credentials(), "",
                                               "the token"};
    }

    /// How many of so many requests were not refused.
    int answered(int asked, std::string_view target, std::string_view from = peer,
                 std::string_view method = "GET") {
        int count = 0;
        for (int i = 0; i < asked; ++i)
            count += ask(api, target, from, method).status != 429 ? 1 : 0;
        return count;
    }

    /// The same with a header.
    int answered_with(std::string_view authorization, int asked, std::string_view target) {
        auto request = handlers_test::request_for(target, peer);
        request.authorization = authorization;
        int count = 0;
        for (int i = 0; i < asked; ++i)
            count += ask(api, request).status != 429 ? 1 : 0;
        return count;
    }

    model::World world;
    handlers_test::FakeSources sources;
    handlers::TaskApi api;
};

TEST_F(RequestBudgetsTest, RefusesWhatIsTooMuch) {
    EXPECT_EQ(answered(100, "/v4/v3eid"), 60);
    const auto response = ask(api, "/v4/v3eid");
    EXPECT_EQ(response.status, 429U);
    EXPECT_EQ(response.body(), "You have reached maximum request limit.");
    EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(header(response, "Retry-After"), Texts{"100"});
    EXPECT_EQ(header(response, "X-Rate-Limit-Limit"), Texts{"0.01"});
}

TEST_F(RequestBudgetsTest, AreOfAnAddressARouteAndAKnownId) {
    answered(200, "/v4/v3eid");
    EXPECT_EQ(ask(api, "/v4/v3eid").status, 429U);
    EXPECT_EQ(ask(api, "/v4/v3eid", "10.0.0.9").status, 200U);
    EXPECT_EQ(ask(api, "/v4/v3eid/task").status, 200U);
    EXPECT_EQ(ask(api, "/v4/pauseeid").status, 200U);
    EXPECT_EQ(ask(api, "/v3/v3eid").status, 200U);
    EXPECT_EQ(ask(api, "/v2/metadata/cid").status, 200U);
    EXPECT_EQ(ask(api, "/v4/v3eid?query").status, 429U) << "a query is not part of it";
}

TEST_F(RequestBudgetsTest, LetAMonitoringAgentReadAHundredTasksFromOneAddress) {
    for (int i = 0; i < 100; ++i)
        world.put(handlers_test::bridge_task("b" + std::to_string(i), {"web"}, ""));
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(answered(3, "/v4/eid-b" + std::to_string(i) + "-web/task"), 3) << i;
}

TEST_F(RequestBudgetsTest, AreOneForAllThatIsUnknown) {
    int count = 0;
    for (int i = 0; i < 100; ++i) {
        const auto id = std::to_string(i);
        count += answered(1, "/v4/" + id) + answered(1, "/" + id) +
                 answered(1, "/v3/" + id + "/task") + answered(1, "/v2/metadata/" + id) +
                 answered(1, "/api/" + id + "/task-protection/v1/state");
    }
    EXPECT_EQ(count, 60);
    EXPECT_EQ(ask(api, "/v4/v3eid").status, 200U);
    EXPECT_EQ(ask(api, "/v4/0", "10.0.0.9").status, 404U);
}

TEST_F(RequestBudgetsTest, AreWiderForCredentialsAndApartForWrongIds) {
    EXPECT_EQ(answered(200, "/v2/credentials/wrong"), 60);
    EXPECT_EQ(answered(200, "/v1/credentials?id=other"), 0);
    EXPECT_EQ(answered(1000, "/v2/credentials/pending"), 1000);
    answered(2000, "/v2/credentials/pending");
    const auto response = ask(api, "/v1/credentials?id=pending");
    EXPECT_EQ(response.status, 429U) << "both versions share what one container has";
    EXPECT_EQ(header(response, "X-Rate-Limit-Limit"), Texts{"0.01"});
    EXPECT_EQ(ask(api, "/v2/credentials/wrong?id=pending").status, 429U)
        << "a query does not make a wrong id a right one";
    EXPECT_EQ(ask(api, "/v2/credentials/pending", "10.0.0.9").status, 503U);
    EXPECT_EQ(ask(api, "/v4/v3eid").status, 200U);
}

constexpr std::string_view other = "169.254.172.3";

TEST_F(RequestBudgetsTest, OfAWrongAskerAreThatOfWrongIds) {
    EXPECT_EQ(answered(30, "/v2/credentials/given", other), 30);
    EXPECT_EQ(answered(20, "/v2/credentials/nobody", other), 20);
    EXPECT_EQ(answered(20, "/v1/credentials?id=given", other), 10);
    EXPECT_EQ(ask(api, "/v2/credentials/given", other).status, 429U);
    EXPECT_EQ(ask(api, "/v2/credentials/nobody", other).status, 429U);
    EXPECT_EQ(ask(api, "/v2/credentials/pending", other).status, 503U) << "what is its own";
    EXPECT_EQ(answered(1000, "/v2/credentials/given"), 1000) << "whose they are has lost nothing";
    EXPECT_EQ(ask(api, "/v2/credentials/nobody").status, 400U);
}

TEST_F(RequestBudgetsTest, OfAWrongTokenAreThatOfWrongIds) {
    const std::string target = "/v2/credentials/with%20a%20token";
    EXPECT_EQ(answered_with("the tokem", 30, target), 30);
    EXPECT_EQ(answered(40, target), 30) << "none is wrong too";
    EXPECT_EQ(ask(api, "/v2/credentials/nobody").status, 429U);
    EXPECT_EQ(answered_with("the token", 1000, target), 1000);
}

// Nothing tells whether an id is somebody's to those whose it is not.
TEST_F(RequestBudgetsTest, WrongAskersAreToldWhatWrongIdsAreTold) {
    // Thirty pairs are answered, the next ten refused.
    for (const std::string beginning : {"/v2/credentials/", "/v1/credentials?id="}) {
        for (int i = 0; i < 20; ++i) {
            const auto somebodys = ask(api, beginning + "given", other);
            const auto nobodys = ask(api, beginning + "nobody", other);
            ASSERT_EQ(somebodys.status, nobodys.status) << i;
            ASSERT_EQ(somebodys.body(), nobodys.body()) << i;
            ASSERT_EQ(somebodys.content_type, nobodys.content_type) << i;
            ASSERT_EQ(somebodys.headers, nobodys.headers) << i;
        }
    }
    EXPECT_EQ(ask(api, "/v2/credentials/given", other).status, 429U);
    handlers::TaskApi usual(world, sources);
    EXPECT_EQ(header(ask(usual, "/v2/credentials/given", other), "X-Rate-Limit-Limit"),
              Texts{"40.00"});
    EXPECT_EQ(header(ask(usual, "/v2/credentials/given"), "X-Rate-Limit-Limit"), Texts{"400.00"});
}

TEST_F(RequestBudgetsTest, AreTwoForFaults) {
    const auto path = "/api/v3eid/fault/v1/network-latency/start";
    const auto first = ask(api, path, peer, "POST");
    EXPECT_EQ(first.status, 400U);
    EXPECT_EQ(header(first, "X-Rate-Limit-Limit"), (Texts{"0.01", "0.20"}));
    EXPECT_EQ(header(first, "X-Rate-Limit-Duration"), (Texts{"1", "1"}));
    const auto second = ask(api, path, peer, "POST");
    EXPECT_EQ(second.status, 429U);
    EXPECT_EQ(second.body(), "You have reached maximum request limit");
    EXPECT_EQ(header(second, "Retry-After"), Texts{"5"});
    EXPECT_EQ(ask(api, path).status, 405U) << "another method takes no token of it";
    EXPECT_EQ(ask(api, "/api/v3eid/fault/v1/network-latency/stop", peer, "POST").status, 400U);
    EXPECT_EQ(ask(api, "/api/pauseeid/fault/v1/network-latency/start", peer, "POST").status, 400U);
}

TEST_F(RequestBudgetsTest, DoNotCountRedirects) {
    EXPECT_EQ(answered(200, "/v4//v3eid"), 200);
    EXPECT_TRUE(header(ask(api, "/v4//v3eid"), "X-Rate-Limit-Limit").empty());
    EXPECT_EQ(ask(api, "/v4/v3eid").status, 200U);
}

TEST_F(RequestBudgetsTest, AreToldWithEveryAnswer) {
    handlers::TaskApi usual(world, sources);
    for (const auto* target : {"/v4/v3eid", "/nowhere", "/v4/wrong", "/v2/credentials/"}) {
        const auto response = ask(usual, target);
        EXPECT_EQ(header(response, "X-Rate-Limit-Limit"), Texts{"40.00"}) << target;
        EXPECT_EQ(header(response, "X-Rate-Limit-Duration"), Texts{"1"}) << target;
        EXPECT_EQ(header(response, "X-Rate-Limit-Request-Forwarded-For"), Texts{""}) << target;
        EXPECT_EQ(header(response, "X-Rate-Limit-Request-Remote-Addr"),
                  Texts{"169.254.172.2:40112"})
            << target;
    }
    EXPECT_EQ(header(ask(usual, "/v2/credentials/pending"), "X-Rate-Limit-Limit"), Texts{"400.00"});
    EXPECT_EQ(header(ask(usual, "/v4/v3eid", "fe80::1"), "X-Rate-Limit-Request-Remote-Addr"),
              Texts{"[fe80::1]:40112"});
}

} // namespace
