// What says little is taken, and told once; what is wrong is told whole.

#include "tests/definition/parsed.hpp"
#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace agent::definition {
namespace {

using Texts = std::vector<std::string>;

Texts faults(std::string_view text, Format format = Format::json) {
    Findings findings;
    const auto result = parse_task_definition(text, format, "web.json", {}, &findings);
    EXPECT_FALSE(result);
    Texts texts;
    for (const auto& fault : findings.faults)
        texts.push_back(fault.what());
    return texts;
}

TEST(Lenient, EmptyWordsAndZerosOfOptionalFieldsAreAsGoodAsAbsent) {
    for (const auto* field :
         {R"("networkMode": "")", R"("pidMode": "")", R"("ipcMode": "")", R"("cpu": "")",
          R"("cpu": 0)", R"("cpu": "0")", R"("memory": "")", R"("memory": 0)", R"("revision": "")",
          R"("revision": 0)", R"("ephemeralStorage": 0)"}) {
        const auto [task, notices] = taken(with_task(field));
        EXPECT_EQ(task, plain()) << field;
        ASSERT_EQ(notices.size(), 1U) << field;
        EXPECT_TRUE(notices[0].ends_with(": says nothing, as good as absent")) << notices[0];
    }
    for (const auto* field :
         {R"("memory": 0)", R"("memoryReservation": 0)", R"("stopTimeout": 0)",
          R"("startTimeout": 0)", R"("linuxParameters": {"sharedMemorySize": 0, "maxSwap": 0})",
          R"("healthCheck": "")", R"("essential": "")", R"("logConfiguration": "")"}) {
        const auto [task, notices] = taken(with_container(field));
        EXPECT_EQ(task, plain()) << field;
        EXPECT_EQ(notices.size(), 1U) << field;
    }
    const auto port = taken(with_container(
        R"("portMappings": [{"containerPort": 80, "protocol": "", "appProtocol": "", "name": "",
                             "containerPortRange": ""}])"));
    EXPECT_EQ(port.task, parsed(with_container(R"("portMappings": [{"containerPort": 80}])")));
    EXPECT_EQ(port.notices,
              Texts{"containerDefinitions[0].portMappings[0].protocol, "
                    "containerDefinitions[0].portMappings[0].appProtocol, "
                    "containerDefinitions[0].portMappings[0].name, "
                    "containerDefinitions[0].portMappings[0].containerPortRange: says nothing, as "
                    "good as absent"});
}

