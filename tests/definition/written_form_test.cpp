// The forms in which people have a task definition: CloudFormation's template, by hand and as the CDK prints
// it, and the skeleton that AWS's command line prints.

#include "tests/definition/parsed.hpp"
#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace agent::definition {
namespace {

using Texts = std::vector<std::string>;

/// As the other files of tests have it, but of any format.
TaskDefinition taken_form(std::string_view text, Format format, Texts* notices = nullptr) {
    Findings findings;
    Host host;
    host.region = "eu-central-1";
    host.account_id = "123456789012";
    const auto result = parse_task_definition(text, format, "stack.yaml", host, &findings);
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    if (notices)
        for (const auto& notice : findings.notices)
            notices->push_back(to_string(notice));
    return result ? *result : TaskDefinition();
}

constexpr std::string_view by_hand = R"(AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Tag: {Type: String, Default: "1.2"}
Mappings:
  Sizes: {prod: {memory: 256}}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /shop/web}
  Role:
    Type: AWS::IAM::Role
  Web:
    Type: AWS::ECS::TaskDefinition
    DependsOn: Logs
    Properties:
      Family: web
      Cpu: 256
      NetworkMode: awsvpc
      TaskRoleArn: !GetAtt Role.Arn
      ExecutionRoleArn: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/exec
      Volumes:
        - Name: data
          Host: {SourcePath: !Ref AWS::NoValue}
      ContainerDefinitions:
        - Name: app
          Image: !Sub "shop/web:${Tag}"
          Essential: "true"
          Memory: !FindInMap [Sizes, prod, memory]
          Command: [serve, !Join ["=", [--region, !Ref AWS::Region]]]
          PortMappings: [{ContainerPort: "8080"}]
          Environment:
            - {Name: PORT, Value: 8080}
            - {Name: LITERAL, Value: !Sub "${!HOME}"}
          DockerLabels: {Some.Label: Kept}
          MountPoints: [{SourceVolume: data, ContainerPath: /data}]
          LogConfiguration:
            LogDriver: awslogs
            Options: {awslogs-group: !Ref Logs, awslogs-region: !Ref AWS::Region}
)";

TEST(CloudFormation, IsTakenAsPeopleWriteIt) {
    Texts notices;
    const auto task = taken_form(by_hand, Format::yaml, &notices);
    EXPECT_EQ(task.family, "web");
    EXPECT_EQ(task.network_mode, model::NetworkMode::awsvpc);
    EXPECT_EQ(task.cpu_vcpu, 0.25);
    EXPECT_EQ(task.task_role_arn, "Role");
    EXPECT_EQ(task.execution_role_arn, "arn:aws:iam::123456789012:role/exec");
    ASSERT_EQ(task.containers.size(), 1U);
    const auto& app = task.containers[0];
    EXPECT_EQ(app.image, "shop/web:1.2");
    EXPECT_EQ(app.memory, 256);
    EXPECT_EQ(app.command, (Texts{"serve", "--region=eu-central-1"}));
    EXPECT_EQ(app.port_mappings.at(0).container_port, 8080);
    EXPECT_EQ(app.environment, (std::vector<KeyValue>{{"PORT", "8080"}, {"LITERAL", "${HOME}"}}));
    EXPECT_EQ(app.docker_labels, (StringMap{{"Some.Label", "Kept"}}));
    EXPECT_EQ(app.log_configuration->options,
              (StringMap{{"awslogs-group", "/shop/web"}, {"awslogs-region", "eu-central-1"}}));
    EXPECT_EQ(notices.at(0),
              "CloudFormation's AWS::ECS::TaskDefinition \"Web\"; nothing else of the "
              "template is made here");
    EXPECT_NE(std::ranges::find(notices, "containerDefinitions[0].image: the parameter \"Tag\" has "
                                         "its default"),
              notices.end());
    EXPECT_NE(std::ranges::find(notices, "taskRoleArn: the resource \"Role\" is not made here, its "
                                         "name stands for it"),
              notices.end());
}

