// Every rule of a task definition, with the exact words of its refusal.

#include "agent/definition/parse.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace agent::definition {
namespace {

using base::Errc;

std::string fault(std::string_view text, Format format = Format::json) {
    const auto result = parse_task_definition(text, format, "web.json");
    return result ? "no error" : result.error().what();
}

/// A task whose only container has `fields` beside name and image, and `more` fields of its own.
std::string with_container(std::string_view fields, std::string_view more = "") {
    return R"({"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx")" +
           std::string(fields.empty() ? "" : ", ") + std::string(fields) + "}]" +
           std::string(more.empty() ? "" : ", ") + std::string(more) + "}";
}

std::string with_task(std::string_view fields) {
    return with_container("", fields);
}

struct Case {
    std::string_view fields;
    std::string_view reason;
};

TEST(Refusals, OfTheDocument) {
    EXPECT_EQ(fault("[]"), "web.json: expected a task definition (an object), got a list");
    EXPECT_EQ(fault("5"), "web.json: expected a task definition (an object), got 5");
    EXPECT_EQ(fault("", Format::yaml),
              "web.json: expected a task definition (an object), got null");
    EXPECT_EQ(fault(R"({"family": "a", "family": "b"})"), "web.json: family: is there twice");
    EXPECT_EQ(fault("{}"), "web.json: family: required");
    EXPECT_EQ(fault(R"({"family": "web"})"), "web.json: containerDefinitions: required");
    EXPECT_EQ(fault(std::string(max_definition_bytes + 1, ' ')),
              "web.json: larger than 1048576 bytes");
    EXPECT_EQ(fault(R"({"taskDefinition": null})"), "web.json: taskDefinition: required");
    EXPECT_EQ(fault(R"({"taskDefinition": {"family": "a", "containerDefinitions": [{}]}})"),
              "web.json: taskDefinition.containerDefinitions[0].name: required");
    EXPECT_EQ(fault(R"({"taskDefinition": {"family": "a", "containerDefinitions": []}})"),
              "web.json: taskDefinition.containerDefinitions: at least one container is needed");
    EXPECT_EQ(fault(R"({"taskDefinition": {}, "failures": []})"),
              "web.json: taskDefinition.family: required");
    EXPECT_EQ(fault(R"({"failures": [], "taskDefinition": {}})"),
              "web.json: failures: unknown field");
}

TEST(Refusals, OfATasksFields) {
    for (const auto& [fields, reason] : std::vector<Case>{
             {R"("netWorkMode": "host")", "netWorkMode: unknown field"},
             {R"("networkMode": "default")",
              R"(networkMode: expected "bridge", "host", "none" or "awsvpc", got "default")"},
             {R"("networkMode": 5)",
              R"(networkMode: expected "bridge", "host", "none" or "awsvpc", got 5)"},
             {R"("revision": "7")",
              R"(revision: expected an integer from 1 to 2147483647, got "7")"},
             {R"("metadataEnable": "yes")", R"(metadataEnable: expected true or false, got "yes")"},
             {R"("volumes": {})", "volumes: expected a list, got an object"},
             {R"("volumes": [{}])", "volumes[0].name: required"},
             {R"("volumes": [{"name": "a b"}])",
              R"(volumes[0].name: expected 1 to 255 letters, digits, '-' and '_', got "a b")"},
             {R"("volumes": [{"name": "a", "host": {"sourcePath": "srv"}}])",
              R"(volumes[0].host.sourcePath: expected an absolute path, got "srv")"},
             {R"("volumes": [{"name": "a", "host": {"sourcePath": "/a:b"}}])",
              "volumes[0].host.sourcePath: must not contain ':', which Docker's bind syntax "
              "separates by"},
             {R"("volumes": [{"name": "a", "host": {"path": "/a"}}])",
              "volumes[0].host.path: unknown field"},
             {R"("volumes": [{"name": "a", "host": {"sourcePath": "/a"}},
                             {"name": "a", "host": {"sourcePath": "/b"}}])",
              R"(volumes[1].name: a second volume "a")"},
             {R"("tags": [{"value": "x"}])", "tags[0].key: required"},
             {R"("tags": [{"key": ""}])", "tags[0].key: must have 1 to 128 characters"},
             {R"("tags": [{"key": "aws:x"}])", "tags[0].key: the prefix aws: is reserved"},
             {R"("tags": [{"key": "a", "value": 5}])",
              "tags[0].value: expected a string (quote it), got 5"},
             {R"("tags": [{"key": "a"}, {"key": "a"}])", R"(tags[1].key: a second tag "a")"},
         })
        EXPECT_EQ(fault(with_task(fields)), "web.json: " + std::string(reason)) << fields;
}