TEST(Lenient, AZeroThatMeansSomethingIsTakenAtItsWord) {
    const auto [task, notices] = taken(with_container(
        R"("cpu": 0, "memory": 64, "linuxParameters": {"maxSwap": 0, "swappiness": 0},
           "ulimits": [{"name": "core", "softLimit": 0, "hardLimit": 0}],
           "portMappings": [{"containerPort": 80, "hostPort": 0}],
           "healthCheck": {"command": ["CMD", "true"], "startPeriod": 0},
           "entryPoint": [""], "environment": [{"name": "A", "value": ""}])"));
    EXPECT_EQ(notices, Texts{});
    const auto& app = task.containers.at(0);
    EXPECT_EQ(app.linux_parameters.max_swap_mib, 0);
    EXPECT_EQ(app.ulimits, (std::vector<Ulimit>{{"core", 0, 0}}));
    EXPECT_EQ(app.entry_point, Texts{""});
    EXPECT_EQ(app.environment, (std::vector<KeyValue>{{"A", ""}}));
}

TEST(Lenient, NumbersAndFlagsMayBeWrittenAsTexts) {
    const auto [task, notices] = taken(with_container(
        R"("cpu": "256", "memory": "128", "essential": "true", "portMappings": [{"containerPort": "8000"}],
           "ulimits": [{"name": "core", "softLimit": "-1", "hardLimit": "-1"}])"));
    const auto& app = task.containers.at(0);
    EXPECT_EQ(app.cpu, 256);
    EXPECT_EQ(app.memory, 128);
    EXPECT_EQ(app.port_mappings.at(0).container_port, 8000);
    EXPECT_EQ(app.ulimits, (std::vector<Ulimit>{{"core", -1, -1}}));
    EXPECT_EQ(notices,
              (Texts{"containerDefinitions[0].cpu, containerDefinitions[0].memory, "
                     "containerDefinitions[0].portMappings[0].containerPort, "
                     "containerDefinitions[0].ulimits[0].softLimit, "
                     "containerDefinitions[0].ulimits[0].hardLimit: a number written as text",
                     "containerDefinitions[0].essential: true or false written as text"}));
    EXPECT_EQ(taken(with_task(R"("cpu": "256", "memory": "512")")).notices, Texts{})
        << "ECS itself writes the task's so";
}

TEST(Lenient, OfVariablesOfOneNameTheLastCounts) {
    const auto [task, notices] = taken(with_container(
        R"("environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"},
                           {"name": "A", "value": "3"}, {"name": "B", "value": "2"},
                           {"name": "C"}, {"name": "A", "value": "4"}])"));
    EXPECT_EQ(task.containers.at(0).environment,
              (std::vector<KeyValue>{{"B", "2"}, {"C", ""}, {"A", "4"}}));
    std::string place = "containerDefinitions[0].environment: of several variables ";
    EXPECT_EQ(notices,
              (Texts{place + "\"A\" the last one counts", place + "\"B\" the last one counts"}));
    // Nobody but the agent writes that.
    EXPECT_FALSE(from_canonical(
        with_container(R"("environment": [{"name": "A", "value": "1"}, {"name": "A"}])")));
    EXPECT_EQ(faults(with_container(R"("environment": [{"name": "A=B"}, {"name": "C=D"}])")).size(),
              2U);
}

TEST(Lenient, ACapabilityMayHaveItsLinuxName) {
    const auto [task, notices] = taken(with_container(
        R"("linuxParameters": {"capabilities": {"add": ["CAP_NET_ADMIN", "SYS_TIME"],
                                                "drop": ["ALL", "CAP_MKNOD"]}})"));
    const auto& parameters = task.containers.at(0).linux_parameters;
    EXPECT_EQ(parameters.add_capabilities, (Texts{"NET_ADMIN", "SYS_TIME"}));
    EXPECT_EQ(parameters.drop_capabilities, (Texts{"ALL", "MKNOD"}));
    EXPECT_EQ(notices, Texts{"containerDefinitions[0].linuxParameters.capabilities.add[0], "
                             "containerDefinitions[0].linuxParameters.capabilities.drop[1]: taken "
                             "without CAP_, as ECS writes capabilities"});
}

TEST(Lenient, RemarksAreNotRead) {
    const auto [task, notices] = taken(
        with_container(R"("_why": 1, "//": ["x"], "dockerLabels": {"_a": "b"})",
                       R"("$schema": "https://example.com/schema.json", "_comment": "see there")"));
    EXPECT_EQ(task.containers.at(0).docker_labels, (StringMap{{"_a", "b"}})) << "a label's name";
    EXPECT_EQ(notices, Texts{"containerDefinitions[0]._why, containerDefinitions[0].//, $schema, "
                             "_comment: a remark, not read"});
    EXPECT_EQ(fault(with_task(R"("comment": "x")")), "web.json: comment: unknown field");
}

TEST(Lenient, BothAnswersOfECSAreTakenWithWhatIsBesideThem) {
    const auto wrapped = [](const std::string& beside) {
        return R"({"taskDefinition": )" + std::string(smallest) + beside + "}";
    };
    for (const auto* beside : {"", R"(, "ResponseMetadata": {"HTTPStatusCode": 200})",
                               R"(, "$metadata": {"attempts": 1}, "tags": [])"})
        EXPECT_EQ(taken(wrapped(beside)).task, parsed(smallest)) << beside;
    EXPECT_EQ(fault(wrapped(R"(, "service": {})")), "web.json: service: unknown field");
}

TEST(Lenient, AListOfContainersHasTheFamilyOfItsFile) {
    constexpr std::string_view list = R"([{"name": "c", "image": "i", "essential": true}])";
    const auto family = [&](std::string_view file) {
        Findings findings;
        const auto result = parse_task_definition(list, Format::json, file, {}, &findings);
        EXPECT_TRUE(result && findings.notices.size() == 1);
        return result ? result->family : "";
    };
    EXPECT_EQ(family("web.json"), "web");
    EXPECT_EQ(family("/etc/ecs/tasks.d/shop.web_1.json"), "shop-web_1");
    EXPECT_EQ(family("-"), "task");
    EXPECT_EQ(taken(list).notices,
              Texts{"a list of containers: the family is the file's name, \"web\""});
    EXPECT_EQ(fault(R"([{"name": "c"}])"), "web.json: containerDefinitions[0].image: required");
    EXPECT_EQ(fault("[]"), "web.json: containerDefinitions: at least one container is needed");
    EXPECT_EQ(fault("[1]"), "web.json: containerDefinitions[0]: expected an object, got 1");
}

TEST(Lenient, AnObjectWithoutAFamilyHasItsFilesName) {
    for (const auto* family : {"", R"("family": null, )"}) {
        const auto text = "{" + std::string(family) +
                          R"("containerDefinitions": [{"name": "app", "image": "nginx"}]})";
        const auto [task, notices] = taken(text);
        EXPECT_EQ(task, plain());
        EXPECT_EQ(notices, Texts{"family: not said: the file's name stands for it, \"web\""});
        EXPECT_EQ(taken(R"({"taskDefinition": )" + text + "}").notices,
                  Texts{"taskDefinition.family: not said: the file's name stands for it, \"web\""});
    }
    EXPECT_EQ(fault("{}"), "web.json: family: required");
}

TEST(Lenient, ANetworkModeInAContainerChangesNothing) {
    Findings findings;
    const auto task = parse_task_definition(with_container(R"("networkMode": "awsvpc")"),
                                            Format::json, "t", {}, &findings);
    ASSERT_TRUE(task);
    EXPECT_EQ(*task, plain());
    EXPECT_EQ(findings.passed_over, Texts{"containerDefinitions[0].networkMode"});
}

// --- what this host does not do -----------------------------------------------------------------------

TEST(Unsupported, WhatOnlyLosesAConvenienceIsLeftOutWithANotice) {
    for (const auto& [text, path] : std::vector<std::pair<std::string, std::string>>{
             {with_task(R"("proxyConfiguration": {"containerName": "app"})"), "proxyConfiguration"},
             {with_task(R"("enableFaultInjection": true)"), "enableFaultInjection"},
             {with_container(R"("firelensConfiguration": {"type": "fluentbit"})"),
              "containerDefinitions[0].firelensConfiguration"},
             {with_container(R"("logConfiguration": {"logDriver": "awsfirelens"})"),
              "containerDefinitions[0].logConfiguration.logDriver"},
             {with_container(R"("healthCheck": {"command": ["/healthcheck"]})"),
              "containerDefinitions[0].healthCheck.command"},
         }) {
        const auto [task, notices] = taken(text);
        EXPECT_EQ(task, plain()) << path;
        ASSERT_EQ(notices.size(), 1U) << path;
        EXPECT_TRUE(notices[0].starts_with(path + ": not supported here and left out; "))
            << notices[0];
    }
}

TEST(Unsupported, TheHostDecidesByFieldOrForAll) {
    const auto text = with_task(R"("proxyConfiguration": {"containerName": "app"})");
    const auto why = [](const std::string& definition, tables::UnsupportedFields fields) {
        Host host;
        host.unsupported = std::move(fields);
        const auto result = parse_task_definition(definition, Format::json, "web.json", host);
        return result ? "no error" : result.error().what();
    };
    const std::string reason = "proxyConfiguration: not supported; traffic goes past the proxy, "
                               "which runs as a container of the task";
    EXPECT_EQ(why(text, {}), "no error");
    EXPECT_EQ(why(text, {{"*", tables::Unsupported::refuse}}), "web.json: " + reason);
    EXPECT_EQ(
        why(text, {{"proxy*", tables::Unsupported::notice}, {"*", tables::Unsupported::refuse}}),
        "no error");
    EXPECT_EQ(why(R"({"taskDefinition": )" + text + "}",
                  {{"proxyConfiguration", tables::Unsupported::refuse}}),
              "web.json: taskDefinition." + reason);
    const auto gmsa = with_container(R"("credentialSpecs": ["x"])");
    EXPECT_NE(why(gmsa, {}), "no error");
    EXPECT_EQ(why(gmsa, {{"containerDefinitions[].credentialSpecs", tables::Unsupported::notice}}),
              "no error");
    EXPECT_EQ(why(gmsa, {{"credentialSpecs", tables::Unsupported::notice}}), "no error");
    const auto check = with_container(R"("healthCheck": {"command": ["/healthcheck"]})");
    for (const auto* pattern : {"healthCheck", "command", "health*", "healthCheck.command",
                                "containerDefinitions[].healthCheck", "containerDefinitions"})
        EXPECT_NE(why(check, {{pattern, tables::Unsupported::refuse}}), "no error") << pattern;
    EXPECT_EQ(why(check, {{"health", tables::Unsupported::refuse}}), "no error");
}

TEST(Unsupported, AHealthCheckThatIsLeftOutCannotBeWaitedFor) {
    const auto text = with_containers(
        R"({"name": "a", "image": "i", "dependsOn": [{"containerName": "b", "condition": "HEALTHY"}]},
           {"name": "b", "image": "i", "healthCheck": {"command": ["/healthcheck"]}})");
    EXPECT_EQ(fault(text),
              "web.json: containerDefinitions[0].dependsOn[0].condition: HEALTHY needs "
              "a healthCheck of the container \"b\"");
}

TEST(Gpus, AreCounted) {
    const auto gpus = [](const std::string& requirements) {
        return parsed(with_container(R"("resourceRequirements": [)" + requirements + "]"))
            .containers.at(0)
            .gpus;
    };
    EXPECT_EQ(gpus(R"({"type": "GPU", "value": "2"})"), 2);
    EXPECT_EQ(gpus(""), 0);
    const std::string place = "web.json: containerDefinitions[0].resourceRequirements[0].";
    EXPECT_EQ(
        fault(with_container(R"("resourceRequirements": [{"type": "GPU", "value": "many"}])")),
        place + "value: expected a number of GPUs from 1 such as \"1\", got \"many\"");
    EXPECT_EQ(fault(with_container(
                  R"("resourceRequirements": [{"type": "InferenceAccelerator", "value": "a"}])")),
              place + "value: not supported; this host hands out no accelerators");
}

// --- all that is wrong ----------------------------------------------------------------------------------

TEST(Faults, AreAllFoundAndNotOnlyTheFirst) {
    EXPECT_EQ(
        faults(
            R"({"family": "a b", "networkMode": 5, "volumes": [{"name": "v", "host": {"path": "/"}}],
                   "containerDefinitions": [
                     {"name": "a", "image": "UPPER", "memory": "x", "cpu": -1, "memory_": 1,
                      "mountPoints": [{"sourceVolume": "w", "containerPath": "/w"}],
                      "environment": [{"name": "A=B"}, {"value": "v"}],
                      "dependsOn": [{"containerName": "b", "condition": "HEALTHY"},
                                    {"containerName": "c", "condition": "START"}]},
                     {"name": "b", "image": "i", "healthCheck": {"command": ["CMD", "c"],
                                                                    "interval": 1}}]})"),
        (Texts{
            "family: expected 1 to 255 letters, digits, '-' and '_', got \"a b\"",
            R"(networkMode: expected "bridge", "host", "none" or "awsvpc", got 5)",
            "volumes[0].host.path: unknown field",
            "containerDefinitions[0].image: not an image reference such as nginx:1.25 or "
            "registry.example:5000/team/app:1 (names are in lower case), got \"UPPER\"",
            R"(containerDefinitions[0].memory: expected an integer from 0 to 2147483647, got "x")",
            "containerDefinitions[0].cpu: expected an integer from 0 to 2147483647, got -1",
            "containerDefinitions[0].memory_: unknown field",
            "containerDefinitions[0].environment[0].name: must not contain '='",
            "containerDefinitions[0].environment[1].name: required",
            "containerDefinitions[1].healthCheck.interval: expected an integer from 5 to 300, got "
            "1",
            "containerDefinitions[0].mountPoints[0].sourceVolume: no volume \"w\" in volumes",
            "containerDefinitions[0].dependsOn[1].containerName: no container \"c\" in the task",
        }));
}

TEST(Faults, OfANameBringNoOthers) {
    EXPECT_EQ(faults(with_containers(
                  R"({"name": "a", "image": "i", "links": ["b"]}, {"name": "b b", "image": "i"})")),
              Texts{"containerDefinitions[1].name: expected 1 to 255 letters, digits, '-' and '_', "
                    "got \"b b\""});
    EXPECT_EQ(
        faults(with_container(R"("mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}])",
                              R"("volumes": [{"name": "v v"}])")),
        Texts{"volumes[0].name: expected 1 to 255 letters, digits, '-' and '_', got \"v v\""});
}

