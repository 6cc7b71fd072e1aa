// A definition as it is on this host: what stands here for its images, log drivers, file systems and place
// holders.

#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

using stand_ins::StandIns;

class Adaptation : public testing::Test {
protected:
    Adaptation() { host.file = "/h.yaml"; }

    TaskDefinition read(const std::string& text) {
        replaced.clear();
        Surroundings surroundings;
        surroundings.host = &host;
        surroundings.replaced = &replaced;
        const auto task = parse_task_definition(text, Format::json, "web.json", {}, nullptr,
                                                nullptr, surroundings);
        EXPECT_TRUE(task) << (task ? "" : task.error().what());
        return task ? *task : TaskDefinition();
    }
    std::string fault_of(const std::string& text) {
        Surroundings surroundings;
        surroundings.host = &host;
        const auto task = parse_task_definition(text, Format::json, "web.json", {}, nullptr,
                                                nullptr, surroundings);
        return task ? "no error" : task.error().what();
    }
    /// What was replaced, a line each.
    std::string told() const {
        std::string lines;
        for (const auto& each : replaced)
            lines += to_string(each) + '\n';
        return lines;
    }

    StandIns host;
    std::vector<Replacement> replaced;
};

TEST_F(Adaptation, AnImageIsWhatStandsForIt) {
    host.images = {{"*.amazonaws.com/shop:*", "shop:dev", 3}, {"<IMAGE1_NAME>", "web:dev", 4}};
    const auto task = read(with_containers(
        R"({"name": "a", "image": "1.dkr.ecr.x.amazonaws.com/shop:1",
            "repositoryCredentials": {"credentialsParameter": "login"}},
           {"name": "b", "image": "<IMAGE1_NAME>"},
           {"name": "c", "image": "nginx", "repositoryCredentials": {"credentialsParameter": "l"}})"));
    EXPECT_EQ(task.containers[0].image, "shop:dev");
    EXPECT_EQ(task.containers[0].repository_credentials, "") << "they were for another registry";
    EXPECT_EQ(task.containers[1].image, "web:dev");
    EXPECT_EQ(task.containers[2].image, "nginx");
    EXPECT_EQ(task.containers[2].repository_credentials, "l");
    EXPECT_EQ(told(), "containerDefinitions[0].image: shop:dev instead of "
                      "1.dkr.ecr.x.amazonaws.com/shop:1, by /h.yaml:3\n"
                      "containerDefinitions[1].image: web:dev instead of <IMAGE1_NAME>, by "
                      "/h.yaml:4\n");
}

TEST_F(Adaptation, WhatIsPutInIsCheckedAsWhatIsWritten) {
    host.images = {{"nginx", "NGINX", 1}};
    EXPECT_NE(fault_of(with_container("")).find("containerDefinitions[0].image: not an image"),
              std::string::npos);
}

TEST_F(Adaptation, PlaceHoldersAreFilledInEverywhere) {
    host.values = {{"<FAMILY>", "shop", 2}, {"${ENV}", "dev", 3}, {"{{ must_env `TAG` }}", "7", 4}};
    const auto task = read(R"({"family": "<FAMILY>-${ENV}", "taskRoleArn": "<FAMILY>",
        "containerDefinitions": [{"name": "<FAMILY>", "image": "web:{{ must_env `TAG` }}",
          "command": ["--env=${ENV}"], "environment": [{"name": "E", "value": "${ENV}${OTHER}"}]}]})");
    EXPECT_EQ(task.family, "shop-dev");
    EXPECT_EQ(task.task_role_arn, "shop");
    EXPECT_EQ(task.containers[0].name, "shop");
    EXPECT_EQ(task.containers[0].image, "web:7");
    EXPECT_EQ(task.containers[0].command, std::vector<std::string>{"--env=dev"});
    EXPECT_EQ(task.containers[0].environment[0].value, "dev${OTHER}");
    EXPECT_EQ(told(), "family: shop instead of <FAMILY>, by /h.yaml:2\n"
                      "family: dev instead of ${ENV}, by /h.yaml:3\n"
                      "containerDefinitions[0].image: 7 instead of {{ must_env `TAG` }}, by "
                      "/h.yaml:4\n")
        << "each once, where it stood first";
}

