// What is said of a container, to people and to programs.

#include "agent/cli/explanation.hpp"

#include "agent/doors/host.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace agent::cli {
namespace {

const std::string id = "11111111-2222-4333-8444-555555555555";

containers::Host host(const std::string& yaml) {
    config::Config settings;
    settings.region = "eu-west-1";
    settings.account_id = "123456789012";
    auto file = rules::parse_host_file(yaml);
    EXPECT_TRUE(file) << (file ? "" : file.error().what());
    return doors::host_of(settings, file ? std::move(*file) : rules::HostFile{});
}

docker::ContainerInspect web() {
    docker::ContainerInspect inspect;
    inspect.id = std::string(64, 'a');
    inspect.name = "/web";
    inspect.config.image = "nginx:1";
    inspect.config.env = {"PATH=/bin"};
    inspect.host_config.network_mode = "default";
    return inspect;
}

void expect_line(const std::string& text, const std::string& line) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << "\nin\n" << text;
}

TEST(Explanation, OfARequestSaysWhatIsGivenAndByWhom) {
    auto request = request_of(web());
    request.subject.labels = {{"com.docker.compose.project", "shop"},
                              {"com.docker.compose.service", "web"},
                              {"ecs-node-agent.task-role", "admin"}};
    const auto explanation = explain_request(
        "web", false, request, host("containers: [{match: {image: nginx}, task_role: web}]"));
    const auto text = render_text(explanation, "/h.yaml");
    expect_line(text, "web, to be created");
    expect_line(text, "  task            shop, by Compose's labels, with all of "
                      "compose/shop|role=arn%3aaws%3aiam%3a%3a123456789012%3arole%2fweb");
    expect_line(text, "  cluster         default, the host's");
    expect_line(text, "  role            arn:aws:iam::123456789012:role/web, by containers[0] of "
                      "/h.yaml");
    expect_line(text, "  metadata file   /ecs/metadata/web/metadata.json");
    expect_line(text,
                "  role            arn:aws:iam::123456789012:role/admin: labels may not claim "
                "it: roles_by_label does not have it");
    EXPECT_NE(text.find("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), std::string::npos);
    EXPECT_EQ(text.find("any more"), std::string::npos);
}

TEST(Explanation, OfAContainerSaysWhatItCannotGetAnyMore) {
    const auto explanation =
        explain_request("web", true, request_of(web()), host("containers: [{task_role: web}]"));
    const auto text = render_text(explanation, "/h.yaml");
    expect_line(text, "web, a container");
    expect_line(text, "  variables       none");
    expect_line(text, "  metadata file   none");
    expect_line(text, "cannot be given any more, since it exists:");
    expect_line(text, "                  variable ECS_CONTAINER_METADATA_URI_V4");
    expect_line(text, "                  variable AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    expect_line(text, "                  label com.amazonaws.ecs.cluster");
}

TEST(Explanation, SaysWhoIsToldATokenWhereOneIsAskedFor) {
    const std::string token = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
    auto asking = host("containers: [{task_role: web}]");
    const auto of = [&](bool exists, const containers::Request& request) {
        return render_text(explain_request("web", exists, request, asking), "/h.yaml");
    };
    auto service = request_of(web());
    service.subject.labels = {{"com.docker.swarm.service.name", "web"},
                              {"com.docker.swarm.task.id", "{{.Task.ID}}"}};
    EXPECT_EQ(of(false, request_of(web())).find(token), std::string::npos);
    EXPECT_EQ(of(false, service).find(token), std::string::npos);
    asking.authorization = true;
    EXPECT_NE(of(false, request_of(web())).find("CREDENTIALS_RELATIVE_URI, " + token),
              std::string::npos)
        << of(false, request_of(web()));
    expect_line(of(true, request_of(web())), "                  variable " + token);
    expect_line(of(false, service), "  variable        " + token +
                                        ": a service's tasks are told none, and none is asked for");
}

TEST(Explanation, OfAContainerThatCameByADoorSaysWhatItHas) {
    auto inspect = web();
    inspect.config.env = {"ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/" + id,
                          "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + id,
                          "ECS_AGENT_URI=http://169.254.170.2/api/" + id,
                          "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/web/metadata.json",
                          "AWS_REGION=eu-west-1",
                          "AWS_EXECUTION_ENV=AWS_ECS_EC2"};
    inspect.mounts.push_back(
        {"bind", "", "/var/lib/ecs/data/metadata/default/1/web", "/ecs/metadata/web", "ro", false});
    for (const auto* name : {"task-arn", "container-name", "task-definition-family",
                             "task-definition-version", "cluster"})
        inspect.config.labels["com.amazonaws.ecs." + std::string(name)] = "front";
    const auto explanation = explain_request("web", true, request_of(inspect), host(""));
    EXPECT_TRUE(explanation.too_late.empty()) << explanation.too_late.front();
    EXPECT_TRUE(explanation.withheld.empty());
    EXPECT_EQ(explanation.variables.size(), 4U);
    EXPECT_EQ(explanation.labels.size(), 5U);
    EXPECT_EQ(explanation.metadata_file, "/ecs/metadata/web/metadata.json");
    EXPECT_EQ(explanation.plan.decision.identity.family, "front");
}

TEST(Explanation, HoldsNoIdAndNothingThatControlsATerminal) {
    auto inspect = web();
    inspect.config.env = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + id,
                          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + id,
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN=" + std::string(64, 'b')};
    inspect.config.labels = {{"com.docker.swarm.service.name", "web\x1b[2J"},
                             {"com.docker.swarm.task.id", "t\n"}};
    inspect.mounts.push_back({"bind", "", "/x", "/ecs/\x1b[2J\n", "", true});
    const auto explanation = explain_request("web\n", true, request_of(inspect), host(""));
    const auto text = render_text(explanation, "/h.yaml");
    const auto json = render_json(explanation);
    for (const auto& shown : {text, json}) {
        EXPECT_EQ(shown.find(id), std::string::npos) << shown;
        EXPECT_EQ(shown.find(std::string(64, 'b')), std::string::npos) << shown;
        EXPECT_EQ(shown.find('\x1b'), std::string::npos) << shown;
    }
}

TEST(Explanation, OfOneThatOptsOutSaysWhoSaysSo) {
    auto request = request_of(web());
    request.subject.labels = {{"ecs-node-agent.opt-out", "true"}};
    const auto text = render_text(explain_request("web", false, request, host("")), "/h.yaml");
    expect_line(text, "  everything      its label ecs-node-agent.opt-out says so");
    expect_line(text, "  variables       none");
}

TEST(Explanation, IsAnObjectForPrograms) {
    auto request = request_of(web());
    request.subject.images.reset();
    const auto json = nlohmann::json::parse(render_json(explain_request(
        "web", false, request,
        host("containers: [{match: {network: bridge}, cluster: dev, task_role: web}]"))));
    EXPECT_EQ(json["name"], "web");
    EXPECT_EQ(json["exists"], false);
    EXPECT_EQ(json["gives"], true);
    EXPECT_EQ(json["cluster"], "dev");
    EXPECT_EQ(json["clusterBy"], (nlohmann::json{{"by", "rule"}, {"rule", 0}}));
    EXPECT_EQ(json["taskRole"], "arn:aws:iam::123456789012:role/web");
    EXPECT_EQ(json["familyBy"], (nlohmann::json{{"by", "nobody"}}));
    EXPECT_EQ(json["metadataFile"], "/ecs/metadata/web/metadata.json");
    EXPECT_TRUE(json["tooLate"].empty());
}

} // namespace
} // namespace agent::cli
