// What ECS has and this agent does not do is refused by its name, unless it says nothing; what only
// tells ECS where to run a task is passed over and handed out.

#include "agent/definition/host_architecture.hpp"
#include "agent/definition/tables.hpp"
#include "agent/tables/unsupported_fields.hpp"
#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

struct Unsupported {
    std::string_view name;
    std::string_view instead;
};

/// Refused when it says something, taken when it does not.
template <class WithField>
void expect_unsupported(const Unsupported& field, const std::string& place, WithField with_field) {
    const auto text = '"' + std::string(field.name) + "\": ";
    EXPECT_EQ(fault(with_field(text + R"([{"x": 1}])")),
              "web.json: " + place + std::string(field.name) + ": not supported; " +
                  std::string(field.instead));
    for (const auto* empty : {"null", "[]", "{}", "\"\"", "false"})
        EXPECT_EQ(fault(with_field(text + empty)), "no error") << field.name << empty;
}

TEST(Unsupported, OfAContainer) {
    for (const auto& field : std::vector<Unsupported>{
             {"credentialSpecs", "gMSA is for Windows"},
             {"disableNetworking", "set the task's networkMode to \"none\""},
         })
        expect_unsupported(field, "containerDefinitions[0].",
                           [](const std::string& text) { return with_container(text); });
    EXPECT_EQ(fault(with_container(R"("disableNetworking": true)")),
              "web.json: containerDefinitions[0].disableNetworking: not supported; set the task's "
              "networkMode to \"none\"");
}

TEST(Unsupported, OfATask) {
    for (const auto& field : std::vector<Unsupported>{
             {"inferenceAccelerators", "this agent hands out no accelerators"},
         })
        expect_unsupported(field, "", [](const std::string& text) { return with_task(text); });
}

TEST(Unsupported, OfAVolume) {
    constexpr std::string_view mount =
        "say which path of this host stands for it in the host file, under volumes, by the file "
        "system's id or by the volume's name";
    for (const auto& field : std::vector<Unsupported>{
             {"configuredAtLaunch",
              "say here what the volume is, or in the host file under volumes, "
              "by the volume's name"},
             {"efsVolumeConfiguration", mount},
             {"fsxWindowsFileServerVolumeConfiguration", mount},
             {"s3filesVolumeConfiguration", mount},
         })
        expect_unsupported(field, "volumes[0].", [](const std::string& text) {
            return with_task(R"("volumes": [{"name": "v", )" + text + "}]");
        });
}

TEST(Unsupported, OfLogsAndSecurity) {
    EXPECT_EQ(fault(with_container(R"("dockerSecurityOptions": ["credentialspec:file"])")),
              "web.json: containerDefinitions[0].dockerSecurityOptions[0]: not supported; gMSA is "
              "for Windows");
}

/// A definition that has the field at work.
std::string with_unsupported(std::string_view field) {
    constexpr std::string_view of_containers = "containerDefinitions[].";
    constexpr std::string_view of_volumes = "volumes[].";
    const std::string other = host_architecture() == "ARM64" ? "X86_64" : "ARM64";
    if (field == "runtimePlatform.cpuArchitecture")
        return with_task(R"("runtimePlatform": {"cpuArchitecture": ")" + other + "\"}");
    if (field == "containerDefinitions[].healthCheck.command")
        return with_container(R"("healthCheck": {"command": ["/check"]})");
    if (field == "containerDefinitions[].logConfiguration.logDriver")
        return with_container(R"("logConfiguration": {"logDriver": "awsfirelens"})");
    if (field == "containerDefinitions[].repositoryCredentials")
        return with_container(R"("repositoryCredentials": {"credentialsParameter": "a"})");
    if (field == "containerDefinitions[].resourceRequirements[].value")
        return with_container(
            R"("resourceRequirements": [{"type": "InferenceAccelerator", "value": "a"}])");
    const auto said = [&](std::string_view front) {
        return '"' + std::string(field.substr(front.size())) + R"(": [{"x": 1}])";
    };
    if (field.starts_with(of_containers))
        return with_container(said(of_containers));
    if (field.starts_with(of_volumes))
        return with_task(R"("volumes": [{"name": "v", )" + said(of_volumes) + "}]");
    return with_task(said(""));
}

TEST(UnsupportedFields, AreThoseOfWhichTheHostDecides) {
    const stand_ins::StandIns here;
    Surroundings surroundings;
    surroundings.host = &here;
    for (const auto field : tables::unsupported_fields) {
        const auto text = with_unsupported(field);
        for (const auto word : {tables::Unsupported::notice, tables::Unsupported::refuse}) {
            Host host;
            host.unsupported = {{std::string(field), word}};
            const auto task = parse_task_definition(text, Format::json, "web.json", host, nullptr,
                                                    nullptr, surroundings);
            EXPECT_EQ(bool(task), word == tables::Unsupported::notice) << field;
            if (!task) {
                EXPECT_EQ(task.error().code(), base::Errc::unsupported) << task.error().what();
            }
        }
    }
}

/// Expects the rows that are refused or left out to be among them.
template <class T>
void expect_listed(const Table<T>& table, const std::string& path) {
    for (const auto& row : table.rows) {
        const auto field = path + std::string(row.name);
        const bool is_listed = std::ranges::find(tables::unsupported_fields, field) !=
                               tables::unsupported_fields.end();
        EXPECT_TRUE(is_listed || row.support != Support::refused) << field;
    }
}

TEST(UnsupportedFields, AreAllThatTheTablesHave) {
    expect_listed(task_table(), "");
    expect_listed(container_table(), "containerDefinitions[].");
    expect_listed(volume_table(), "volumes[].");
}

using Paths = std::vector<std::string>;

Paths passed_over(std::string_view text) {
    Findings findings;
    const auto result = parse_task_definition(text, Format::json, "t", {}, &findings);
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return findings.passed_over;
}

TEST(PassedOver, IsWhatOnlySaysWhereToRun) {
    EXPECT_EQ(passed_over(with_container(R"("versionConsistency": "disabled")",
                                         R"("requiresCompatibilities": ["EC2", "FARGATE"],
                  "placementConstraints": [{"type": "memberOf", "expression": "a == b"}],
                  "runtimePlatform": {"operatingSystemFamily": "LINUX"},
                  "ephemeralStorage": {"sizeInGiB": 30}, "status": "ACTIVE")")),
              (Paths{"containerDefinitions[0].versionConsistency", "requiresCompatibilities",
                     "placementConstraints", "runtimePlatform", "ephemeralStorage", "status"}));
}

TEST(PassedOver, IsNothingThatSaysNothing) {
    EXPECT_EQ(passed_over(with_container(R"("versionConsistency": "")",
                                         R"("requiresCompatibilities": [], "status": "",
                  "placementConstraints": [], "runtimePlatform": {}, "ephemeralStorage": null,
                  "enableFaultInjection": false, "inferenceAccelerators": [])")),
              Paths{});
}

} // namespace
} // namespace agent::definition
