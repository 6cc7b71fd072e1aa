// Credentials by source address, as local-container-endpoints has them: of the one role that the asker has.

#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using handlers_test::ask;

class LocalEndpoints : public ::testing::Test {
protected:
    LocalEndpoints() {
        auto tools = handlers_test::bridge_task("tools", {"tools"}, "172.17.0.2");
        tools.containers[0].role = model::TaskRole{"arn:aws:iam::123456789012:role/tools", "id"};
        world.put(tools);
        world.put(handlers_test::bridge_task("other", {"other"}, "172.17.0.3"));
        sources.credentials["id"] = {handlers_test::example_credentials(), "172.17.0.2"};
    }
    void expect_refused(std::string_view target, std::string_view peer, const std::string& why) {
        const auto response = ask(api, target, peer);
        EXPECT_EQ(response.status, 400U) << target;
        EXPECT_EQ(response.body(),
                  R"({"code":"NoCredentialsAssociated","message":"CredentialsRequest: )" + why +
                      R"(","HTTPErrorCode":400})");
    }

    model::World world{handlers_test::example_instance()};
    handlers_test::FakeSources sources{world};
    handlers::TaskApi api{world, sources, handlers_test::no_limits(), handlers::LocalEndpoints::on};
};

TEST_F(LocalEndpoints, AnswerTheContainerThatHasTheAddress) {
    const auto document = handlers_test::example_credentials().body;
    for (const auto* target :
         {"/creds", "/role/tools", "/role-arn/arn:aws:iam::123456789012:role/tools"}) {
        const auto response = ask(api, target, "172.17.0.2");
        EXPECT_EQ(response.status, 200U) << target;
        EXPECT_EQ(response.body(), *document) << target;
    }
    EXPECT_TRUE(sources.audited.back().ends_with(" /role-arn [] t1 task"))
        << sources.audited.back();
}

TEST_F(LocalEndpoints, GiveNobodyAnothersRole) {
    expect_refused("/creds", "172.17.0.3", "The container has no role");
    expect_refused("/role/tools", "172.17.0.3", "The container has no role");
    expect_refused("/creds", "172.17.0.4", "The container has no role");
    expect_refused("/creds", "127.0.0.1", "The container has no role");
    expect_refused("/role/admin", "172.17.0.2", "The container has another role");
    expect_refused("/role-arn/arn:aws:iam::123456789012:role/admin", "172.17.0.2",
                   "The container has another role");
}

TEST_F(LocalEndpoints, WaitUntilTheEngineSaysWhoseTheAddressIs) {
    sources.callers.current = false;
    const auto response = ask(api, "/creds", "172.17.0.2");
    EXPECT_EQ(response.status, 503U);
    EXPECT_EQ(handlers_test::header(response, "Retry-After"), std::vector<std::string>{"1"});
    EXPECT_EQ(sources.audited.back().substr(0, 3), "503");
}

TEST_F(LocalEndpoints, AreNotThereUnlessTheHostWantsThem) {
    handlers::TaskApi usual(world, sources, handlers_test::no_limits());
    for (const auto* target : {"/creds", "/role/tools", "/role-arn/a"})
        EXPECT_EQ(ask(usual, target, "172.17.0.2").status, 404U) << target;
}

TEST_F(LocalEndpoints, TellContainersThatShareAnAddressFromNobody) {
    auto two = handlers_test::bridge_task("two", {"one", "other"}, "172.17.0.9");
    two.containers[0].role = model::TaskRole{"arn:aws:iam::123456789012:role/one", "id"};
    two.containers[1].networks = two.containers[0].networks;
    world.put(two);
    expect_refused("/creds", "172.17.0.9", "The container has no role");
}

} // namespace
