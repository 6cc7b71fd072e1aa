#include "agent/definition/parse.hpp"

#include <gtest/gtest.h>

#include <random>

namespace agent::definition {
namespace {

TaskDefinition parsed(std::string_view text, Format format = Format::json) {
    const auto result = parse_task_definition(text, format, "t");
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return result ? *result : TaskDefinition();
}

constexpr std::string_view whole = R"({
  "family": "web", "networkMode": "bridge", "metadataEnable": true,
  "containerDefinitions": [
    {"name": "app", "image": "registry.example:5000/team/app:1.2", "command": ["serve", "--port", "80"],
     "entryPoint": ["/init"], "essential": true, "cpu": 256, "memory": 128,
     "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": ""}, {"name": "C"}],
     "portMappings": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 53, "protocol": "udp"}],
     "mountPoints": [{"sourceVolume": "data", "containerPath": "/var/data", "readOnly": true}],
     "dockerLabels": {"team": "a", "app": "b"}, "metadataEnable": false},
    {"name": "side_car-2", "image": "busybox", "essential": false}],
  "volumes": [{"name": "data", "host": {"sourcePath": "/srv/data"}}],
  "tags": [{"key": "stage", "value": "test"}, {"key": "empty"}]})";

TEST(Parse, ReadsEveryHonouredField) {
    const auto task = parsed(whole);
    EXPECT_EQ(task.family, "web");
    EXPECT_EQ(task.revision, "1");
    EXPECT_EQ(task.network_mode, NetworkMode::bridge);
    EXPECT_EQ(task.metadata_enable, true);
    EXPECT_EQ(task.volumes, (std::vector<Volume>{{"data", "/srv/data"}}));
    EXPECT_EQ(task.tags, (std::vector<KeyValue>{{"stage", "test"}, {"empty", ""}}));
    ASSERT_EQ(task.containers.size(), 2u);

    const auto& app = task.containers[0];
    EXPECT_EQ(app.name, "app");
    EXPECT_EQ(app.image, "registry.example:5000/team/app:1.2");
    EXPECT_EQ(app.command, (std::vector<std::string>{"serve", "--port", "80"}));
    EXPECT_EQ(app.entry_point, std::vector<std::string>{"/init"});
    EXPECT_EQ(app.environment, (std::vector<KeyValue>{{"B", "2"}, {"A", ""}, {"C", ""}}));
    EXPECT_TRUE(app.essential);
    EXPECT_EQ(app.cpu, 256);
    EXPECT_EQ(app.memory, 128);
    EXPECT_EQ(app.port_mappings,
              (std::vector<PortMapping>{{80, 8080, Protocol::tcp}, {53, 0, Protocol::udp}}));
    EXPECT_EQ(app.mount_points, (std::vector<MountPoint>{{"data", "/var/data", true}}));
    EXPECT_EQ(app.docker_labels, (std::map<std::string, std::string>{{"app", "b"}, {"team", "a"}}));
    EXPECT_EQ(app.metadata_enable, false);

    const auto& sidecar = task.containers[1];
    EXPECT_EQ(sidecar.name, "side_car-2");
    EXPECT_FALSE(sidecar.essential);
    EXPECT_EQ(sidecar.cpu, 0);
    EXPECT_EQ(sidecar.memory, std::nullopt);
    EXPECT_EQ(sidecar.metadata_enable, std::nullopt);
}

TEST(Parse, ReadsTheSameFromYaml) {
    constexpr std::string_view yaml = R"(# the same in YAML
family: web
networkMode: bridge
metadataEnable: true
containerDefinitions:
- name: app
  image: registry.example:5000/team/app:1.2
  command: [serve, --port, "80"]
  entryPoint:
  - /init
  essential: true
  cpu: 256
  memory: 128
  environment:
  - {name: B, value: "2"}
  - {name: A, value: ""}
  - name: C
  portMappings:
  - containerPort: 80
    hostPort: 8080
  - containerPort: 53
    protocol: udp
  mountPoints:
  - sourceVolume: data
    containerPath: /var/data
    readOnly: true
  dockerLabels: {app: b, team: a}
  metadataEnable: false
- name: side_car-2
  image: busybox
  essential: false
volumes:
- name: data
  host:
    sourcePath: /srv/data
tags:
- {key: stage, value: test}
- key: empty
)";
    EXPECT_EQ(parsed(yaml, Format::yaml), parsed(whole));
    EXPECT_EQ(parsed(whole, Format::yaml), parsed(whole)) << "JSON is YAML too";
}

// As the CLI prints it: read-only fields, and empty ones for what was not set.
constexpr std::string_view described = R"({
  "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
    "containerDefinitions": [{
      "name": "app", "image": "nginx", "cpu": 0, "links": [], "portMappings": [], "essential": true,
      "entryPoint": [], "command": [], "environment": [], "environmentFiles": [], "mountPoints": [],
      "volumesFrom": [], "secrets": [], "dnsServers": [], "extraHosts": [], "dockerLabels": {},
      "user": "", "privileged": false, "readonlyRootFilesystem": false, "healthCheck": null,
      "ulimits": [], "systemControls": [], "credentialSpecs": []}],
    "family": "web", "revision": 7, "volumes": [], "status": "ACTIVE",
    "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}],
    "placementConstraints": [], "compatibilities": ["EXTERNAL", "EC2"],
    "registeredAt": "2024-05-01T10:00:00.000000+00:00", "enableFaultInjection": false,
    "registeredBy": "arn:aws:iam::123456789012:root"},
  "tags": [{"key": "stage", "value": "test"}]})";

