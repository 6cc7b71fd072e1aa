// The refusals of a task definition as a whole, with their exact words.

#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

#include <sys/utsname.h>

namespace agent::definition {
namespace {

using base::Errc;

TEST(Refusals, OfTheDocument) {
    EXPECT_EQ(fault("[]"), "web.json: containerDefinitions: at least one container is needed")
        << "a bare list is one of containers";
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
              "networkMode: \"default\" is the network mode of Windows; expected \"bridge\", "
              "\"host\", \"none\" or \"awsvpc\""},
             {R"("networkMode": 5)",
              R"(networkMode: expected "bridge", "host", "none" or "awsvpc", got 5)"},
             {R"("revision": "7a")",
              R"(revision: expected an integer from 1 to 2147483647, got "7a")"},
             {R"("pidMode": "none")", R"(pidMode: expected "task" or "host", got "none")"},
             {R"("ipcMode": "shared")",
              R"(ipcMode: expected "task", "host" or "none", got "shared")"},
             {R"("cpu": "a lot")",
              "cpu: expected CPU units from 128 to 196608 such as 256, or vCPUs such as \"0.25 "
              "vCPU\", got \"a lot\""},
             {R"("memory": "1 TB")", "memory: expected MiB, 4 or more, such as 512, or GB such as "
                                     "\"0.5 GB\", got \"1 TB\""},
             {R"("taskRoleArn": "a role")",
              R"(taskRoleArn: expected the ARN or the name of an IAM role, got "a role")"},
             {R"("executionRoleArn": 1)", "executionRoleArn: expected a string (quote it), got 1"},
             {R"("requiresCompatibilities": "EC2")",
              R"(requiresCompatibilities: expected a list, got "EC2")"},
             {R"("placementConstraints": {})",
              "placementConstraints: expected a list, got an object"},
             {R"("x-ecs-node-agent": {"run": "twice"})",
              R"(x-ecs-node-agent.run: expected "always" or "once", got "twice")"},
             {R"("x-ecs-node-agent": {"runs": "once"})", "x-ecs-node-agent.runs: unknown field"},
             {R"("x-ecs-node-agent": {"serviceName": "a b"})",
              "x-ecs-node-agent.serviceName: expected 1 to 255 letters, digits, '-' and '_', got "
              "\"a b\""},
             {R"("metadataEnable": "yes")", R"(metadataEnable: expected true or false, got "yes")"},
             {R"("tags": [{"value": "x"}])", "tags[0].key: required"},
             {R"("tags": [{"key": "", "value": "x"}])",
              "tags[0].key: must have 1 to 128 characters"},
             {R"("tags": [{"key": "aws:x"}])", "tags[0].key: the prefix aws: is reserved"},
             {R"("tags": [{"key": "a", "value": 5}])",
              "tags[0].value: expected a string (quote it), got 5"},
             {R"("tags": [{"key": "a"}, {"key": "a"}])", R"(tags[1].key: a second tag "a")"},
         })
        EXPECT_EQ(fault(with_task(fields)), "web.json: " + std::string(reason)) << fields;
}

TEST(Refusals, OfAssociations) {
    const auto why = [](std::string_view associations) {
        return fault(with_task(R"("x-ecs-node-agent": {"associations": [)" +
                               std::string(associations) + "]}"));
    };
    const std::string at = "web.json: x-ecs-node-agent.associations[";
    EXPECT_EQ(why(R"({"type": "t", "name": "n", "value": "v"})"), at + "0].containers: required");
    EXPECT_EQ(why(R"({"type": "a/b", "name": "n", "value": "v", "containers": []})"),
              at + "0].type: must have at most 255 characters and no '/'");
    EXPECT_EQ(why(R"({"type": "t", "name": "", "value": "v", "containers": []})"),
              at + "0].name: must not be empty");
    EXPECT_EQ(why(R"({"type": "t", "name": "n", "value": "v", "containers": ["gone"]})"),
              at + "0].containers: no container \"gone\" in containerDefinitions");
    EXPECT_EQ(why(R"({"type": "t", "name": "n", "value": "v", "containers": []},)"
                  R"({"type": "t", "name": "n", "value": "w", "containers": []})"),
              at + "1].name: a second association \"n\" of type \"t\"");
    EXPECT_EQ(why(R"({"type": "t", "name": "n", "value": 5, "containers": []})")
                  .find("associations[0].value: expected a string"),
              10U + std::string("x-ecs-node-agent.").size());
}

