#include "agent/definition/field_names.hpp"
#include "agent/definition/parse.hpp"
#include "tests/definition/every_field.hpp"
#include "tests/definition/parsed.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace agent::definition {
namespace {

using Json = nlohmann::ordered_json;

/// The values at a path such as "containerDefinitions[].name", in document order.
void find_all(Json& at, std::string_view path, std::vector<Json*>& into) {
    const auto dot = path.find('.');
    auto name = path.substr(0, dot);
    const bool list = name.ends_with("[]");
    name.remove_suffix(list ? 2 : 0);
    if (!at.contains(name))
        return;
    auto& field = at[std::string(name)];
    if (dot == std::string_view::npos)
        into.push_back(&field);
    else if (list)
        for (auto& element : field)
            find_all(element, path.substr(dot + 1), into);
    else
        find_all(field, path.substr(dot + 1), into);
}

/// Honoured fields that hold a value and no object.
std::vector<std::string> leaves() {
    auto all = honoured_fields();
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (i + 1 == all.size() ||
            (!all[i + 1].starts_with(all[i] + '.') && !all[i + 1].starts_with(all[i] + "[].")))
            kept.push_back(all[i]);
    return kept;
}

const std::string container = "containerDefinitions[].";

/// For each field another value than every_field has where it has the field first.
const std::map<std::string, Json> other_values{
    {"family", "other"},
    {"revision", 8},
    {"pidMode", "host"},
    {"ipcMode", "none"},
    {"cpu", ".25 vcpu"},
    {"memory", 2048},
    {"taskRoleArn", "other"},
    {"executionRoleArn", "other"},
    {"metadataEnable", false},
    {"x-ecs-node-agent.run", "always"},
    {"x-ecs-node-agent.replaceUnhealthy", false},
    {"x-ecs-node-agent.serviceName", "other"},
    {"x-ecs-node-agent.associations[].type", "other"},
    {"x-ecs-node-agent.associations[].name", "other"},
    {"x-ecs-node-agent.associations[].value", "other"},
    {"x-ecs-node-agent.associations[].containers", {"third"}},
    {"tags[].key", "other"},
    {"tags[].value", "other"},
    {"volumes[].name", "other"},
    {"volumes[].host.sourcePath", "/srv/other"},
    {"volumes[].dockerVolumeConfiguration.scope", "task"},
    {"volumes[].dockerVolumeConfiguration.autoprovision", false},
    {"volumes[].dockerVolumeConfiguration.driver", "other"},
    {"volumes[].dockerVolumeConfiguration.driverOpts", {{"type", "tmpfs"}}},
    {"volumes[].dockerVolumeConfiguration.labels", {{"team", "b"}}},
    {container + "name", "other"},
    {container + "image", "other"},
    {container + "command", {"other"}},
    {container + "entryPoint", {"other"}},
    {container + "essential", true},
    {container + "cpu", 257},
    {container + "memory", 129},
    {container + "memoryReservation", 65},
    {container + "environment[].name", "B"},
    {container + "environment[].value", "2"},
    {container + "environmentFiles[].value", "/etc/other.env"},
    {container + "secrets[].name", "OTHER"},
    {container + "secrets[].valueFrom", "other"},
    {container + "repositoryCredentials.credentialsParameter", "other"},
    {container + "portMappings[].containerPort", 81},
    {container + "portMappings[].hostPort", 8081},
    {container + "portMappings[].protocol", "tcp"},
    {container + "portMappings[].name", "other"},
    {container + "portMappings[].appProtocol", "grpc"},
    {container + "portMappings[].containerPortRange", "9000-9011"},
    {container + "mountPoints[].sourceVolume", "kept"},
    {container + "mountPoints[].containerPath", "/other"},
    {container + "mountPoints[].readOnly", false},
    {container + "volumesFrom[].sourceContainer", "third"},
    {container + "volumesFrom[].readOnly", false},
    {container + "links", {"side"}},
    {container + "dependsOn[].containerName", "third"},
    {container + "dependsOn[].condition", "START"},
    {container + "startTimeout", 21},
    {container + "stopTimeout", 11},
    {container + "healthCheck.command", {"NONE"}},
    {container + "healthCheck.interval", 11},
    {container + "healthCheck.timeout", 4},
    {container + "healthCheck.retries", 4},
    {container + "healthCheck.startPeriod", 16},
    {container + "restartPolicy.enabled", false},
    {container + "restartPolicy.ignoredExitCodes", {3, 0}},
    {container + "restartPolicy.restartAttemptPeriod", 61},
    {container + "logConfiguration.logDriver", "syslog"},
    {container + "logConfiguration.options", {{"max-size", "2m"}}},
    {container + "logConfiguration.secretOptions[].name", "other"},
    {container + "logConfiguration.secretOptions[].valueFrom", "other"},
    {container + "ulimits[].name", "nproc"},
    {container + "ulimits[].softLimit", 99},
    {container + "ulimits[].hardLimit", -1},
    {container + "user", "other"},
    {container + "workingDirectory", "/other"},
    {container + "hostname", "other"},
    {container + "privileged", false},
    {container + "readonlyRootFilesystem", false},
    {container + "linuxParameters.capabilities.add", {"NET_ADMIN", "SYS_TIME"}},
    {container + "linuxParameters.capabilities.drop", {"CHOWN"}},
    {container + "linuxParameters.devices[].hostPath", "/dev/zero"},
    {container + "linuxParameters.devices[].containerPath", "/dev/other"},
    {container + "linuxParameters.devices[].permissions", {"read"}},
    {container + "linuxParameters.initProcessEnabled", false},
    {container + "linuxParameters.sharedMemorySize", 17},
    {container + "linuxParameters.tmpfs[].containerPath", "/other"},
    {container + "linuxParameters.tmpfs[].size", 9},
    {container + "linuxParameters.tmpfs[].mountOptions", {"noexec", "mode=700"}},
    {container + "linuxParameters.maxSwap", 0},
    {container + "linuxParameters.swappiness", 0},
    {container + "dnsServers", {"2001:db8::53"}},
    {container + "dnsSearchDomains", {"other"}},
    {container + "extraHosts[].hostname", "other"},
    {container + "extraHosts[].ipAddress", "host-gateway"},
    {container + "dockerLabels", {{"team", "b"}}},
    {container + "systemControls[].namespace", "net.ipv4.ip_forward"},
    {container + "systemControls[].value", "1001"},
    {container + "dockerSecurityOptions", {"label:disable"}},
    {container + "resourceRequirements[].value", "3"},
    {container + "interactive", false},
    {container + "pseudoTerminal", false},
    {container + "metadataEnable", true},
};

TEST(CanonicalForm, ComesBackAsTheSameDefinition) {
    for (const auto text : {every_field, smallest}) {
        const auto task = parsed(text);
        const auto form = canonical_form(task);
        const auto again = from_canonical(form);
        ASSERT_TRUE(again) << again.error().what();
        EXPECT_EQ(*again, task);
        EXPECT_EQ(canonical_form(*again), form);
    }
}

TEST(CanonicalForm, ChangesWithEveryHonouredField) {
    const auto task = parsed(every_field);
    for (const auto& path : leaves()) {
        if (path == "networkMode") // Most modes forbid other fields; its own test is below.
            continue;
        auto document = Json::parse(every_field);
        std::vector<Json*> places;
        find_all(document, path, places);
        ASSERT_FALSE(places.empty()) << path << " is missing in every_field";
        ASSERT_TRUE(other_values.contains(path)) << path << " has no other value";
        *places.front() = other_values.at(path);
        const auto other = parsed(document.dump());
        EXPECT_NE(other, task) << path;
        const auto form = canonical_form(other);
        EXPECT_NE(form, canonical_form(task)) << path;
        const auto again = from_canonical(form);
        ASSERT_TRUE(again) << path << again.error().what();
        EXPECT_EQ(*again, other) << path;
    }
}

TEST(CanonicalForm, ChangesWithTheNetworkMode) {
    std::vector<std::string> forms;
    for (const std::string mode : {"bridge", "host", "none", "awsvpc"}) {
        auto document = Json::parse(smallest);
        document["networkMode"] = mode;
        const auto task = parsed(document.dump());
        forms.push_back(canonical_form(task));
        EXPECT_EQ(from_canonical(forms.back()).value(), task);
    }
    std::ranges::sort(forms);
    EXPECT_EQ(std::ranges::adjacent_find(forms), forms.end());
}

// Host ports follow from the network mode, those of a range too.
TEST(CanonicalForm, KeepsPortsOfEveryNetworkMode) {
    const auto task = parsed(R"({"family": "f", "networkMode": "awsvpc", "containerDefinitions": [
        {"name": "c", "image": "i", "portMappings": [{"containerPortRange": "80-90"},
                                                     {"containerPort": 91}]}]})");
    EXPECT_EQ(from_canonical(canonical_form(task)).value(), task);
}

