// What stands beside a definition in the form of `aws ecs run-task --overrides`.

#include "agent/definition/parse.hpp"
#include "agent/definition/tasks_folder.hpp"
#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace agent::definition {
namespace {

class OverridesTest : public testing::Test {
protected:
    OverridesTest() {
        std::filesystem::create_directory(folder.path("tasks.d"));
        write("web.json", R"({"family": "web", "cpu": "256", "memory": "512",
            "containerDefinitions": [
              {"name": "app", "image": "<IMAGE>", "command": ["serve"], "cpu": 10, "memory": 100,
               "repositoryCredentials": {"credentialsParameter": "login"},
               "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
               "secrets": [{"name": "PASSWORD", "valueFrom": "p"}, {"name": "KEY", "valueFrom": "k"}],
               "portMappings": [{"containerPort": 80}],
               "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}}},
              {"name": "side", "image": "nginx"}]})");
    }

    void write(const std::string& name, const std::string& text) {
        folder.write("tasks.d/" + name, text);
    }
    std::string path(const std::string& name) const { return folder.path("tasks.d/" + name); }
    FolderReading read() { return read_tasks_folder(folder.path("tasks.d"), host).value(); }
    TaskFile only() {
        auto reading = read();
        EXPECT_EQ(reading.files.size(), 1U);
        return reading.files.at(0);
    }
    std::string fault() {
        const auto file = only();
        return file.definition ? "no error" : file.definition.error().what();
    }

    fakes::TemporaryFolder folder;
    stand_ins::StandIns host;
};

TEST_F(OverridesTest, ChangeWhatTheyNameAndNothingElse) {
    write("web.overrides.yaml", R"(
cpu: "512"
memory: 1 GB
taskRoleArn: dev
executionRoleArn: exec
ephemeralStorage: {sizeInGiB: 30}
containerOverrides:
  - name: app
    image: web:dev
    command: [debug]
    environment: [{name: B, value: two}, {name: C, value: "3"}, {name: PASSWORD, value: plain}]
    environmentFiles: [{value: /etc/app.env, type: s3}]
    cpu: 20
    memory: 200
    memoryReservation: 50
    portMappings: [{containerPort: 80, hostPort: 8080}]
    logConfiguration: {logDriver: json-file}
)");
    const auto file = only();
    ASSERT_TRUE(file.definition) << file.definition.error().what();
    EXPECT_EQ(file.overrides, "web.overrides.yaml");
    EXPECT_EQ(file.definition->cpu_vcpu, 0.5);
    EXPECT_EQ(file.definition->memory_mib, 1024);
    EXPECT_EQ(file.definition->task_role_arn, "dev");
    EXPECT_EQ(file.definition->execution_role_arn, "exec");
    const auto& app = file.definition->containers.at(0);
    EXPECT_EQ(app.image, "web:dev");
    EXPECT_EQ(app.repository_credentials, "") << "they were for another registry";
    EXPECT_EQ(app.command, std::vector<std::string>{"debug"});
    EXPECT_EQ(app.environment,
              (std::vector<KeyValue>{{"A", "1"}, {"B", "two"}, {"C", "3"}, {"PASSWORD", "plain"}}));
    EXPECT_EQ(app.secrets, (std::vector<Secret>{{"KEY", "k"}}));
    EXPECT_EQ(app.environment_files, std::vector<std::string>{"/etc/app.env"});
    EXPECT_EQ(app.cpu, 20);
    EXPECT_EQ(app.memory, 200);
    EXPECT_EQ(app.memory_reservation, 50);
    EXPECT_EQ(app.port_mappings.at(0).host_port, 8080);
    EXPECT_EQ(app.log_configuration, (LogConfiguration{"json-file", {}, {}}));
    EXPECT_EQ(file.definition->containers.at(1).image, "nginx");
    std::string told;
    for (const auto& each : file.replaced)
        told += to_string(each) + '\n';
    const auto at = [&](int line) {
        return path("web.overrides.yaml") + ':' + std::to_string(line);
    };
    const std::string app_is = "containerDefinitions[0].";
    EXPECT_EQ(told, "cpu: 512 instead of 256, by " + at(2) + "\nmemory: 1 GB instead of 512, by " +
                        at(3) + "\ntaskRoleArn: dev instead of nothing, by " + at(4) +
                        "\nexecutionRoleArn: exec instead of nothing, by " + at(5) +
                        "\nephemeralStorage: as " + at(6) + " says\n" + app_is +
                        "image: web:dev instead of <IMAGE>, by " + at(9) + '\n' + app_is +
                        "command: as " + at(10) + " says\n" + app_is +
                        "environment: B, C, PASSWORD instead of B, the secret PASSWORD, by " +
                        at(11) + '\n' + app_is + "environmentFiles: as " + at(12) + " says\n" +
                        app_is + "cpu: 20 instead of 10, by " + at(13) + '\n' + app_is +
                        "memory: 200 instead of 100, by " + at(14) + '\n' + app_is +
                        "memoryReservation: 50 instead of nothing, by " + at(15) + '\n' + app_is +
                        "portMappings: as " + at(16) + " says\n" + app_is +
                        "logConfiguration: json-file instead of awslogs with options, by " +
                        at(17) + '\n');
}

TEST_F(OverridesTest, TellOfVariablesAndCommandsNoValue) {
    write("web.json", R"({"family": "web", "containerDefinitions": [{"name": "app", "image": "i",
        "command": ["hunter21"], "environment": [{"name": "A", "value": "hunter22"}]}]})");
    write("web.overrides.yaml",
          "containerOverrides:\n- name: app\n  command: [hunter23]\n"
          "  environment: [{name: A, value: hunter24}]\n"
          "  logConfiguration: {logDriver: syslog, options: {token: hunter25}}\n");
    const auto file = only();
    std::string told;
    for (const auto& each : file.replaced)
        told += to_string(each) + '\n';
    EXPECT_EQ(told.find("hunter"), std::string::npos) << told;
    EXPECT_NE(told.find("environment: A instead of A, by "), std::string::npos) << told;
    EXPECT_NE(told.find("syslog with options instead of nothing"), std::string::npos) << told;
}