TEST(Refusals, OfAFamily) {
    const auto family = [](const std::string& name) {
        return fault(R"({"family": ")" + name +
                     R"(", "containerDefinitions": [{"name": "a", "image": "b"}]})");
    };
    EXPECT_EQ(family(std::string(255, 'a')), "no error");
    EXPECT_EQ(family(""),
              R"(web.json: family: expected 1 to 255 letters, digits, '-' and '_', got "")");
    EXPECT_EQ(family("a.b"),
              R"(web.json: family: expected 1 to 255 letters, digits, '-' and '_', got "a.b")");
    EXPECT_TRUE(family(std::string(256, 'a')).ends_with("aaa..."));
}

TEST(Refusals, OfAContainersFields) {
    for (const auto& [fields, reason] : std::vector<Case>{
             {R"("Command": [])", "Command: unknown field"},
             {R"("command": "sh")", R"(command: expected a list, got "sh")"},
             {R"("command": ["sh", 5])", "command[1]: expected a string (quote it), got 5"},
             {R"("entryPoint": [["a"]])", "entryPoint[0]: expected a string, got a list"},
             {R"("command": ["a\u0000b"])", "command[0]: must not contain a NUL character"},
             {R"("essential": "true")", R"(essential: expected true or false, got "true")"},
             {R"("essential": 1)", "essential: expected true or false, got 1"},
             {R"("cpu": "256")", R"(cpu: expected an integer from 0 to 2147483647, got "256")"},
             {R"("cpu": -1)", "cpu: expected an integer from 0 to 2147483647, got -1"},
             {R"("cpu": 1.5)", "cpu: expected an integer from 0 to 2147483647, got 1.5"},
             {R"("cpu": 18446744073709551615)",
              "cpu: expected an integer from 0 to 2147483647, got 18446744073709551615"},
             {R"("memory": "128")",
              R"(memory: expected an integer from 0 to 2147483647, got "128")"},
             {R"("memory": 3)",
              "memory: at least 4 MiB are needed (6 for Docker Engine 20.10 and newer), got 3"},
             {R"("environment": {"A": "b"})", "environment: expected a list, got an object"},
             {R"("environment": [{"value": "b"}])", "environment[0].name: required"},
             {R"("environment": [{"name": ""}])", "environment[0].name: must not be empty"},
             {R"("environment": [{"name": "A=B"}])", "environment[0].name: must not contain '='"},
             {R"("environment": [{"name": "A\u0000"}])",
              "environment[0].name: must not contain a NUL character"},
             {R"("environment": [{"name": "A", "value": "\u0000"}])",
              "environment[0].value: must not contain a NUL character"},
             {R"("environment": [{"name": "A", "value": 8080}])",
              "environment[0].value: expected a string (quote it), got a number"},
             {R"("environment": [{"name": "A", "value": true}])",
              "environment[0].value: expected a string (quote it), got a boolean"},
             {R"("environment": [{"name": "A"}, {"name": "B"}, {"name": "A"}])",
              R"(environment[2].name: a second variable "A")"},
             {R"("dockerLabels": [])", "dockerLabels: expected an object, got a list"},
             {R"("dockerLabels": {"a": 1})", "dockerLabels.a: expected a string (quote it), got 1"},
             {R"("dockerLabels": {"": "x"})",
              "dockerLabels: a label's name must not be empty or contain a NUL character"},
             {R"("dockerLabels": {"com.amazonaws.ecs.cluster": "x"})",
              "dockerLabels.com.amazonaws.ecs.cluster: labels beginning with com.amazonaws.ecs. "
              "are set by the agent"},
             {R"("metadataEnable": 0)", "metadataEnable: expected true or false, got 0"},
         })
        EXPECT_EQ(fault(with_container(fields)),
                  "web.json: containerDefinitions[0]." + std::string(reason))
            << fields;
}