TEST_F(Adaptation, PlaceHoldersAreFilledInInNamesOfLabelsAndOptions) {
    host.values = {{"<LBL>", "team", 2}, {"${PW}", "hunter22", 3}};
    const auto task = read(with_container(
        R"("dockerLabels": {"a": "1", "org.<LBL>": "${PW}", "z": "2"},
           "logConfiguration": {"logDriver": "json-file", "options": {"<LBL>": "x"}})",
        R"("volumes": [{"name": "v", "dockerVolumeConfiguration": {
             "driverOpts": {"<LBL>": "y"}, "labels": {"<LBL>": "z"}}}])"));
    const auto& app = task.containers[0];
    EXPECT_EQ(app.docker_labels, (StringMap{{"a", "1"}, {"org.team", "hunter22"}, {"z", "2"}}));
    EXPECT_EQ(app.log_configuration->options, (StringMap{{"team", "x"}}));
    EXPECT_EQ(task.volumes[0].docker.driver_options, (StringMap{{"team", "y"}}));
    EXPECT_EQ(task.volumes[0].docker.labels, (StringMap{{"team", "z"}}));
    EXPECT_EQ(told(), "containerDefinitions[0].dockerLabels.org.<LBL>: filled in for ${PW}, by "
                      "/h.yaml:3\n"
                      "containerDefinitions[0].dockerLabels.org.<LBL>: team instead of <LBL>, by "
                      "/h.yaml:2\n")
        << "a name is seen anyhow";
    const auto capitals =
        read(R"({"Type": "AWS::ECS::TaskDefinition", "Properties": {"Family": "web",
        "ContainerDefinitions": [{"Name": "app", "Image": "nginx", "DockerLabels": {"<LBL>": "b"}}]}})");
    EXPECT_EQ(capitals.containers[0].docker_labels, (StringMap{{"team", "b"}}));
    EXPECT_EQ(fault_of(with_container(R"("dockerLabels": {"<LBL>": "a", "team": "b"})")),
              "web.json: containerDefinitions[0].dockerLabels.team: is there twice with what "
              "/h.yaml puts in");
    // Elsewhere names are ECS's.
    host.values = {{"image", "user", 1}};
    EXPECT_EQ(read(with_container("")).containers[0].image, "nginx");
}

TEST_F(Adaptation, WhatMayBeASecretIsNotToldButItsPlaceHolderIs) {
    host.values = {
        {"${PW}", "hunter22", 1}, {"${TOKEN}", "hunter33", 2}, {"${ARG}", "hunter44", 3}};
    const std::string told_of_all =
        "containerDefinitions[0].command[0]: filled in for ${ARG}, by /h.yaml:3\n"
        "containerDefinitions[0].environment[0].value: filled in for ${PW}, by /h.yaml:1\n"
        "containerDefinitions[0].logConfiguration.options.token: filled in for ${TOKEN}, by "
        "/h.yaml:2\n";
    const auto task = read(with_container(
        R"("command": ["--pw=${ARG}"], "environment": [{"name": "P", "value": "${PW}"}],
           "logConfiguration": {"logDriver": "json-file", "options": {"token": "a${TOKEN}"}})"));
    EXPECT_EQ(task.containers[0].environment[0].value, "hunter22");
    EXPECT_EQ(told(), told_of_all);
    read(R"({"Type": "AWS::ECS::TaskDefinition", "Properties": {"Family": "web",
        "ContainerDefinitions": [{"Name": "app", "Image": "nginx", "Command": ["${ARG}"],
          "Environment": [{"Name": "P", "Value": "${PW}"}],
          "LogConfiguration": {"LogDriver": "json-file", "Options": {"token": "${TOKEN}"}}}]}})");
    EXPECT_EQ(told(), told_of_all);
    EXPECT_EQ(replaced.at(1).now, "");
}

TEST_F(Adaptation, NoRefusalRepeatsWhatMayBeASecret) {
    host.values = {{"${PW}", "hunter22", 1}, {"DbPassword", "hunter\"33", 2}};
    EXPECT_EQ(fault_of(with_container(R"("command": "run ${PW}")")),
              R"(web.json: containerDefinitions[0].command: expected a list, got "run ${PW}")");
    EXPECT_EQ(
        fault_of(R"({"Type": "AWS::ECS::TaskDefinition", "Properties": {"Family": "web",
        "ContainerDefinitions": [{"Name": "app", "Image": "nginx",
          "Environment": [{"Name": "P", "Value": {"Ref": "DbPassword"}}]}]}})"),
        R"(web.json: containerDefinitions[0].environment[0].value: Ref "DbPassword" cannot be )"
        "told on this host; write there what it stands for");
    const auto cut =
        fault_of(with_container(R"("command": ")" + std::string(74, 'x') + R"(${PW}")"));
    EXPECT_TRUE(cut.ends_with("x${PW}...")) << cut;
    // What stands where it is seen anyhow is told.
    EXPECT_EQ(fault_of(with_container(R"("command": "${PW}", "user": "${PW}")")),
              R"(web.json: containerDefinitions[0].command: expected a list, got "hunter22")");
}

