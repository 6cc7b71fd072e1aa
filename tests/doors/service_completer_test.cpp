// What services are given that are made through a manager's socket, as the engine gets it.

#include "agent/doors/service_completer.hpp"

#include "agent/containers/create_body.hpp"
#include "fakes/captured_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace agent::doors {
namespace {

using proxy::CreateKind;
using proxy::LeftAlone;
using proxy::NewBody;
using proxy::Untouched;

const ClusterKey cluster_key(std::string(32, 'k'));

class ServiceCompleterTest : public testing::Test {
protected:
    ServiceCompleterTest() {
        host.scope = {"eu-west-1", "123456789012", "default"};
        host.metadata_root = "/var/lib/ecs/data/metadata";
    }
    void rule(const std::string& yaml) {
        const auto rules = rules::parse_host_file(yaml);
        ASSERT_TRUE(rules) << rules.error().what();
        host.rules = *rules;
    }
    proxy::Completed ask(const std::string& body, CreateKind kind = CreateKind::service) const {
        const ServiceCompleter completer(key, serves_volumes);
        return completer.complete({kind, "", "1.44", body}, host);
    }
    /// The completed body; the failed test's own text where there is none.
    std::string completed(const std::string& body) const {
        const auto answer = ask(body);
        if (const auto* left = std::get_if<LeftAlone>(&answer)) {
            ADD_FAILURE() << left->why;
            return body;
        }
        EXPECT_EQ(std::get<NewBody>(answer).ticket, "") << "it waits for nobody";
        return std::get<NewBody>(answer).text;
    }
    static std::vector<std::string> variables_of(const std::string& body) {
        const auto request = containers::read_service_body(body);
        EXPECT_TRUE(request) << body;
        return request ? request->environment : std::vector<std::string>();
    }
    static std::string value_of(const std::string& body, const std::string& name) {
        for (const auto& entry : variables_of(body))
            if (entry.starts_with(name + '='))
                return entry.substr(name.size() + 1);
        return {};
    }
    static std::vector<containers::Mount> mounts_of(const std::string& body) {
        const auto request = containers::read_service_body(body);
        EXPECT_TRUE(request) << body;
        return request ? *request->mounts : std::vector<containers::Mount>();
    }