TEST(Refusals, OfPortMappings) {
    for (const auto& [fields, reason] : std::vector<Case>{
             {R"({})", "containerPort: required"},
             {R"({"containerPort": 0})",
              "containerPort: expected an integer from 1 to 65535, got 0"},
             {R"({"containerPort": 65536})",
              "containerPort: expected an integer from 1 to 65535, got 65536"},
             {R"({"containerPort": "80"})",
              R"(containerPort: expected an integer from 1 to 65535, got "80")"},
             {R"({"containerPort": 80, "hostPort": -1})",
              "hostPort: expected an integer from 0 to 65535, got -1"},
             {R"({"containerPort": 80, "protocol": "sctp"})",
              R"(protocol: expected "tcp" or "udp", got "sctp")"},
             {R"({"containerPort": 80, "name": "http"})", "name: not supported yet"},
             {R"({"containerPort": 80, "appProtocol": "http2"})", "appProtocol: not supported yet"},
             {R"({"containerPortRange": "80-90"})", "containerPortRange: not supported yet"},
             {R"({"containerPort": 80, "host": 80})", "host: unknown field"},
         })
        EXPECT_EQ(fault(with_container(R"("portMappings": [)" + std::string(fields) + "]")),
                  "web.json: containerDefinitions[0].portMappings[0]." + std::string(reason))
            << fields;
}

TEST(Refusals, OfPortsThatTheNetworkModeForbids) {
    const auto ports = [](std::string_view mode, std::string_view mappings) {
        return fault(with_container(R"("portMappings": [)" + std::string(mappings) + "]",
                                    R"("networkMode": ")" + std::string(mode) + '"'));
    };
    const std::string place = "web.json: containerDefinitions[0].portMappings";
    EXPECT_EQ(ports("awsvpc", R"({"containerPort": 80, "hostPort": 8080})"),
              place + "[0].hostPort: in network mode awsvpc it must be absent, 0 or the container "
                      "port (80), got 8080");
    EXPECT_EQ(ports("host", R"({"containerPort": 80, "hostPort": 81})"),
              place + "[0].hostPort: in network mode host it must be absent, 0 or the container "
                      "port (80), got 81");
    EXPECT_EQ(ports("none", R"({"containerPort": 80})"),
              place + "[0]: network mode none has no port mappings");
    EXPECT_EQ(ports("awsvpc", R"({"containerPort": 80}, {"containerPort": 80, "hostPort": 80})"),
              place + "[1].containerPort: port 80/tcp is taken by "
                      "containerDefinitions[0].portMappings[0]");
    EXPECT_EQ(ports("bridge", R"({"containerPort": 80, "hostPort": 9}, {"containerPort": 81,
                                  "hostPort": 9})"),
              place +
                  "[1].hostPort: port 9/tcp is taken by containerDefinitions[0].portMappings[0]");
    EXPECT_EQ(ports("bridge", R"({"containerPort": 80, "hostPort": 9}, {"containerPort": 80,
                                  "hostPort": 9, "protocol": "udp"}, {"containerPort": 80},
                                 {"containerPort": 80})"),
              "no error");
}

TEST(Refusals, OfPortsThatTwoContainersShare) {
    EXPECT_EQ(fault(R"({"family": "f", "networkMode": "awsvpc", "containerDefinitions": [
                  {"name": "a", "image": "i", "portMappings": [{"containerPort": 80}]},
                  {"name": "b", "image": "i", "portMappings": [{"containerPort": 80}]}]})"),
              "web.json: containerDefinitions[1].portMappings[0].containerPort: port 80/tcp is "
              "taken by containerDefinitions[0].portMappings[0]");
}

