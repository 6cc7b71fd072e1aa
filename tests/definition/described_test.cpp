// The output of `aws ecs describe-task-definition` is taken as it is.

#include "agent/definition/parse.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace agent::definition {
namespace {

TaskDefinition parsed_as_printed(std::string_view text,
                                 std::vector<std::string>* passed_over = nullptr) {
    Findings findings;
    const auto result = parse_task_definition(text, Format::json, "t", {}, &findings);
    if (passed_over)
        *passed_over = findings.passed_over;
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return result ? *result : TaskDefinition();
}

// As the command prints it: read-only fields, and empty ones for what was not set.
constexpr std::string_view printed = R"({
  "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
    "containerDefinitions": [{
      "name": "app", "image": "nginx", "cpu": 0, "links": [], "essential": true,
      "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp", "name": "web-80-tcp",
                        "appProtocol": "http"}],
      "entryPoint": [], "command": [], "environment": [], "environmentFiles": [], "mountPoints": [],
      "volumesFrom": [], "secrets": [], "dnsServers": [], "extraHosts": [], "dockerLabels": {},
      "user": "", "privileged": false, "readonlyRootFilesystem": false,
      "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web",
        "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"}, "secretOptions": []},
      "ulimits": [], "systemControls": [], "credentialSpecs": []}],
    "family": "web", "revision": 7, "volumes": [], "status": "ACTIVE", "networkMode": "awsvpc",
    "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
    "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}],
    "placementConstraints": [], "compatibilities": ["EC2", "FARGATE"],
    "requiresCompatibilities": ["FARGATE"], "cpu": "1024", "memory": "3072",
    "registeredAt": "2024-05-01T10:00:00.000000+00:00", "enableFaultInjection": false,
    "registeredBy": "arn:aws:iam::123456789012:root"},
  "tags": [{"key": "stage", "value": "test"}]})";

TEST(Described, IsTakenAsItIsPrinted) {
    std::vector<std::string> passed_over;
    const auto task = parsed_as_printed(printed, &passed_over);
    EXPECT_EQ(task.family, "web");
    EXPECT_EQ(task.revision, 7);
    EXPECT_EQ(task.network_mode, model::NetworkMode::awsvpc);
    EXPECT_EQ(task.cpu_vcpu, 1);
    EXPECT_EQ(task.memory_mib, 3072);
    ASSERT_EQ(task.containers.size(), 1u);
    EXPECT_EQ(task.containers[0].image, "nginx");
    EXPECT_EQ(task.containers[0].log_configuration->driver, "awslogs");
    EXPECT_EQ(task.tags, (std::vector<KeyValue>{{"stage", "test"}}));
    for (const auto* field : {"requiresCompatibilities", "registeredAt", "registeredBy"})
        EXPECT_EQ(std::count(passed_over.begin(), passed_over.end(),
                             std::string("taskDefinition.") + field),
                  1)
            << field;
    EXPECT_EQ(
        std::count(passed_over.begin(), passed_over.end(), "taskDefinition.placementConstraints"),
        0)
        << "it is there and says nothing";
}

TEST(Described, MayHaveOurFieldsBesideIt) {
    const auto task = parsed_as_printed(R"({"x-ecs-node-agent": {"run": "once"}, "taskDefinition": {
        "family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]}})");
    EXPECT_TRUE(task.run_once);
}

// As ECS's console exports it: null for everything that was not set.
TEST(Described, MayHaveNullsForAllThatWasNotSet) {
    const auto task = parsed_as_printed(R"({
      "ipcMode": null, "pidMode": null, "cpu": null, "memory": null, "executionRoleArn": null,
      "taskRoleArn": null, "networkMode": "bridge", "requiresCompatibilities": null,
      "proxyConfiguration": null, "inferenceAccelerators": null, "runtimePlatform": null,
      "placementConstraints": [], "ephemeralStorage": null, "tags": null, "family": "web",
      "volumes": [{"name": "v", "host": {"sourcePath": null}, "dockerVolumeConfiguration": null,
                   "efsVolumeConfiguration": null, "fsxWindowsFileServerVolumeConfiguration": null}],
      "containerDefinitions": [{
        "dnsSearchDomains": null, "environmentFiles": null, "logConfiguration": null,
        "entryPoint": null, "portMappings": [{"hostPort": null, "protocol": "tcp",
        "containerPort": 80}], "command": null, "linuxParameters": null, "cpu": 0,
        "environment": [], "resourceRequirements": null, "ulimits": null, "dnsServers": null,
        "mountPoints": [], "workingDirectory": null, "secrets": null, "dockerSecurityOptions": null,
        "memory": null, "memoryReservation": 64, "volumesFrom": [], "stopTimeout": null,
        "image": "nginx", "startTimeout": null, "firelensConfiguration": null, "dependsOn": null,
        "disableNetworking": null, "interactive": null, "healthCheck": null, "essential": true,
        "links": null, "hostname": null, "extraHosts": null, "pseudoTerminal": null, "user": null,
        "readonlyRootFilesystem": null, "dockerLabels": null, "systemControls": null,
        "privileged": null, "name": "app", "restartPolicy": null, "repositoryCredentials": null}]})");
    EXPECT_EQ(task, parsed_as_printed(
                        R"({"family": "web", "volumes": [{"name": "v"}], "containerDefinitions": [
        {"name": "app", "image": "nginx", "memoryReservation": 64,
         "portMappings": [{"containerPort": 80}]}]})"));
}

} // namespace
} // namespace agent::definition