    fakes::CapturedLog log;
    containers::Host host;
    std::optional<ClusterKey> key = cluster_key;
    bool serves_volumes = true;
};

std::string service_with(const std::string& container, const std::string& mode = "{}") {
    return R"({"Name":"shop_web","TaskTemplate":{"ContainerSpec":{"Image":"nginx:1",)"
           R"("Labels":{"com.docker.stack.namespace":"shop"})" +
           container + R"(}},"Mode":)" + mode + '}';
}

const std::string relative_uri = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const std::string rule_for_web =
    "containers: [{match: {labels: {com.docker.swarm.service.name: shop_web}}, task_role: web}]";

TEST_F(ServiceCompleterTest, EachTaskIsToldOfItselfBySwarmsTemplate) {
    for (const auto* mode :
         {R"({"Replicated":{"Replicas":3}})", R"({"Global":{}})", R"({"GlobalJob":{}})"}) {
        const auto body = completed(service_with("", mode));
        EXPECT_EQ(value_of(body, "ECS_CONTAINER_METADATA_URI"),
                  "http://169.254.170.2/v3/{{.Task.ID}}");
        EXPECT_EQ(value_of(body, "ECS_CONTAINER_METADATA_URI_V4"),
                  "http://169.254.170.2/v4/{{.Task.ID}}");
        EXPECT_EQ(value_of(body, "ECS_AGENT_URI"), "http://169.254.170.2/api/{{.Task.ID}}");
        EXPECT_EQ(value_of(body, "ECS_CONTAINER_METADATA_FILE"), "/ecs/metadata/web/metadata.json");
        const containers::Mount expected{"volume", "{{.Task.ID}}", "/ecs/metadata/web",
                                         "ecs-metadata", false};
        EXPECT_EQ(mounts_of(body), std::vector{expected});
        EXPECT_NE(body.find(R"("ReadOnly":true)"), std::string::npos);
        EXPECT_NE(body.find(std::string(R"("Mode":)") + mode), std::string::npos);
        EXPECT_EQ(value_of(body, relative_uri), "") << "no rule gives it a role";
    }
}

TEST_F(ServiceCompleterTest, WhatTheUserSaysStays) {
    const auto body = completed(service_with(
        R"(,"Env":["A=1","ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4","AWS_REGION=eu-north-1"])"
        R"(,"Mounts":[{"Type":"bind","Source":"/x","Target":"/y"}])"));
    EXPECT_EQ(value_of(body, "A"), "1");
    EXPECT_EQ(value_of(body, "ECS_CONTAINER_METADATA_URI_V4"), "http://169.254.170.2/v4");
    EXPECT_EQ(value_of(body, "AWS_REGION"), "eu-north-1");
    ASSERT_EQ(mounts_of(body).size(), 2U);
    EXPECT_EQ(mounts_of(body).front().target, "/y");
}

// The image may be here, on another manager, or on none: a second deployment would replace all tasks.
TEST_F(ServiceCompleterTest, NothingIsGivenThatDependsOnTheImage) {
    const auto body = completed(service_with(""));
    EXPECT_EQ(value_of(body, "AWS_REGION"), "");
    EXPECT_EQ(value_of(body, "AWS_EXECUTION_ENV"), "");
}

TEST_F(ServiceCompleterTest, AServiceWithTheMountAlreadyThereIsNotGivenItTwice) {
    const auto once = completed(service_with(""));
    EXPECT_EQ(completed(once), once) << "an update sends what inspect has shown";
    EXPECT_EQ(mounts_of(once).size(), 1U);
}

TEST_F(ServiceCompleterTest, AUsersOwnVolumeOfOursIsHis) {
    const auto body =
        completed(service_with(R"(,"Mounts":[{"Type":"volume","Source":"mine","Target":"/meta",)"
                               R"("VolumeOptions":{"DriverConfig":{"Name":"ecs-metadata"}}}])"));
    EXPECT_EQ(mounts_of(body).size(), 1U);
    EXPECT_EQ(value_of(body, "ECS_CONTAINER_METADATA_FILE"), "");
}

TEST_F(ServiceCompleterTest, ARolesIdIsSwarmsAndTheClustersKeys) {
    rule(rule_for_web);
    const auto path = value_of(completed(service_with("")), relative_uri);
    EXPECT_EQ(path, "/v2/credentials/" + cluster_key.credentials_id("{{.Task.ID}}", "shop_web"));
    EXPECT_EQ(value_of(completed(completed(service_with(""))), relative_uri), path)
        << "the same at each deployment";
    EXPECT_EQ(log.count(base::log::Level::warn, ""), 0U) << log.all();
}

TEST_F(ServiceCompleterTest, WithoutAKeyThereIsNoRoleAndTheLogSaysWhy) {
    rule(rule_for_web);
    const auto before = completed(service_with(""));
    key.reset();
    const auto body = completed(service_with(""));
    EXPECT_EQ(value_of(body, relative_uri), "");
    EXPECT_EQ(log.count(base::log::Level::warn, "a service gets no role service=shop_web"), 1U)
        << log.all();
    EXPECT_EQ(log.count(base::log::Level::warn, "no key of the cluster"), 1U) << log.all();
    const auto variables = variables_of(completed(before));
    EXPECT_EQ(
        std::ranges::count_if(
            variables, [](const auto& entry) { return entry.starts_with(relative_uri + '='); }),
        0)
        << "what was announced with a key is taken back";
}

TEST_F(ServiceCompleterTest, ALabelClaimsNoRoleWhereItCannotBeToldFromAnImages) {
    rule("roles_by_label: [\"*\"]");
    const std::string labelled = R"({"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"x",)"
                                 R"("Labels":{"ecs-node-agent.task-role":"web"}}}})";
    EXPECT_EQ(value_of(completed(labelled), relative_uri), "");
    EXPECT_EQ(log.count(base::log::Level::warn, "not by labels"), 1U) << log.all();
}

TEST_F(ServiceCompleterTest, AServiceThatTheEngineNamesHasNoRoleYet) {
    rule("containers: [{match: {image: x}, task_role: web}]");
    const auto body = completed(R"({"TaskTemplate":{"ContainerSpec":{"Image":"x"}}})");
    EXPECT_EQ(value_of(body, relative_uri), "");
    EXPECT_NE(value_of(body, "ECS_CONTAINER_METADATA_URI_V4"), "");
    EXPECT_EQ(log.count(base::log::Level::warn, "choose its name"), 1U) << log.all();
}

TEST_F(ServiceCompleterTest, WithoutThePluginThereIsNoMountThatNoHostCouldServe) {
    serves_volumes = false;
    const auto body = completed(service_with(""));
    EXPECT_TRUE(mounts_of(body).empty());
    EXPECT_EQ(value_of(body, "ECS_CONTAINER_METADATA_FILE"), "");
    EXPECT_NE(value_of(body, "ECS_CONTAINER_METADATA_URI_V4"), "");
}

TEST_F(ServiceCompleterTest, WhatOptsOutAndWhatIsNoServiceGoOnAsTheyAre) {
    const auto reason_of = [](const proxy::Completed& answer) {
        const auto* left = std::get_if<LeftAlone>(&answer);
        return left == nullptr ? std::nullopt : std::optional(left->reason);
    };
    EXPECT_EQ(reason_of(ask(R"({"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"x",)"
                            R"("Labels":{"ecs-node-agent.opt-out":"true"}}}})")),
              Untouched::not_wanted);
    EXPECT_EQ(reason_of(ask(R"({"Name":"p","TaskTemplate":{"PluginSpec":{}}})")),
              Untouched::bad_body);
    EXPECT_EQ(reason_of(ask("no JSON", CreateKind::service_update)), Untouched::bad_body);
}

} // namespace
} // namespace agent::doors