TEST(CloudFormation, IsTakenAsTheCdkPrintsIt) {
    const auto task = taken_form(R"({
 "Resources": {
  "WebTaskRole1A2B3C4D": {"Type": "AWS::IAM::Role", "Properties": {},
    "Metadata": {"aws:cdk:path": "Stack/Web/TaskRole/Resource"}},
  "Web5E6F7A8B": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
    "ContainerDefinitions": [{
      "Essential": true, "Image": {"Fn::Join": ["", ["registry.example/", {"Ref": "AWS::AccountId"}, "/web"]]},
      "LogConfiguration": {"LogDriver": "awslogs", "Options": {
        "awslogs-group": {"Ref": "WebAppLogGroup9C0D"}, "awslogs-stream-prefix": "web",
        "awslogs-region": {"Ref": "AWS::Region"}}},
      "Name": "app", "PortMappings": [{"ContainerPort": 80, "Protocol": "tcp"}]}],
    "Cpu": "256", "Family": "StackWeb5E6F", "Memory": "512", "NetworkMode": "awsvpc",
    "RequiresCompatibilities": ["FARGATE"],
    "TaskRoleArn": {"Fn::GetAtt": ["WebTaskRole1A2B3C4D", "Arn"]}},
    "Metadata": {"aws:cdk:path": "Stack/Web/Resource"}},
  "WebAppLogGroup9C0D": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain"}},
 "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>",
   "Default": "/cdk-bootstrap/hnb659fds/version"}},
 "Rules": {"CheckBootstrapVersion": {}}})",
                                 Format::json);
    EXPECT_EQ(task.family, "StackWeb5E6F");
    EXPECT_EQ(task.task_role_arn, "WebTaskRole1A2B3C4D");
    EXPECT_EQ(task.containers.at(0).image, "registry.example/123456789012/web");
    EXPECT_EQ(task.containers.at(0).log_configuration->options.at("awslogs-group"),
              "WebAppLogGroup9C0D");
}

TEST(CloudFormation, MayBeTheResourceOrItsPropertiesAlone) {
    constexpr std::string_view properties =
        R"({"Family": "f", "ContainerDefinitions": [{"Name": "c", "Image": "i"}]})";
    EXPECT_EQ(taken_form(properties, Format::json), parsed(smallest));
    EXPECT_EQ(taken_form(R"({"Type": "AWS::ECS::TaskDefinition", "Properties": )" +
                             std::string(properties) + "}",
                         Format::json),
              parsed(smallest));
}

TEST(CloudFormation, WithoutAFamilyHasTheResourcesName) {
    EXPECT_EQ(taken_form(R"({"Resources": {"Web": {"Type": "AWS::ECS::TaskDefinition",
                  "Properties": {"ContainerDefinitions": [{"Name": "c", "Image": "i"}]}}}})",
                         Format::json)
                  .family,
              "Web");
}

TEST(CloudFormation, IsRefusedWhereAFunctionCannotBeTold) {
    const auto image = [](std::string_view function, std::string_view more = "") {
        return fault(R"({"Resources": {"Web": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "Family": "f", "ContainerDefinitions": [{"Name": "c", "Image": )" +
                     std::string(function) + "}]}}}" + std::string(more) + "}");
    };
    const std::string place = "web.json: containerDefinitions[0].image: ";
    const std::string end = " cannot be told on this host; write there what it stands for";
    EXPECT_EQ(image(R"({"Ref": "Tag"})"), place + "Ref \"Tag\"" + end);
    EXPECT_EQ(image(R"({"Ref": "Tag"})", R"(, "Parameters": {"Tag": {"Type": "String"}})"),
              place + "Ref \"Tag\"" + end);
    EXPECT_EQ(image(R"({"Ref": "Tag"})", R"(, "Parameters": {"Tag": {
                  "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/tag"}})"),
              place + "Ref \"Tag\"" + end);
    EXPECT_EQ(image(R"({"Fn::ImportValue": "x"})"), place + "Fn::ImportValue" + end);
    EXPECT_EQ(image(R"({"Fn::If": ["a", "b", "c"]})"), place + "Fn::If" + end);
    EXPECT_EQ(image(R"({"Fn::GetAtt": ["Repository", "RepositoryUri"]})"),
              place + "Fn::GetAtt \"Repository.RepositoryUri\"" + end);
    EXPECT_EQ(image(R"({"Fn::Sub": "${A}/web"})"), place + "Ref \"A\"" + end);
    EXPECT_EQ(image(R"({"Fn::Sub": ["${A}/web", {"A": "shop"}]})"), "no error");
    EXPECT_EQ(image(R"({"Fn::Sub": 5})"), place + "Fn::Sub" + end);
    EXPECT_EQ(image(R"({"Fn::Join": ["", [{"Fn::Split": [",", "a"]}]]})"),
              place + "Fn::Split" + end);
    EXPECT_EQ(image(R"({"Fn::FindInMap": ["a", "b", "c"]})"), place + "Fn::FindInMap" + end);
}