TEST(Parse, TakesTheOutputOfDescribe) {
    const auto task = parsed(described);
    EXPECT_EQ(task.family, "web");
    EXPECT_EQ(task.revision, "7");
    EXPECT_EQ(task.network_mode, NetworkMode::bridge);
    ASSERT_EQ(task.containers.size(), 1u);
    EXPECT_EQ(task.containers[0].image, "nginx");
    EXPECT_EQ(task.tags, (std::vector<KeyValue>{{"stage", "test"}}));
}

TEST(Parse, SetsHostPortsThatFollowFromTheNetworkMode) {
    for (const auto* mode : {"host", "awsvpc"}) {
        const auto task = parsed(std::string(R"({"family": "f", "networkMode": ")") + mode +
                                 R"(", "containerDefinitions": [{"name": "c", "image": "i",
            "portMappings": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0},
                             {"containerPort": 82, "hostPort": 82}]}]})");
        ASSERT_EQ(task.containers.size(), 1u);
        EXPECT_EQ(task.containers[0].port_mappings,
                  (std::vector<PortMapping>{{80, 80}, {81, 81}, {82, 82}}));
    }
}

TEST(Parse, TakesTheImageReferencesThatDockerTakes) {
    for (const auto* image :
         {"nginx", "nginx:1.25", "library/nginx", "localhost/x", "localhost:5000/x:y",
          "registry.example/a/b_c/d-e.f:Tag_1.0-x", "a.dkr.ecr.us-east-1.amazonaws.com/app:latest",
          "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          "nginx:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "a__b/c--d"})
        EXPECT_EQ(parsed(std::string(R"({"family": "f", "containerDefinitions": [{"name": "c", )") +
                         R"("image": ")" + image + "\"}]}")
                      .containers.at(0)
                      .image,
                  image);
}

TEST(Parse, GoesByTheEndingOfTheName) {
    EXPECT_EQ(format_of("a.json"), Format::json);
    EXPECT_EQ(format_of("/x.y/a.yaml"), Format::yaml);
    EXPECT_EQ(format_of("a.yml"), Format::yaml);
    EXPECT_EQ(format_of("a.json~"), std::nullopt);
    EXPECT_EQ(format_of("json"), std::nullopt);
    EXPECT_EQ(format_of("a.JSON"), std::nullopt);
}

TEST(CanonicalForm, ComesBackAsTheSameDefinition) {
    for (const auto text : {whole, described}) {
        const auto task = parsed(text);
        const auto form = canonical_form(task);
        const auto again = from_canonical(form);
        ASSERT_TRUE(again) << again.error().what();
        EXPECT_EQ(*again, task);
        EXPECT_EQ(canonical_form(*again), form);
    }
}

TEST(CanonicalForm, IsEqualForEqualContentHoweverItIsWritten) {
    constexpr std::string_view a = R"({"family": "f", "containerDefinitions": [{"name": "c",
        "image": "i", "dockerLabels": {"x": "1", "y": "2"}}]})";
    constexpr std::string_view b =
        "containerDefinitions:\n- image: i\n  cpu: 0\n  dockerLabels: {y: "
        "'2', x: '1'}\n  name: c\nfamily: f\nnetworkMode: bridge\n";
    EXPECT_EQ(canonical_form(parsed(a)), canonical_form(parsed(b, Format::yaml)));
    EXPECT_EQ(
        canonical_form(parsed(a)),
        R"({"family":"f","revision":1,"networkMode":"bridge","containerDefinitions":[{"name":"c",)"
        R"("image":"i","command":[],"entryPoint":[],"environment":[],"essential":true,"cpu":0,)"
        R"("portMappings":[],"mountPoints":[],"dockerLabels":{"x":"1","y":"2"}}],"volumes":[],)"
        R"("tags":[]})");
}

TEST(CanonicalForm, KeepsAwkwardCharacters) {
    TaskDefinition task = parsed(whole);
    task.containers[0].environment = {{"é <&>", "a\nb\t\"\\ \u2028 😀\x7f"}};
    EXPECT_EQ(from_canonical(canonical_form(task)).value(), task);
}

TEST(CanonicalForm, IsCorruptWhenItIsNone) {
    for (const auto* text : {"", "{}", "[]", "{\"family\":\"f\"}"}) {
        const auto result = from_canonical(text);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code(), base::Errc::corrupt);
    }
}

// Mutations of a sound definition end in an error or a definition that survives a round trip.
TEST(Parse, SurvivesMutatedInput) {
    std::mt19937 random(7);
    constexpr std::string_view marks = "\"{}[]:,0-9.e \ntruefalsnul/\\";
    for (int round = 0; round < 4000; ++round) {
        std::string text(round % 2 ? whole : described);
        for (int change = 0; change < 1 + round % 3; ++change)
            text[random() % text.size()] = marks[random() % marks.size()];
        if (round % 5 == 0)
            text.resize(random() % text.size());
        for (const auto format : {Format::json, Format::yaml}) {
            const auto result = parse_task_definition(text, format, "t");
            if (result) {
                EXPECT_EQ(from_canonical(canonical_form(*result)).value(), *result);
            } else {
                EXPECT_TRUE(result.error().what().starts_with("t: "));
                EXPECT_EQ(result.error().what().find('\n'), std::string::npos);
                EXPECT_LT(result.error().what().size(), 600u);
            }
        }
    }
}

} // namespace
} // namespace agent::definition
