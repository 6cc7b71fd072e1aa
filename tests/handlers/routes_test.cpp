// The route table, row by row: each route is asked here at least once, and documented.

#include "handlers/introspection/introspection_api.hpp"
#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace {

using handlers::LocalEndpoints;
using handlers::TaskApi;
using handlers_test::ask;

/// A question, and how the answer begins.
struct Case {
    std::string_view method; ///< of the row; "" is any, and GET is asked
    std::string_view pattern;
    std::string_view target;
    unsigned status;
    std::string_view begins;
};

constexpr std::string_view container = R"({"DockerId":"cid","Name":"sleepy",)";
constexpr std::string_view one_task = R"({"Cluster":"default","TaskARN":"t1",)";
constexpr std::string_view stats = R"({"read":"2024-01-02T03:04:05.6789Z","preread":)";
constexpr std::string_view all_stats = R"({"cid":{"read":"2024-01-02T03:04:05.6789Z",)";
constexpr std::string_view list = R"({"Associations":["dev1"]})";
constexpr std::string_view no_faults =
    R"({"Error":"enableFaultInjection is not enabled for task: t1"})";
constexpr std::string_view credentials = R"({"RoleArn":"rolearn",)";
constexpr std::string_view unprotected =
    R"({"protection":{"ExpirationDate":null,"ProtectionEnabled":false,"TaskArn":"t1"}})";

constexpr auto cases = std::to_array<Case>({
    {"", "/v1/credentials", "/v1/credentials?id=credsid", 200, credentials},
    {"", "/v2/credentials/{id*}", "/v2/credentials/credsid", 200, credentials},
    {"", "/v2/metadata", "/v2/metadata", 200, one_task},
    {"", "/v2/metadata/", "/v2/metadata/", 200, one_task},
    {"", "/v2/metadata/{id+}", "/v2/metadata/cid", 200, container},
    {"", "/v2/metadataWithTags", "/v2/metadataWithTags", 200, one_task},
    {"", "/v2/metadataWithTags/", "/v2/metadataWithTags/", 200, one_task},
    {"", "/v2/metadata/taskWithTags", "/v2/metadata/taskWithTags", 200, one_task},
    {"", "/v2/stats", "/v2/stats", 200, all_stats},
    {"", "/v2/stats/", "/v2/stats/", 200, all_stats},
    {"", "/v2/stats/{id+}", "/v2/stats/cid", 200, stats},
    {"", "/v3", "/v3", 200, container},
    {"", "/v3/task", "/v3/task", 200, one_task},
    {"", "/v3/taskWithTags", "/v3/taskWithTags", 200, one_task},
    {"", "/v3/stats", "/v3/stats", 200, stats},
    {"", "/v3/task/stats", "/v3/task/stats", 200, all_stats},
    {"", "/v3/{id}", "/v3/v3eid", 200, container},
    {"", "/v3/{id}/task", "/v3/v3eid/task", 200, one_task},
    {"", "/v3/{id}/taskWithTags", "/v3/v3eid/taskWithTags", 200, one_task},
    {"", "/v3/{id}/stats", "/v3/v3eid/stats", 200, stats},
    {"", "/v3/{id}/task/stats", "/v3/v3eid/task/stats", 200, all_stats},
    {"", "/v3/{id}/associations/{type}", "/v3/v3eid/associations/elastic-inference", 200, list},
    {"", "/v3/{id}/associations/{type}/", "/v3/v3eid/associations/elastic-inference/", 400,
     R"("V3 container associations handler: unable to get association name from request")"},
    {"", "/v3/{id}/associations/{type}/{name+}", "/v3/v3eid/associations/elastic-inference/dev1",
     200, "val"},
    {"", "/v4", "/v4", 200, container},
    {"", "/v4/task", "/v4/task", 200, one_task},
    {"", "/v4/taskWithTags", "/v4/taskWithTags", 200, one_task},
    {"", "/v4/stats", "/v4/stats", 200, stats},
    {"", "/v4/task/stats", "/v4/task/stats", 200, all_stats},
    {"", "/v4/{id}", "/v4/v3eid", 200, container},
    {"", "/v4/{id}/task", "/v4/v3eid/task", 200, one_task},
    {"", "/v4/{id}/taskWithTags", "/v4/v3eid/taskWithTags", 200, one_task},
    {"", "/v4/{id}/stats", "/v4/v3eid/stats", 200, stats},
    {"", "/v4/{id}/task/stats", "/v4/v3eid/task/stats", 200, all_stats},
    {"", "/v4/{id}/associations/{type}", "/v4/v3eid/associations/elastic-inference", 200, list},
    {"", "/v4/{id}/associations/{type}/", "/v4/v3eid/associations/elastic-inference/", 400,
     R"("V4 container associations handler: unable to get association name from request")"},
    {"", "/v4/{id}/associations/{type}/{name+}", "/v4/v3eid/associations/elastic-inference/dev1",
     200, "val"},
    {"PUT", "/api/{id}/task-protection/v1/state", "/api/v3eid/task-protection/v1/state", 400,
     R"({"error":{"Arn":"t1","Code":"InvalidParameterException",)"},
    {"GET", "/api/{id}/task-protection/v1/state", "/api/v3eid/task-protection/v1/state", 200,
     unprotected},
    {"POST", "/api/{id}/fault/v1/network-blackhole-port/start",
     "/api/v3eid/fault/v1/network-blackhole-port/start", 400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-blackhole-port/stop",
     "/api/v3eid/fault/v1/network-blackhole-port/stop", 400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-blackhole-port/status",
     "/api/v3eid/fault/v1/network-blackhole-port/status", 400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-latency/start",
     "/api/v3eid/fault/v1/network-latency/start", 400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-latency/stop", "/api/v3eid/fault/v1/network-latency/stop",
     400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-latency/status",
     "/api/v3eid/fault/v1/network-latency/status", 400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-packet-loss/start",
     "/api/v3eid/fault/v1/network-packet-loss/start", 400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-packet-loss/stop",
     "/api/v3eid/fault/v1/network-packet-loss/stop", 400, no_faults},
    {"POST", "/api/{id}/fault/v1/network-packet-loss/status",
     "/api/v3eid/fault/v1/network-packet-loss/status", 400, no_faults},
    {"GET", "/creds", "/creds", 200, credentials},
    {"GET", "/role/{id}", "/role/web", 200, credentials},
    {"GET", "/role-arn/{id+}", "/role-arn/arn:aws:iam::123456789012:role/web", 200, credentials},
});