TEST(CanonicalForm, IsEqualForEqualContentHoweverItIsWritten) {
    constexpr std::string_view a = R"({"family": "f", "containerDefinitions": [{"name": "c",
        "image": "i", "dockerLabels": {"x": "1", "y": "2"}, "stopTimeout": null,
        "linuxParameters": {"devices": [{"hostPath": "/dev/null"}]}, "healthCheck": {}}]})";
    constexpr std::string_view b = R"(
containerDefinitions:
- image: i
  cpu: 0
  dockerLabels: {y: '2', x: '1'}
  linuxParameters:
    capabilities: {add: [], drop: []}
    devices:
    - permissions: [mknod, write, read]
      containerPath: /dev/null
      hostPath: /dev/null
  name: c
family: f
networkMode: bridge
pidMode: # not said
)";
    EXPECT_EQ(canonical_form(parsed(a)), canonical_form(parsed(b, Format::yaml)));
}

// So that a field which is new in a later version changes no definition without it.
TEST(CanonicalForm, LeavesOutWhatIsAtItsDefault) {
    EXPECT_EQ(canonical_form(parsed(smallest)),
              R"({"family":"f","containerDefinitions":[{"name":"c","image":"i"}]})");
}

TEST(CanonicalForm, KeepsAwkwardCharacters) {
    TaskDefinition task = parsed(every_field);
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

} // namespace
} // namespace agent::definition