TEST_F(OverridesTest, ComeBeforeWhatTheHostSays) {
    host.file = "/h.yaml";
    host.images = {{"*", "other", 1}};
    host.log_drivers = {{"*", {"engine", {}}, 1}};
    host.values = {{"<IMAGE>", "host:1", 1}};
    write("web.overrides.json", R"({"values": {"<IMAGE>": "task:1"}, "containerOverrides": [
        {"name": "side", "image": "side:dev", "logConfiguration": {"logDriver": "syslog"}}]})");
    const auto file = only();
    ASSERT_TRUE(file.definition) << file.definition.error().what();
    EXPECT_EQ(file.definition->containers.at(0).image, "other") << "task:1, which stands for it";
    EXPECT_EQ(file.replaced.at(0).now, "task:1");
    EXPECT_EQ(file.replaced.at(0).said_in, path("web.overrides.json") + ":1");
    EXPECT_EQ(file.definition->containers.at(1).image, "side:dev");
    EXPECT_EQ(file.definition->containers.at(1).log_configuration->driver, "syslog");
}

TEST_F(OverridesTest, AreNoTask) {
    write("web.overrides.yaml", "values: {<IMAGE>: web}\n");
    write("other.overrides.yaml", "{}\n");
    const auto reading = read();
    EXPECT_EQ(reading.files.size(), 1U);
    EXPECT_EQ(reading.lone_overrides, std::vector<std::string>{"other.overrides.yaml"});
    EXPECT_FALSE(is_task_file_name("web.overrides.yaml"));
    EXPECT_TRUE(is_task_file_name("overrides.yaml"));
    EXPECT_TRUE(is_overrides_file_name("web.overrides.yml"));
    EXPECT_FALSE(is_overrides_file_name(".web.overrides.yml"));
    EXPECT_FALSE(is_overrides_file_name("web.overrides.txt"));
}

TEST_F(OverridesTest, OfNothingChangeNothing) {
    write("web.json", R"({"family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]})");
    const auto before = only();
    for (const auto* text : {"", "# later\n", "{}", "containerOverrides:\ncpu:\n",
                             "containerOverrides: [{name: c, command: , environment: []}]"}) {
        write("web.overrides.yml", text);
        const auto file = only();
        ASSERT_TRUE(file.definition) << text << file.definition.error().what();
        EXPECT_EQ(*file.definition, *before.definition) << text;
    }
}

TEST_F(OverridesTest, AnUnknownNameIsToldWithBothFiles) {
    write("web.overrides.yaml", "containerOverrides: [{name: app}, {name: ap, image: x}]\n");
    EXPECT_EQ(fault(), path("web.overrides.yaml") +
                           R"(: containerOverrides[1].name: no container "ap" in )" +
                           path("web.json"));
}

