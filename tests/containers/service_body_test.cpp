// Bodies of POST /services/create and /services/{id}/update, before and after.

#include "agent/containers/create_body.hpp"

#include <gtest/gtest.h>

namespace agent::containers {
namespace {

using Strings = std::vector<std::string>;

// As `docker stack deploy` writes it.
const std::string stack_service =
    R"({"Name":"shop_web","Labels":{"com.docker.stack.namespace":"shop"},"TaskTemplate":{)"
    R"("ContainerSpec":{"Image":"nginx:1","Labels":{"com.docker.stack.namespace":"shop"},)"
    R"("Env":["A=1"],"Privileges":{}},"Networks":[{"Target":"back"}],"ForceUpdate":0},)"
    R"("Mode":{"Replicated":{"Replicas":3}},"EndpointSpec":{}})";

const Mount metadata{"volume", "{{.Task.ID}}", "/ecs/metadata/web", "ecs-metadata", false};
const std::string metadata_json =
    R"({"Type":"volume","Source":"{{.Task.ID}}","Target":"/ecs/metadata/web","ReadOnly":true,)"
    R"("VolumeOptions":{"NoCopy":true,"DriverConfig":{"Name":"ecs-metadata"}}})";

std::string completed_service(std::string_view body, const Additions& additions) {
    const auto text = complete_service_body(body, additions);
    EXPECT_TRUE(text) << body << ": " << (text ? "" : text.error().what());
    return text ? *text : std::string();
}

TEST(ServiceBody, StandsForEachOfItsTasks) {
    const auto request = read_service_body(stack_service);
    ASSERT_TRUE(request) << request.error().what();
    EXPECT_EQ(request->subject.images, Strings{"nginx:1"});
    EXPECT_EQ(request->subject.networks, Strings{"back"});
    EXPECT_EQ(request->environment, Strings{"A=1"});
    EXPECT_FALSE(request->takes_labels);
    const auto identity = model::identify(request->subject.labels, request->subject.name);
    EXPECT_EQ(identity.family, "shop");
    EXPECT_EQ(identity.container_name, "web");
    EXPECT_EQ(identity.service_name, "shop_web");
}

TEST(ServiceBody, IsCompletedInItsContainerSpec) {
    Additions additions;
    additions.variables = {"ECS_AGENT_URI=http://169.254.170.2/api/{{.Task.ID}}"};
    additions.mount = metadata;
    EXPECT_EQ(
        completed_service(stack_service, additions),
        R"({"Name":"shop_web","Labels":{"com.docker.stack.namespace":"shop"},"TaskTemplate":{)"
        R"("ContainerSpec":{"Image":"nginx:1","Labels":{"com.docker.stack.namespace":"shop"},)"
        R"("Env":["A=1","ECS_AGENT_URI=http://169.254.170.2/api/{{.Task.ID}}"],"Privileges":{},)"
        R"("Mounts":[)" +
            metadata_json +
            R"(]},"Networks":[{"Target":"back"}],"ForceUpdate":0},)"
            R"("Mode":{"Replicated":{"Replicas":3}},"EndpointSpec":{}})");
}

// An update sends what inspect has shown, with all that was added before.
TEST(ServiceBody, IsTheSameAfterASecondCompletion) {
    auto request = read_service_body(stack_service).value();
    request.image_environment = Strings{};
    Host host;
    host.scope = {"eu-west-1", "123456789012", "default"};
    Minted minted;
    minted.endpoint_id = "{{.Task.ID}}";
    minted.metadata = Mount{"volume", "{{.Task.ID}}", "", "ecs-metadata", false};
    const auto once =
        completed_service(stack_service, complete(request, host, plan(request, host), minted));
    EXPECT_NE(once.find("/v4/{{.Task.ID}}"), std::string::npos);
    EXPECT_NE(once.find(metadata_json), std::string::npos);
    auto again = read_service_body(once).value();
    again.image_environment = Strings{};
    EXPECT_TRUE(plan(again, host).gives) << "what an update has left out comes again";
    const auto additions = complete(again, host, plan(again, host), minted);
    EXPECT_EQ(additions.mount, std::nullopt);
    EXPECT_EQ(completed_service(once, additions), once);
}

TEST(ServiceBody, AMountOfOursIsMovedWithTheContainersName) {
    const std::string before = R"({"TaskTemplate":{"ContainerSpec":{"Mounts":[)" + metadata_json +
                               R"(,{"Type":"bind","Source":"/x","Target":"/y"}]}}})";
    Additions additions;
    additions.mount = metadata;
    additions.mount->target = "/ecs/metadata/other";
    auto moved = metadata_json;
    moved.replace(moved.find("/web"), 4, "/other");
    EXPECT_EQ(completed_service(before, additions),
              R"({"TaskTemplate":{"ContainerSpec":{"Mounts":[)" + moved +
                  R"(,{"Type":"bind","Source":"/x","Target":"/y"}]}}})");
}

TEST(ServiceBody, WithoutContainersIsNotTouched) {
    for (const auto* body : {"{}", R"({"Name":"p","TaskTemplate":{"PluginSpec":{}}})",
                             R"({"TaskTemplate":{"ContainerSpec":null}})"}) {
        EXPECT_EQ(read_service_body(body).error().code(), base::Errc::unsupported) << body;
        EXPECT_FALSE(complete_service_body(body, Additions())) << body;
    }
    EXPECT_FALSE(read_service_body("[]"));
    EXPECT_FALSE(read_service_body(R"({"TaskTemplate":[]})"));
}

} // namespace
} // namespace agent::containers
