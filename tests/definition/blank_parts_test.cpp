// What was chosen is kept, also where all beside it is empty; only in the skeleton that AWS's command line prints
// are words and flags nobody's.

#include "agent/definition/host_architecture.hpp"
#include "tests/definition/parsed.hpp"
#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

using Texts = std::vector<std::string>;

/// Why it is refused where nothing unsupported may be left out.
std::string strict_fault(const std::string& text) {
    Host host;
    host.unsupported = {{"*", tables::Unsupported::refuse}};
    const auto result = parse_task_definition(text, Format::json, "web.json", host);
    return result ? "no error" : result.error().what();
}

const std::string container = "containerDefinitions[0].";
const std::string blank = ": not filled in, as good as absent";
const std::string of_skeleton = ": the skeleton's own, left out; where it is meant, take the "
                                "skeleton's empty fields beside it out of the file";
/// What makes a file a skeleton, as long as it is forgotten there.
constexpr std::string_view key_name = R"("dockerLabels": {"KeyName": ""})";

TEST(BlankParts, ALogDriverWithoutOptionsIsFilledIn) {
    for (const std::string driver : {"none", "journald", "awslogs"}) {
        const auto [task, notices] = taken(with_container(R"("logConfiguration": {"logDriver": ")" +
                                                          driver + R"(", "options": {}})"));
        EXPECT_EQ(task.containers[0].log_configuration, (LogConfiguration{driver, {}, {}}));
        EXPECT_EQ(notices, Texts{}) << driver;
    }
}

TEST(BlankParts, ASharedVolumeStaysShared) {
    const auto [task, notices] = taken(with_task(
        R"("volumes": [{"name": "data", "dockerVolumeConfiguration":
            {"scope": "shared", "autoprovision": true, "driverOpts": {}, "labels": {}}}])"));
    ASSERT_EQ(task.volumes.size(), 1U);
    EXPECT_EQ(task.volumes[0].docker.scope, DockerVolume::Scope::shared);
    EXPECT_TRUE(task.volumes[0].docker.autoprovision);
    EXPECT_EQ(notices, Texts{});
}

TEST(BlankParts, OneWordOfAPlatformIsFilledIn) {
    EXPECT_EQ(
        fault(with_task(R"("runtimePlatform": {"cpuArchitecture": "",
                  "operatingSystemFamily": "WINDOWS_SERVER_2019_CORE"})")),
        "web.json: runtimePlatform.operatingSystemFamily: expected \"LINUX\", which this host "
        "runs, got \"WINDOWS_SERVER_2019_CORE\"");
    const std::string other = host_architecture() == "ARM64" ? "X86_64" : "ARM64";
    const auto text = with_task(R"("runtimePlatform": {"cpuArchitecture": ")" + other +
                                R"(", "operatingSystemFamily": ""})");
    EXPECT_TRUE(strict_fault(text).starts_with(
        "web.json: runtimePlatform.cpuArchitecture: not supported; "))
        << strict_fault(text);
    EXPECT_EQ(fault(text), "no error");
}

TEST(BlankParts, ARouterOfLogsWithoutOptionsIsAskedFor) {
    const auto text =
        with_container(R"("firelensConfiguration": {"type": "fluentbit", "options": {}})");
    EXPECT_TRUE(strict_fault(text).starts_with("web.json: " + container +
                                               "firelensConfiguration: not supported; "))
        << strict_fault(text);
    EXPECT_TRUE(taken(text).notices.at(0).starts_with(
        container + "firelensConfiguration: not supported here and left out; "));
}