TEST_F(Adaptation, IsDoneInsideOfWhatDescribePrints) {
    host.images = {{"nginx", "nginx:dev", 1}};
    const auto task = read(R"({"taskDefinition": )" + with_container("") + "}");
    EXPECT_EQ(task.containers[0].image, "nginx:dev");
    EXPECT_EQ(replaced.at(0).field, "taskDefinition.containerDefinitions[0].image");
}

TEST_F(Adaptation, ALogDriverIsAnotherWithOtherOptionsOrTheEnginesOwn) {
    const auto text = with_container(
        R"("logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"},
           "secretOptions": [{"name": "o", "valueFrom": "s"}]})");
    host.log_drivers = {{"awslogs", {"json-file", {{"max-size", "1m"}}}, 5}};
    auto task = read(text);
    EXPECT_EQ(task.containers[0].log_configuration,
              (LogConfiguration{"json-file", {{"max-size", "1m"}}, {}}));
    EXPECT_EQ(told(), "containerDefinitions[0].logConfiguration.logDriver: json-file with options "
                      "instead of awslogs, by /h.yaml:5\n");
    host.log_drivers = {{"*", {"engine", {}}, 5}};
    EXPECT_EQ(read(text).containers[0].log_configuration, std::nullopt);
    host.log_drivers = {{"awslogs", {"awslogs", {{"awslogs-region", "r"}}}, 5}};
    task = read(text);
    EXPECT_EQ(task.containers[0].log_configuration->options,
              (StringMap{{"awslogs-group", "g"}, {"awslogs-region", "r"}}));
    EXPECT_EQ(task.containers[0].log_configuration->secret_options.size(), 1U);
    for (const std::string as_asked : {"auto", "awslogs"}) {
        host.log_drivers = {{"awslogs", {as_asked, {}}, 5}};
        EXPECT_EQ(read(text).containers[0].log_configuration->driver, "awslogs");
        EXPECT_EQ(told(), "");
    }
    // A driver that this agent does not run may be replaced too.
    host.log_drivers = {{"awsfirelens", {"json-file", {}}, 5}};
    EXPECT_EQ(read(with_container(R"("logConfiguration": {"logDriver": "awsfirelens"})"))
                  .containers[0]
                  .log_configuration->driver,
              "json-file");
}

struct FileSystem {
    std::string configuration;
    std::string path;
};

TEST_F(Adaptation, AFileSystemIsAPathOfThisHost) {
    host.volumes = {{"fs-12", "/srv/twelve", 7}, {"named", "/srv/named", 8}};
    for (
        const auto& [configuration, path] : std::vector<FileSystem>{
            {R"("efsVolumeConfiguration": {"fileSystemId": "fs-12"})", "/srv/twelve"},
            {R"("efsVolumeConfiguration": {"fileSystemId": "fs-12", "rootDirectory": "/"})",
             "/srv/twelve"},
            {R"("efsVolumeConfiguration": {"fileSystemId": "fs-12", "rootDirectory": "/a/b",
                 "transitEncryption": "ENABLED"})",
             "/srv/twelve/a/b"},
            {R"("efsVolumeConfiguration": {"fileSystemId": "fs-12", "rootDirectory": "../../etc"})",
             "/srv/twelve/etc"},
            {R"("fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "fs-12",
                 "rootDirectory": "share\\data"})",
             "/srv/twelve/share/data"},
            {R"("s3filesVolumeConfiguration": {"fileSystemArn":
                 "arn:aws:s3files:eu-west-1:123456789012:file-system/fs-12"})",
             "/srv/twelve"},
            {R"("host": {}, "efsVolumeConfiguration": {"fileSystemId": "fs-12"})",
             "/srv/twelve"}}) {
        const auto task = read(with_task(R"("volumes": [{"name": "v", )" + configuration + "}]"));
        ASSERT_EQ(task.volumes.size(), 1U) << configuration;
        EXPECT_EQ(task.volumes[0].host_source_path, path) << configuration;
        EXPECT_EQ(replaced.size(), 1U);
    }
    const auto task = read(with_task(R"("volumes": [
        {"name": "named", "efsVolumeConfiguration": {"fileSystemId": "fs-9", "rootDirectory": "/a"}},
        {"name": "none", "efsVolumeConfiguration": {}}])"));
    EXPECT_EQ(task.volumes[0].host_source_path, "/srv/named") << "a name is of the volume itself";
    EXPECT_EQ(task.volumes[1].host_source_path, "");
    EXPECT_EQ(told(),
              "volumes[0].efsVolumeConfiguration: /srv/named instead of fs-9, by /h.yaml:8\n");
    EXPECT_EQ(
        fault_of(with_task(
            R"("volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "x"}}])")),
        "web.json: volumes[0].efsVolumeConfiguration: not supported; say which path of this host "
        "stands for it in the host file, under volumes, by the file system's id or by the "
        "volume's name");
}