TEST(Faults, HaveALimit) {
    std::string containers;
    for (int i = 0; i < 300; ++i)
        containers += (i ? "," : "") + (R"({"x)" + std::to_string(i)) + "\": 1}";
    EXPECT_EQ(faults(with_containers(containers)).size(), tables::max_faults);
}

TEST(Lines, AreThoseOfFieldsAndElements) {
    constexpr std::string_view json =
        "{\n \"family\": \"f\",\n \"cpu\":\n 256\n ,\"containerDefinitions\": [\n"
        "  {\"name\": \"c\",\n   \"image\": \"i\",\n\"memory\": 64}]}";
    Lines lines;
    EXPECT_TRUE(parse_task_definition(json, Format::json, "t", {}, nullptr, &lines));
    EXPECT_EQ(lines.at("family"), 2U);
    EXPECT_EQ(lines.at("cpu"), 3U);
    EXPECT_EQ(lines.at("containerDefinitions"), 5U);
    EXPECT_EQ(lines.at("containerDefinitions[0]"), 6U);
    EXPECT_EQ(lines.at("containerDefinitions[0].image"), 7U);
    EXPECT_EQ(lines.at("containerDefinitions[0].memory"), 8U);
    Lines yaml;
    EXPECT_TRUE(
        parse_task_definition("# c\nfamily: f\ncontainerDefinitions:\n- name: c\n  image: i\n",
                              Format::yaml, "t", {}, nullptr, &yaml));
    EXPECT_EQ(yaml.at("family"), 2U);
    EXPECT_EQ(yaml.at("containerDefinitions[0].image"), 5U);
    Lines list;
    EXPECT_TRUE(parse_task_definition("[\n{\"name\": \"c\",\n\"image\": \"i\"}]", Format::json, "t",
                                      {}, nullptr, &list));
    EXPECT_EQ(list.at("containerDefinitions[0].image"), 3U);
}

} // namespace
} // namespace agent::definition