TEST(BlankParts, AFlagBesideThemIsKept) {
    const auto [task, notices] = taken(with_container(
        R"("linuxParameters": {"initProcessEnabled": true, "capabilities": {"add": [""]}})"));
    EXPECT_EQ(task.containers[0].linux_parameters.init_process, true);
    EXPECT_EQ(notices, Texts{container + "linuxParameters.capabilities" + blank});
    const auto own =
        taken(with_task(R"("x-ecs-node-agent": {"serviceName": "s", "replaceUnhealthy": false},
                           "tags": [{"key": "", "value": ""}])"));
    EXPECT_EQ(own.task.replace_unhealthy, false);
    EXPECT_EQ(own.notices, Texts{"tags" + blank});
    EXPECT_EQ(
        fault(with_task(R"("x-ecs-node-agent": {"serviceName": "", "replaceUnhealthy": false})")),
        "no error");
    EXPECT_EQ(
        taken(with_task(R"("x-ecs-node-agent": {"serviceName": "", "replaceUnhealthy": false})"))
            .task.replace_unhealthy,
        false);
}

TEST(BlankParts, AZeroThatMeansSomethingIsKeptBesideThem) {
    const auto [task, notices] = taken(with_container(
        R"("memory": 64, "linuxParameters": {"maxSwap": 0, "capabilities": {"drop": [""]}})"));
    EXPECT_EQ(task.containers[0].linux_parameters.max_swap_mib, 0);
    EXPECT_EQ(notices, Texts{container + "linuxParameters.capabilities" + blank});
}

TEST(BlankParts, ACheckOfZerosIsNone) {
    for (const auto* check :
         {R"({"command": [], "interval": 0, "timeout": 0, "retries": 0, "startPeriod": 0})",
          R"({"interval": 0, "timeout": 0, "retries": 0, "startPeriod": 0})", R"({"command": []})",
          R"({"command": null})", R"({"command": [""], "interval": 0})",
          R"({"command": null, "interval": null, "timeout": null})"}) {
        const auto [task, notices] =
            taken(with_container(R"("healthCheck": )" + std::string(check)));
        EXPECT_EQ(task, plain()) << check;
        EXPECT_EQ(notices, Texts{container + "healthCheck" + blank}) << check;
    }
}

TEST(BlankParts, TimesOfNoCheckAreNone) {
    for (const auto* check : {R"({"command": null, "interval": 30})", R"({"interval": 1})",
                              R"({"command": [], "retries": 3, "startPeriod": "10"})",
                              R"({"command": [""], "interval": 30})"}) {
        const auto [task, notices] =
            taken(with_container(R"("healthCheck": )" + std::string(check)));
        EXPECT_EQ(task, plain()) << check;
        EXPECT_EQ(notices,
                  Texts{container +
                        "healthCheck: without a command, so that there is no health check of it"})
            << check;
    }
    // It would be lost without a word.
    EXPECT_EQ(
        fault(with_container(R"("healthCheck": {"comand": ["CMD", "/check"], "interval": 30})")),
        "web.json: " + container + "healthCheck.comand: unknown field");
}

TEST(BlankParts, ARestartPolicyOfZerosIsNone) {
    for (const auto* policy :
         {R"({"restartAttemptPeriod": 0})",
          R"({"ignoredExitCodes": [], "restartAttemptPeriod": 0})", R"({"enabled": null})"}) {
        const auto [task, notices] =
            taken(with_container(R"("restartPolicy": )" + std::string(policy)));
        EXPECT_EQ(task, plain()) << policy;
        EXPECT_EQ(notices, Texts{container + "restartPolicy" + blank}) << policy;
    }
    const auto [task, notices] =
        taken(with_container(R"("restartPolicy": {"enabled": false, "ignoredExitCodes": []})"));
    EXPECT_EQ(notices, Texts{}) << "said, as AWS's tools print it";
    EXPECT_EQ(fault(with_container(R"("restartPolicy": {"ignoredExitCodes": [1]})")),
              "web.json: " + container + "restartPolicy.enabled: required");
}

TEST(BlankParts, AGpuOfNoNumberIsRefused) {
    EXPECT_EQ(fault(with_container(R"("resourceRequirements": [{"type": "GPU", "value": ""}])")),
              "web.json: " + container +
                  "resourceRequirements[0].value: expected a number of GPUs "
                  "from 1 such as \"1\", got \"\"");
}

TEST(BlankParts, AnEmptyMapIsNoneAndNobodyIsTold) {
    for (const auto* field :
         {R"("dockerLabels": {})", R"("portMappings": [])", R"("linuxParameters": {})"}) {
        const auto [task, notices] = taken(with_container(field));
        EXPECT_EQ(task, plain()) << field;
        EXPECT_EQ(notices, Texts{}) << field;
    }
}

TEST(BlankParts, ARowOfPortsWithoutAPortIsEmpty) {
    for (
        const auto* row :
        {R"({"containerPort": 0, "protocol": "tcp"})",
         R"({"containerPort": 0, "hostPort": 0, "protocol": "tcp", "name": "", "appProtocol": "http"})",
         R"({"containerPort": "", "protocol": "tcp"})"}) {
        const auto [task, notices] =
            taken(with_container(R"("portMappings": [)" + std::string(row) + "]"));
        EXPECT_EQ(task, plain()) << row;
        EXPECT_EQ(notices, Texts{container + "portMappings" + blank}) << row;
    }
    const auto both = taken(with_container(
        R"("portMappings": [{"containerPort": 0, "protocol": "tcp"}, {"containerPort": 80}])"));
    EXPECT_EQ(both.task, parsed(with_container(R"("portMappings": [{"containerPort": 80}])")));
    EXPECT_EQ(both.notices, Texts{container + "portMappings[0]" + blank});
    EXPECT_EQ(fault(with_container(
                  R"("portMappings": [{"containerPort": 0, "hostPort": 80, "protocol": "tcp"}])")),
              "web.json: " + container +
                  "portMappings[0].containerPort: required, or a containerPortRange");
}

TEST(BlankParts, OfOneForgottenMapTakeNothingElseAlong) {
    const auto beside = [](const std::string& fields) {
        return with_container(std::string(key_name) + ", " + fields);
    };
    EXPECT_EQ(fault(beside(R"("disableNetworking": true)")),
              "web.json: " + container +
                  "disableNetworking: not supported; set the task's networkMode to \"none\"");
    EXPECT_EQ(fault(with_container(
                  key_name,
                  R"("runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2019_CORE"},
                                "proxyConfiguration": {"type": "APPMESH", "containerName": "app"})")),
              "web.json: runtimePlatform.operatingSystemFamily: expected \"LINUX\", which this "
              "host runs, "
              "got \"WINDOWS_SERVER_2019_CORE\"");
    const auto limits =
        taken(beside(R"("ulimits": [{"name": "core", "softLimit": 0, "hardLimit": 0}],
                  "logConfiguration": {"logDriver": "none", "options": {}})"));
    EXPECT_EQ(limits.task.containers[0].ulimits, (std::vector<Ulimit>{{"core", 0, 0}}));
    EXPECT_EQ(limits.task.containers[0].log_configuration->driver, "none");
    EXPECT_EQ(limits.notices, Texts{container + "dockerLabels" + blank});
}

TEST(BlankParts, WhatTheSkeletonAsksForIsToldByItsName) {
    const auto [task, notices] = taken(with_container(
        std::string(key_name) + R"(, "disableNetworking": true, "dnsServers": [""],
            "ulimits": [{"name": "data", "softLimit": 0, "hardLimit": 0}], "systemControls":
            [{"namespace": "", "value": ""}])",
        R"("runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "WINDOWS"},
           "ephemeralStorage": {"sizeInGiB": 0})"));
    EXPECT_EQ(task, plain());
    EXPECT_EQ(notices, (Texts{container + "dockerLabels, " + container + "dnsServers, " +
                                  container + "systemControls" + blank,
                              container + "disableNetworking, " + container +
                                  "ulimits, runtimePlatform" + of_skeleton}));
}

} // namespace
} // namespace agent::definition