TEST_F(Adaptation, AVolumeThatIsDeclaredElsewhereIsAPathOfThisHost) {
    host.volumes = {{"data", "/srv/data", 7}, {"log*", "/srv/log", 8}};
    const std::string mounts = R"([{"sourceVolume": "data", "containerPath": "/data"},
        {"sourceVolume": "logs", "containerPath": "/logs"}])";
    const auto task = read(R"([{"name": "a", "image": "i", "mountPoints": )" + mounts +
                           R"(}, {"name": "b", "image": "i", "mountPoints": )" + mounts + "}]");
    EXPECT_EQ(task.volumes,
              (std::vector<Volume>{{"data", "/srv/data", {}}, {"logs", "/srv/log", {}}}));
    EXPECT_EQ(told(), "containerDefinitions[0].mountPoints[0].sourceVolume: /srv/data instead of "
                      "data, by /h.yaml:7\n"
                      "containerDefinitions[0].mountPoints[1].sourceVolume: /srv/log instead of "
                      "logs, by /h.yaml:8\n");
    const auto declared = read(with_container(R"("mountPoints": )" + mounts,
                                              R"("volumes": [{"name": "data", "host": {}}])"));
    ASSERT_EQ(declared.volumes.size(), 2U);
    EXPECT_EQ(declared.volumes[0].host_source_path, "") << "it says itself what it is";
    EXPECT_EQ(declared.volumes[1].name, "logs");
    host.volumes.pop_back();
    EXPECT_EQ(fault_of(with_container(R"("mountPoints": )" + mounts)),
              "web.json: containerDefinitions[0].mountPoints[1].sourceVolume: no volume \"logs\" "
              "in volumes");
}

TEST_F(Adaptation, ANumberOfATemplateIsTheTextThatStandsThere) {
    host.images = {{"5", "web:5", 1}, {"*", "other", 2}};
    host.volumes = {{"7", "/srv/seven", 3}};
    const auto task = read(R"({"Resources": {"Web": {"Type": "AWS::ECS::TaskDefinition",
        "Properties": {"ContainerDefinitions": [{"Name": "a", "Image": 5},
            {"Name": "b", "Image": {"Ref": "Number"}}, {"Name": "c", "Image": true}],
          "Volumes": [{"Name": 7, "ConfiguredAtLaunch": true}]}}},
        "Parameters": {"Number": {"Default": 5}}})");
    ASSERT_EQ(task.containers.size(), 3U);
    EXPECT_EQ(task.containers[0].image, "web:5");
    EXPECT_EQ(task.containers[1].image, "web:5");
    EXPECT_EQ(task.containers[2].image, "other");
    EXPECT_EQ(task.volumes.at(0).host_source_path, "/srv/seven");
}

TEST_F(Adaptation, WhatIsPutIntoAFileHasALimit) {
    host.values = {{"<", std::string(4096, 'a'), 1}};
    const auto half = stand_ins::max_values_put_in / 4096 / 2 + 1;
    Surroundings surroundings;
    surroundings.host = &host;
    const auto task =
        parse_task_definition(with_container(R"("command": [")" + std::string(half, '<') +
                                             R"(", ")" + std::string(half, '<') + R"("])"),
                              Format::json, "web.json", {}, nullptr, nullptr, surroundings);
    ASSERT_FALSE(task);
    EXPECT_EQ(task.error().code(), base::Errc::too_large);
    EXPECT_EQ(task.error().what(),
              "web.json: containerDefinitions[0].command[1]: /h.yaml puts more "
              "than 4194304 bytes in for place holders");
}

// Whatever the document is, the check has the word.
TEST_F(Adaptation, LeavesOtherShapesToTheCheck) {
    host.images = {{"*", "a", 1}};
    host.volumes = {{"*", "/a", 1}};
    host.log_drivers = {{"*", {"engine", {}}, 1}};
    host.values = {{"a", "b", 1}};
    for (
        const std::string text :
        {"[]", "1", R"("a")", "{}", R"({"containerDefinitions": 1, "volumes": {}})",
         R"({"containerDefinitions": [1, null, [], {"image": 3, "logConfiguration": 4}]})",
         R"({"containerDefinitions": [{"logConfiguration": {"logDriver": {}}}], "volumes": [3]})",
         R"({"taskDefinition": 3})", R"({"volumes": [{"name": [], "efsVolumeConfiguration": 3}]})",
         R"({"containerDefinitions": [{"mountPoints": [{"sourceVolume": "v"}, 3]}], "volumes": 3})"})
        EXPECT_NE(fault_of(text), "no error") << text;
}

} // namespace
} // namespace agent::definition