TEST(CloudFormation, ThisHostMayTellWhatTheTemplateDoesNot) {
    stand_ins::StandIns host;
    host.values = {{"${Tag}", "9", 1}, {"${Repository.RepositoryUri}", "shop/web", 2}};
    Surroundings surroundings;
    surroundings.host = &host;
    for (const auto* image :
         {R"({"Fn::Join": [":", ["shop/web", {"Ref": "Tag"}]]})",
          R"({"Fn::Sub": "shop/web:${Tag}"})",
          R"({"Fn::Join": ["", [{"Fn::GetAtt": ["Repository", "RepositoryUri"]}, ":9"]]})",
          R"({"Fn::Join": ["", ["shop/web:", {"Fn::ImportValue": "Tag"}]]})"}) {
        const auto task = parse_task_definition(
            R"({"Resources": {"Web": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                "ContainerDefinitions": [{"Name": "c", "Image": )" +
                std::string(image) +
                R"(}]}}}, "Parameters": {"Tag": {"Type": "String", "Default": "1"}}})",
            Format::json, "web.json", {}, nullptr, nullptr, surroundings);
        ASSERT_TRUE(task) << task.error().what();
        EXPECT_EQ(task->containers.at(0).image, "shop/web:9") << image;
    }
}

TEST(CloudFormation, HasExactlyOneTaskDefinition) {
    EXPECT_EQ(fault(R"({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}})"),
              "web.json: Resources: a template without an AWS::ECS::TaskDefinition");
    EXPECT_EQ(fault(R"({"Resources": {"A": {"Type": "AWS::ECS::TaskDefinition"},
                                      "B": {"Type": "AWS::ECS::TaskDefinition"}}})"),
              "web.json: Resources: more than one AWS::ECS::TaskDefinition: \"A\", \"B\"; a file "
              "declares one task");
    EXPECT_EQ(fault(R"({"Resources": {"A": {"Type": "AWS::ECS::TaskDefinition"}}})"),
              "web.json: expected a task definition (an object), got null");
    EXPECT_EQ(fault(R"({"Resources": 5})"),
              "web.json: Resources: a template without an AWS::ECS::TaskDefinition");
}

/// A template of one container with these fields, and these mappings and parameters.
std::string of_functions(const std::string& fields, const std::string& more) {
    return R"({"Resources": {"Web": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "Family": "f", "ContainerDefinitions": [{"Name": "c", "Image": "i", )" +
           fields + "}]}}}" + more + "}";
}

/// The same element of a list again and again.
std::string times(std::size_t count, const std::string& element) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += (i > 0 ? ", " : "") + element;
    return list;
}

TEST(CloudFormation, AReferenceCopiesNoEndlessText) {
    const auto text =
        of_functions(R"("Command": [)" + times(50, R"({"Ref": "P"})") + "]",
                     R"(, "Parameters": {"P": {"Default": ")" + std::string(500'000, 'a') + "\"}}");
    const auto task = parse_task_definition(text, Format::json, "web.json");
    ASSERT_FALSE(task);
    EXPECT_EQ(task.error().code(), base::Errc::too_large);
    EXPECT_EQ(task.error().what(),
              "web.json: containerDefinitions[0].command[8]: Ref makes too long a text");
}