TEST(Refusals, OfMountPoints) {
    const auto mounts = [](std::string_view list) {
        return fault(with_container(R"("mountPoints": [)" + std::string(list) + "]",
                                    R"("volumes": [{"name": "v", "host": {"sourcePath": "/"}}])"));
    };
    const std::string place = "web.json: containerDefinitions[0].mountPoints";
    EXPECT_EQ(mounts(R"({"containerPath": "/a"})"), place + "[0].sourceVolume: required");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v"})"), place + "[0].containerPath: required");
    EXPECT_EQ(mounts(R"({"sourceVolume": "w", "containerPath": "/a"})"),
              place + R"([0].sourceVolume: no volume "w" in volumes)");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "a"})"),
              place + R"([0].containerPath: expected an absolute path, got "a")");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a:ro"})"),
              place + "[0].containerPath: must not contain ':', which Docker's bind syntax "
                      "separates by");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a/.."})"),
              place + "[0].containerPath: must not be the container's root");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a", "readOnly": "true"})"),
              place + R"([0].readOnly: expected true or false, got "true")");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a"},
                        {"sourceVolume": "v", "containerPath": "/b/../a/"})"),
              place + R"([1].containerPath: a second mount at "/b/../a/")");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a"},
                        {"sourceVolume": "v", "containerPath": "/a/b"})"),
              "no error");
}

TEST(Refusals, OfImages) {
    const auto image = [](std::string_view name) {
        return fault(R"({"family": "f", "containerDefinitions": [{"name": "a", "image": ")" +
                     std::string(name) + R"("}]})");
    };
    const std::string place = "web.json: containerDefinitions[0].image: ";
    const std::string no_reference =
        place + "not an image reference such as nginx:1.25 or registry.example:5000/team/app:1 "
                "(names are in lower case), got ";
    EXPECT_EQ(image(""), place + "must not be empty");
    for (const std::string name : {"Nginx", "a b", "-a", "a/", "/a", "a//b", "http://x/y", "a/../b",
                                   "x.y:port/z", "café", "a\\tb"})
        EXPECT_EQ(image(name), no_reference + '"' + name + '"');
    EXPECT_EQ(image("nginx:"),
              place + "after ':' a tag of letters, digits, '_', '.' and '-' is needed, got "
                      "\"nginx:\"");
    EXPECT_EQ(image("nginx@sha256:12"),
              place + "after '@' a digest such as sha256:<64 hexadecimal digits> is needed, got "
                      "\"nginx@sha256:12\"");
    EXPECT_EQ(image(std::string(513, 'a')), place + "longer than 512 characters");
}

TEST(Refusals, OfTheListOfContainers) {
    const auto containers = [](std::string_view list) {
        return fault(R"({"family": "f", "containerDefinitions": )" + std::string(list) + "}");
    };
    const std::string place = "web.json: containerDefinitions";
    EXPECT_EQ(containers("{}"), place + ": expected a list, got an object");
    EXPECT_EQ(containers("[]"), place + ": at least one container is needed");
    EXPECT_EQ(containers("[5]"), place + "[0]: expected an object, got 5");
    EXPECT_EQ(containers(R"([{"image": "i"}])"), place + "[0].name: required");
    EXPECT_EQ(containers(R"([{"name": "a"}])"), place + "[0].image: required");
    EXPECT_EQ(containers(R"([{"name": "a", "image": null}])"), place + "[0].image: required");
    EXPECT_EQ(containers(R"([{"name": "~internal", "image": "i"}])"),
              place +
                  R"([0].name: expected 1 to 255 letters, digits, '-' and '_', got "~internal")");
    EXPECT_EQ(containers(R"([{"name": "a", "image": "i"}, {"name": "a", "image": "i"}])"),
              place + R"([1].name: a second container "a")");
    EXPECT_EQ(containers(R"([{"name": "a", "image": "i", "essential": false}])"),
              place + ": at least one container must be essential");
    std::string many;
    for (std::size_t i = 0; i <= max_containers; ++i)
        many += (i ? ", " : "") + (R"({"image": "i", "name": "c)" + std::to_string(i)) + "\"}";
    EXPECT_EQ(containers("[" + many + "]"), place + ": at most 120 containers, got 121");
}