class Routes : public ::testing::Test {
protected:
    Routes()
        : world(handlers_test::example_instance()),
          sources(world),
          api(world, sources, handlers_test::no_limits(), LocalEndpoints::on) {
        auto example = handlers_test::example_task();
        example.role = model::TaskRole{"arn:aws:iam::123456789012:role/web", "credsid"};
        example.associations = {{"elastic-inference", "dev1", "val", {"sleepy"}}};
        world.put(example);
        model::StatsSample sample;
        sample.now.read = *base::parse_rfc3339("2024-01-02T03:04:05.6789Z");
        sources.samples = {{"cid", sample}, {"pauseid", sample}};
        sources.credentials["credsid"] = {handlers_test::example_credentials()};
    }

    model::World world;
    handlers_test::FakeSources sources;
    TaskApi api;
};

TEST_F(Routes, AnswerAsTheContractSays) {
    for (const auto& each : cases) {
        const auto response =
            ask(api, each.target, "169.254.172.2", each.method.empty() ? "GET" : each.method, "{}");
        EXPECT_EQ(response.status, each.status) << each.target;
        EXPECT_EQ(response.content_type, "application/json") << each.target;
        EXPECT_TRUE(response.body().starts_with(each.begins))
            << each.method << ' ' << each.target << ": " << response.body();
    }
}

TEST_F(Routes, AreAllAskedAbove) {
    std::set<TaskApi::Route> asked;
    for (const auto& each : cases)
        asked.insert({each.method, each.pattern});
    for (const auto& route : TaskApi::routes())
        EXPECT_TRUE(asked.erase(route)) << route.method << ' ' << route.pattern
                                        << ": there is no test of it, or it is there twice";
    for (const auto& route : asked)
        ADD_FAILURE() << route.method << ' ' << route.pattern << " is no route";
}

/// "`/v4/<id>/stats`" for "/v4/{id}/stats", as the page writes it.
std::string as_documented(std::string_view pattern) {
    std::string text = "`";
    for (const char c : pattern) {
        if (c == '{')
            text += '<';
        else if (c == '}')
            text += '>';
        else if (c != '+' && c != '*')
            text += c;
    }
    return text + '`';
}

TEST_F(Routes, HaveALineInTheEndpointsPage) {
    std::ifstream file(ENDPOINTS_PAGE);
    std::stringstream text;
    text << file.rdbuf();
    const auto page = text.str();
    ASSERT_FALSE(page.empty());
    for (const auto& route : TaskApi::routes())
        EXPECT_NE(page.find(as_documented(route.pattern)), std::string::npos) << route.pattern;
    for (const auto pattern : handlers::introspection::IntrospectionApi::routes())
        EXPECT_TRUE(pattern == "/" || page.find('`' + std::string(pattern)) != std::string::npos)
            << pattern;
}

TEST_F(Routes, WithAMethodTakeNoOther) {
    for (const auto& route : TaskApi::routes()) {
        if (route.method.empty())
            continue;
        std::string target(route.pattern);
        if (const auto id = target.find('{'); id != std::string::npos)
            target.replace(id, target.find('}') + 1 - id, "v3eid");
        for (const auto* method : {"DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"}) {
            const auto response = ask(api, target, "169.254.172.2", method);
            EXPECT_EQ(response.status, 405U) << method << ' ' << target;
            EXPECT_EQ(response.body(), "");
            EXPECT_EQ(response.content_type, "");
            EXPECT_TRUE(handlers_test::header(response, "Allow").empty());
        }
    }
    EXPECT_EQ(ask(api, "/api/v3eid/fault/v1/network-latency/start").status, 405U);
    EXPECT_EQ(ask(api, "/api/v3eid/task-protection/v1/state", "1.2.3.4", "POST").status, 405U);
}

TEST_F(Routes, WithoutAMethodTakeAny) {
    for (const auto& each : cases) {
        if (!each.method.empty())
            continue;
        EXPECT_EQ(ask(api, each.target, "169.254.172.2", "BREW").status, each.status)
            << each.target;
    }
}

} // namespace