TEST_F(OverridesTest, AMistakeIsToldWithTheFileThatHasIt) {
    const auto file = path("web.overrides.yaml");
    struct Wrong {
        std::string text;
        std::string what;
    };
    for (const auto& [text, what] : std::vector<Wrong>{
             {"containerOverrides: [{name: app, cpu: many}]",
              file +
                  R"(: containerOverrides[0].cpu: expected an integer from 0 to 2147483647, got )"
                  R"("many")"},
             {"containerOverrides: [{image: x}]", file + ": containerOverrides[0].name: required"},
             {"containerOverrides: [{name: app}, {name: app}]",
              file + R"(: containerOverrides[1].name: a second container "app")"},
             {"containerOverrides: [{name: app, essential: true}]",
              file + ": containerOverrides[0].essential: unknown field"},
             {"family: x", file + ": family: unknown field"},
             {"containerOverrides: [{name: app, environment: [{name: A, value: 1}]}]",
              file +
                  ": containerOverrides[0].environment[0].value: expected a string (quote it), got "
                  "a number"},
             {"values: {\"<A>\": \"", file + ": not valid YAML: "}}) {
        write("web.overrides.yaml", text);
        const auto said = fault();
        if (what.ends_with("YAML: "))
            EXPECT_TRUE(said.starts_with(what)) << said;
        else
            EXPECT_EQ(said, what) << text;
    }
    // What does not fit together is of both.
    write("web.overrides.yaml",
          "values: {<IMAGE>: web}\ncontainerOverrides: [{name: app, memory: 9000}]");
    EXPECT_TRUE(fault().starts_with(path("web.json") + " with " + file +
                                    ": containerDefinitions[0].memory: must not be greater"))
        << fault();
}

TEST_F(OverridesTest, AreReadWithAllTheirFaultsAndLines) {
    write("web.overrides.yaml", "memory: 1 MB\n"
                                "family: x\n"
                                "values:\n  <A>: []\n  <B>: {}\n"
                                "containerOverrides:\n"
                                "- name: app\n"
                                "  cpu: '10'\n"
                                "  portMappings:\n"
                                "  - {containerPort: 70000, protocol: xx}\n"
                                "  - {containerPort: 80, protocol: yy}\n");
    const auto beside = overrides_beside(path("web.json"));
    EXPECT_EQ(beside.file, path("web.overrides.yaml"));
    EXPECT_EQ(beside.overrides, nullptr);
    std::vector<std::string> fields;
    for (const auto& fault : beside.faults)
        fields.emplace_back(tables::path_of(fault));
    const std::string ports = "containerOverrides[0].portMappings";
    EXPECT_EQ(fields,
              (std::vector<std::string>{"memory", "family", "values.<A>", "values.<B>",
                                        "containerOverrides[0].cpu", ports + "[0].containerPort",
                                        ports + "[0].protocol", ports + "[1].protocol"}));
    EXPECT_EQ(line_of(beside.lines, ports + "[1].protocol"), 11U);
    EXPECT_TRUE(overrides_beside(path("other.json")).file.empty());
    write("web.overrides.json", "{}");
    const auto two = overrides_beside(path("web.json"));
    ASSERT_EQ(two.faults.size(), 1U);
    EXPECT_EQ(two.file, "") << "no telling which";
}

TEST_F(OverridesTest, MayHaveAllThatAwsPrints) {
    const auto overrides_with = [&](const std::string& accelerators) {
        write("web.overrides.json",
              R"({"containerOverrides": [{"name": "app", "image": "web:dev"}],
                  "inferenceAcceleratorOverrides": )" +
                  accelerators + "}");
        const auto file = only();
        EXPECT_TRUE(file.definition) << (file.definition ? "" : file.definition.error().what());
        EXPECT_EQ(file.replaced.size(), 1U) << "the image";
        std::string notices;
        for (const auto& notice : file.findings.notices)
            notices += to_string(notice) + '\n';
        return notices;
    };
    EXPECT_EQ(overrides_with("[]"), "");
    EXPECT_EQ(overrides_with("null"), "");
    EXPECT_EQ(overrides_with(R"([{"deviceName": "d", "deviceType": "eia1.medium"}])"),
              "inferenceAcceleratorOverrides: without effect here, in " +
                  path("web.overrides.json") + "; this agent hands out no accelerators\n");
}

TEST_F(OverridesTest, OfPlaceHoldersHaveTheHostsLimit) {
    write("web.overrides.json", R"({"values": {"<IMAGE>": ")" + std::string(4097, 'a') + "\"}}");
    EXPECT_EQ(fault(), path("web.overrides.json") + ": values.<IMAGE>: at most 4096 bytes");
    write("web.overrides.json",
          R"({"values": {")" + std::string(4097, 'h') + R"(": "", "<IMAGE>": "web"}})");
    EXPECT_TRUE(fault().ends_with("...: at most 4096 bytes")) << fault();
    write("web.overrides.json",
          R"({"values": {"<IMAGE>": "web", "<B>": ")" + std::string(4096, 'a') + "\"}}");
    EXPECT_EQ(fault(), "no error");
}

TEST_F(OverridesTest, OfOneTaskAreInOneFile) {
    write("web.overrides.yaml", "{}");
    write("web.overrides.json", "{}");
    EXPECT_EQ(fault(), path("web.overrides.json") + " and " + path("web.overrides.yaml") +
                           ": only one file of overrides for a task");
}

} // namespace
} // namespace agent::definition