// What ECS has and this agent does not do yet is refused by its name, unless it says nothing.
TEST(Refusals, OfWhatIsNotHonouredYet) {
    for (const auto* name : {"credentialSpecs",
                             "dependsOn",
                             "disableNetworking",
                             "dnsSearchDomains",
                             "dnsServers",
                             "dockerSecurityOptions",
                             "environmentFiles",
                             "extraHosts",
                             "firelensConfiguration",
                             "healthCheck",
                             "hostname",
                             "interactive",
                             "links",
                             "linuxParameters",
                             "logConfiguration",
                             "memoryReservation",
                             "privileged",
                             "pseudoTerminal",
                             "readonlyRootFilesystem",
                             "repositoryCredentials",
                             "resourceRequirements",
                             "restartPolicy",
                             "secrets",
                             "startTimeout",
                             "stopTimeout",
                             "systemControls",
                             "ulimits",
                             "user",
                             "versionConsistency",
                             "volumesFrom",
                             "workingDirectory"}) {
        const auto field = '"' + std::string(name) + "\": ";
        EXPECT_EQ(fault(with_container(field + "\"x\"")),
                  "web.json: containerDefinitions[0]." + std::string(name) + ": not supported yet");
        for (const auto* empty : {"null", "[]", "{}", "\"\"", "false"})
            EXPECT_EQ(fault(with_container(field + empty)), "no error") << name << empty;
    }
    for (const auto* name :
         {"cpu", "enableFaultInjection", "ephemeralStorage", "executionRoleArn",
          "inferenceAccelerators", "ipcMode", "memory", "pidMode", "placementConstraints",
          "proxyConfiguration", "requiresCompatibilities", "runtimePlatform", "taskRoleArn"}) {
        const auto field = '"' + std::string(name) + "\": ";
        EXPECT_EQ(fault(with_task(field + "\"x\"")),
                  "web.json: " + std::string(name) + ": not supported yet");
        EXPECT_EQ(fault(with_task(field + "null")), "no error");
    }
    for (const auto* name : {"dockerVolumeConfiguration", "efsVolumeConfiguration",
                             "fsxWindowsFileServerVolumeConfiguration", "configuredAtLaunch"})
        EXPECT_EQ(fault(with_task(R"("volumes": [{"name": "v", ")" + std::string(name) +
                                  R"(": {"x": 1}}])")),
                  "web.json: volumes[0]." + std::string(name) + ": not supported yet");
    for (const auto* host : {"", R"(, "host": {})", R"(, "host": null)"})
        EXPECT_EQ(fault(with_task(R"("volumes": [{"name": "v")" + std::string(host) + "}]")),
                  "web.json: volumes[0].host.sourcePath: required; volumes without a path on the "
                  "host are not supported yet");
}

TEST(Refusals, TellTheirKindByTheCode) {
    const auto code = [](const std::string& text) {
        return parse_task_definition(text, Format::json, "t").error().code();
    };
    EXPECT_EQ(code(with_container(R"("user": "root")")), Errc::unsupported);
    EXPECT_EQ(code(with_task(R"("volumes": [{"name": "v"}])")), Errc::unsupported);
    EXPECT_EQ(code(with_container(R"("uzer": "root")")), Errc::invalid_argument);
    EXPECT_EQ(code(std::string(max_definition_bytes + 1, ' ')), Errc::too_large);
}

TEST(Refusals, NameTheFirstOfSeveralInDocumentOrder) {
    EXPECT_EQ(fault(R"({"family": "f", "containerDefinitions": [{"cpu": "x", "user": "u"}],
                        "networkMode": 5})"),
              R"(web.json: containerDefinitions[0].cpu: expected an integer from 0 to 2147483647, )"
              R"(got "x")");
    EXPECT_EQ(fault(R"({"networkMode": 5, "family": ""})"),
              R"(web.json: networkMode: expected "bridge", "host", "none" or "awsvpc", got 5)");
}

} // namespace
} // namespace agent::definition