TEST(CloudFormation, AMappingIsNotCopiedWithoutEnd) {
    const auto text =
        of_functions(R"("Command": [)" + times(500, R"({"Fn::FindInMap": ["A", "B", "C"]})") + "]",
                     R"(, "Mappings": {"A": {"B": {"C": [)" + times(1000, "1") + "]}}}");
    EXPECT_NE(fault(text).find("]: Fn::FindInMap makes too long a text"), std::string::npos)
        << fault(text).substr(0, 200);
}

TEST(CloudFormation, WhatStandsBetweenTextsCounts) {
    const auto text = of_functions(R"("User": {"Fn::Join": [")" + std::string(100'000, '-') +
                                       "\", [" + times(100, R"("")") + "]]}",
                                   "");
    EXPECT_EQ(fault(text),
              "web.json: containerDefinitions[0].user: Fn::Join makes too long a text");
}

TEST(CloudFormation, FunctionsInFunctionsAreNotToldWithoutEnd) {
    std::string names;
    for (int i = 0; i < 30; ++i)
        names += "${A}";
    std::string value = R"("")";
    for (int i = 0; i < 4; ++i)
        value = R"({"Fn::Sub": [")" + names + R"(", {"A": )" + value + "}]}";
    EXPECT_EQ(fault(of_functions(R"("User": )" + value, "")),
              "web.json: containerDefinitions[0].user: Fn::Sub makes too long a text");
}