TEST(Refusals, OfATasksSizes) {
    for (const auto* cpu :
         {"127", "196609", "-1", "0.25", "\"0.1 vcpu\"", "\"vcpu\"", "\"1e3 vcpu\"", "\"inf vcpu\"",
          "\"-1 vcpu\"", "\"1 vcpus\"", "\" 256\"", "true", "[]"})
        EXPECT_NE(fault(with_task(std::string("\"cpu\": ") + cpu)).find("cpu: expected CPU units"),
                  std::string::npos)
            << cpu;
    for (const auto* memory : {"3", "2147483648", "\"0.001 GB\"", "\"GB\"", "\"1 MB\"", "1.5"})
        EXPECT_NE(
            fault(with_task(std::string("\"memory\": ") + memory)).find("memory: expected MiB"),
            std::string::npos)
            << memory;
}

TEST(Refusals, OfAnotherPlatform) {
    EXPECT_EQ(
        fault(with_task(
            R"("runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})")),
        "web.json: runtimePlatform.operatingSystemFamily: expected \"LINUX\", which this host "
        "runs, got \"WINDOWS_SERVER_2022_CORE\"");
    utsname names{};
    ASSERT_EQ(::uname(&names), 0);
    const bool intel = std::string_view(names.machine) == "x86_64";
    const auto platform = [](const std::string& name) {
        return fault(with_task(R"("runtimePlatform": {"cpuArchitecture": ")" + name + "\"}"));
    };
    const std::string mine = intel ? "X86_64" : "ARM64";
    const std::string other = intel ? "ARM64" : "X86_64";
    EXPECT_EQ(platform(mine), "no error");
    EXPECT_EQ(platform(other), "no error");
    EXPECT_EQ(platform("S390X"),
              "web.json: runtimePlatform.cpuArchitecture: expected \"X86_64\" or "
              "\"ARM64\", got \"S390X\"");
}

TEST(Refusals, OfMemoryBeyondTheTasks) {
    EXPECT_EQ(
        fault(with_container(R"("memory": 513)", R"("memory": "512")")),
        "web.json: containerDefinitions[0].memory: must not be greater than the task's memory "
        "(512 MiB), got 513");
    EXPECT_EQ(fault(with_containers(R"({"name": "a", "image": "i", "memoryReservation": 300},
                                       {"name": "b", "image": "i", "memoryReservation": 213})",
                                    R"("memory": 512)")),
              "web.json: containerDefinitions: the sum of all memoryReservation (513 MiB) must not "
              "be greater than the task's memory (512 MiB)");
    EXPECT_EQ(fault(with_containers(R"({"name": "a", "image": "i", "memory": 512,
                                        "memoryReservation": 300},
                                       {"name": "b", "image": "i", "memoryReservation": 212})",
                                    R"("memory": 512)")),
              "no error");
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

TEST(Refusals, TellTheirKindByTheCode) {
    const auto code = [](const std::string& text) {
        return parse_task_definition(text, Format::json, "t").error().code();
    };
    EXPECT_EQ(code(with_container(R"("credentialSpecs": ["x"])")), Errc::unsupported);
    EXPECT_EQ(code(with_container(R"("resourceRequirements": [{"type": "GPU"}])")),
              Errc::invalid_argument);
    EXPECT_EQ(code(with_task(R"("volumes": [{"name": "v", "efsVolumeConfiguration": {"a": 1}}])")),
              Errc::unsupported);
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