TEST(CloudFormation, FunctionsMakeNoEndlessText) {
    const auto text = R"({"Resources": {"Web": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "Family": "f", "ContainerDefinitions": [{"Name": "c", "Image": {"Fn::Sub": ")" +
                      [] {
                          std::string names;
                          for (int i = 0; i < 1000; ++i)
                              names += "${A}";
                          return names;
                      }() +
                      R"("}}]}}}, "Parameters": {"A": {"Default": ")" + std::string(10'000, 'a') +
                      "\"}}}";
    EXPECT_EQ(fault(text),
              "web.json: containerDefinitions[0].image: Fn::Sub makes too long a text");
}

// As `aws ecs register-task-definition --generate-cli-skeleton` prints it (the words in it are chosen at
// random), with a family, a name and an image filled in.
constexpr std::string_view skeleton = R"({
 "family": "web", "taskRoleArn": "", "executionRoleArn": "", "networkMode": "bridge",
 "containerDefinitions": [{
   "name": "app", "image": "shop/web", "repositoryCredentials": {"credentialsParameter": ""},
   "cpu": 0, "memory": 0, "memoryReservation": 0, "links": [""],
   "portMappings": [{"containerPort": 0, "hostPort": 0, "protocol": "udp", "name": "",
                     "appProtocol": "http", "containerPortRange": ""}],
   "essential": true,
   "restartPolicy": {"enabled": true, "ignoredExitCodes": [0], "restartAttemptPeriod": 0},
   "entryPoint": [""], "command": [""], "environment": [{"name": "", "value": ""}],
   "environmentFiles": [{"value": "", "type": "s3"}],
   "mountPoints": [{"sourceVolume": "", "containerPath": "", "readOnly": true}],
   "volumesFrom": [{"sourceContainer": "", "readOnly": true}],
   "linuxParameters": {"capabilities": {"add": [""], "drop": [""]},
     "devices": [{"hostPath": "", "containerPath": "", "permissions": ["mknod"]}],
     "initProcessEnabled": true, "sharedMemorySize": 0,
     "tmpfs": [{"containerPath": "", "size": 0, "mountOptions": [""]}], "maxSwap": 0, "swappiness": 0},
   "secrets": [{"name": "", "valueFrom": ""}],
   "dependsOn": [{"containerName": "", "condition": "HEALTHY"}],
   "startTimeout": 0, "stopTimeout": 0, "versionConsistency": "disabled", "hostname": "", "user": "",
   "workingDirectory": "", "disableNetworking": true, "privileged": true,
   "readonlyRootFilesystem": true, "dnsServers": [""], "dnsSearchDomains": [""],
   "extraHosts": [{"hostname": "", "ipAddress": ""}], "dockerSecurityOptions": [""],
   "interactive": true, "pseudoTerminal": true, "dockerLabels": {"KeyName": ""},
   "ulimits": [{"name": "data", "softLimit": 0, "hardLimit": 0}],
   "logConfiguration": {"logDriver": "awsfirelens", "options": {"KeyName": ""},
     "secretOptions": [{"name": "", "valueFrom": ""}]},
   "healthCheck": {"command": [""], "interval": 0, "timeout": 0, "retries": 0, "startPeriod": 0},
   "systemControls": [{"namespace": "", "value": ""}],
   "resourceRequirements": [{"value": "", "type": "InferenceAccelerator"}],
   "firelensConfiguration": {"type": "fluentd", "options": {"KeyName": ""}},
   "credentialSpecs": [""]}],
 "volumes": [{"name": "", "host": {"sourcePath": ""},
   "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": true, "driver": "",
     "driverOpts": {"KeyName": ""}, "labels": {"KeyName": ""}},
   "efsVolumeConfiguration": {"fileSystemId": "", "rootDirectory": "", "transitEncryption": "ENABLED",
     "transitEncryptionPort": 0, "authorizationConfig": {"accessPointId": "", "iam": "ENABLED"}},
   "s3filesVolumeConfiguration": {"fileSystemArn": "", "rootDirectory": "",
     "transitEncryptionPort": 0, "accessPointArn": ""},
   "fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "", "rootDirectory": "",
     "authorizationConfig": {"credentialsParameter": "", "domain": ""}},
   "configuredAtLaunch": true}],
 "placementConstraints": [{"type": "memberOf", "expression": ""}],
 "requiresCompatibilities": ["EXTERNAL"], "cpu": "", "memory": "", "tags": [{"key": "", "value": ""}],
 "pidMode": "host", "ipcMode": "host",
 "proxyConfiguration": {"type": "APPMESH", "containerName": "",
   "properties": [{"name": "", "value": ""}]},
 "inferenceAccelerators": [{"deviceName": "", "deviceType": ""}], "ephemeralStorage": {"sizeInGiB": 0},
 "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "WINDOWS_SERVER_20H2_CORE"},
 "enableFaultInjection": false})";

TEST(Skeleton, IsTakenWithWhatWasFilledIn) {
    Texts notices;
    const auto task = taken_form(skeleton, Format::json, &notices);
    EXPECT_EQ(notices.size(), 3U) << "not filled in, says nothing, the skeleton's own";
    auto wanted = parsed(R"({"family": "web", "pidMode": "host", "ipcMode": "host",
        "containerDefinitions": [{"name": "app", "image": "shop/web", "privileged": true,
        "readonlyRootFilesystem": true, "interactive": true, "pseudoTerminal": true,
        "restartPolicy": {"enabled": true, "ignoredExitCodes": [0]}}]})");
    EXPECT_EQ(task, wanted);
}

TEST(Skeleton, WithoutAnImageIsRefused) {
    EXPECT_EQ(fault(R"({"family": "", "containerDefinitions": [{"name": "", "image": ""}]})"),
              R"(web.json: family: expected 1 to 255 letters, digits, '-' and '_', got "")");
}

TEST(BlankParts, OfListsLeaveTheOthersInTheirPlaces) {
    EXPECT_EQ(
        fault(with_container(
            R"("environment": [{"name": "", "value": ""}, {"name": "A", "value": 5}])")),
        "web.json: containerDefinitions[0].environment[1].value: expected a string (quote it), "
        "got a number");
}

} // namespace
} // namespace agent::definition
