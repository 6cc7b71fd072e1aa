#include "agent/definition/parse.hpp"
#include "tests/definition/every_field.hpp"
#include "tests/definition/parsed.hpp"

#include <gtest/gtest.h>

#include <random>

namespace agent::definition {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST(Parse, ReadsATasksFields) {
    const auto task = parsed(every_field);
    EXPECT_EQ(task.family, "web");
    EXPECT_EQ(task.revision, 7);
    EXPECT_EQ(task.network_mode, model::NetworkMode::bridge);
    EXPECT_EQ(task.pid_mode, Sharing::task);
    EXPECT_EQ(task.ipc_mode, Sharing::host);
    EXPECT_EQ(task.cpu_vcpu, 0.5);
    EXPECT_EQ(task.memory_mib, 1024);
    EXPECT_EQ(task.task_role_arn, "arn:aws:iam::123456789012:role/app");
    EXPECT_EQ(task.execution_role_arn, "ecsTaskExecutionRole");
    EXPECT_EQ(task.metadata_enable, true);
    EXPECT_TRUE(task.run_once);
    EXPECT_EQ(task.service_name, "shop");
    EXPECT_EQ(task.associations,
              (std::vector<model::Association>{{"elastic-inference", "dev1", "val", {"side"}}}));
    EXPECT_EQ(task.tags, (std::vector<KeyValue>{{"stage", "test"}}));
    using Scope = DockerVolume::Scope;
    const DockerVolume made{
        Scope::shared, true, "local", {{"device", "tmpfs"}, {"type", "tmpfs"}}, {{"team", "a"}}};
    EXPECT_EQ(task.volumes, (std::vector<Volume>{{"spare", "/srv/spare", {}},
                                                 {"data", "", {}},
                                                 {"kept", "", {Scope::shared, false, "", {}, {}}},
                                                 {"made", "", made}}));
    EXPECT_EQ(task.containers.size(), 3u);
}

TEST(Parse, ReadsWhatAContainerRuns) {
    const auto app = parsed(every_field).containers.at(0);
    EXPECT_EQ(app.name, "app");
    EXPECT_EQ(app.image, "registry.example:5000/team/app:1.2");
    EXPECT_EQ(app.command, Texts{"serve"});
    EXPECT_EQ(app.entry_point, Texts{"/init"});
    EXPECT_EQ(app.environment, (std::vector<KeyValue>{{"A", "1"}}));
    EXPECT_EQ(app.environment_files, Texts{"/etc/app.env"});
    EXPECT_FALSE(app.essential);
    EXPECT_EQ(app.user, "1000:1000");
    EXPECT_EQ(app.working_directory, "/srv");
    EXPECT_TRUE(app.interactive);
    EXPECT_TRUE(app.pseudo_terminal);
    EXPECT_EQ(app.docker_labels, (StringMap{{"team", "a"}}));
    EXPECT_EQ(app.metadata_enable, false);
    const LogConfiguration log{"json-file", {{"max-size", "1m"}}, {{"tag", "/shop/tag"}}};
    EXPECT_EQ(app.log_configuration, log);
}

TEST(Parse, ReadsHowAContainerLives) {
    const auto app = parsed(every_field).containers.at(0);
    EXPECT_EQ(app.depends_on, (std::vector<Dependency>{{"side", Dependency::Condition::healthy}}));
    EXPECT_EQ(app.start_timeout, 20s);
    EXPECT_EQ(app.stop_timeout, 10s);
    const HealthCheck check{{"CMD-SHELL", "true"}, 10s, 3s, 2, 15s};
    EXPECT_EQ(app.health_check, check);
    EXPECT_EQ(app.restart_policy, (RestartPolicy{true, {0, 3}, 60s}));
}

TEST(Parse, ReadsWhatAContainerIsGivenOfTheHost) {
    const auto app = parsed(every_field).containers.at(0);
    EXPECT_EQ(app.cpu, 256);
    EXPECT_EQ(app.memory, 128);
    EXPECT_EQ(app.memory_reservation, 64);
    EXPECT_EQ(app.port_mappings,
              (std::vector<PortMapping>{{80, 80, 8080, Protocol::udp, "web", "http"},
                                        {9000, 9010, 0, Protocol::tcp, "", ""}}));
    EXPECT_EQ(app.mount_points, (std::vector<MountPoint>{{"data", "/data", true}}));
    EXPECT_EQ(app.volumes_from, (std::vector<VolumeFrom>{{"side", true}}));
    EXPECT_EQ(app.links, Texts{"side:database"});
    EXPECT_EQ(app.ulimits, (std::vector<Ulimit>{{"nofile", 100, 200}}));
    EXPECT_EQ(app.hostname, "app.example");
    EXPECT_TRUE(app.privileged);
    EXPECT_TRUE(app.read_only_root);
    EXPECT_EQ(app.dns_servers, Texts{"192.0.2.53"});
    EXPECT_EQ(app.dns_search_domains, Texts{"example"});
    EXPECT_EQ(app.extra_hosts, (std::vector<ExtraHost>{{"db", "192.0.2.1"}}));
    EXPECT_EQ(app.system_controls, (std::vector<KeyValue>{{"net.core.somaxconn", "1000"}}));
    EXPECT_EQ(app.security_options, Texts{"no-new-privileges"});
    const auto& linux_parameters = app.linux_parameters;
    EXPECT_EQ(linux_parameters.add_capabilities, Texts{"NET_ADMIN"});
    EXPECT_EQ(linux_parameters.drop_capabilities, Texts{"ALL"});
    EXPECT_EQ(linux_parameters.devices, (std::vector<Device>{{"/dev/null", "/dev/nothing", "rm"}}));
    EXPECT_EQ(linux_parameters.init_process, true);
    EXPECT_EQ(linux_parameters.shared_memory_mib, 16);
    EXPECT_EQ(linux_parameters.tmpfs, (std::vector<Tmpfs>{{"/scratch", 8, {"noexec"}}}));
    EXPECT_EQ(linux_parameters.max_swap_mib, 32);
    EXPECT_EQ(linux_parameters.swappiness, 10);
}

TEST(Parse, HasDefaultsForWhatIsNotSaid) {
    const auto task = parsed(smallest);
    TaskDefinition expected;
    expected.family = "f";
    expected.containers.resize(1);
    expected.containers[0].name = "c";
    expected.containers[0].image = "i";
    EXPECT_EQ(task, expected);
    EXPECT_EQ(task.revision, std::nullopt);
    EXPECT_TRUE(task.containers[0].essential);
    EXPECT_EQ(task.containers[0].restart_policy.attempt_period, 300s);
}

TEST(Parse, ReadsTheSameFromYaml) {
    constexpr std::string_view yaml = R"(# in YAML
family: web
cpu: .5 vcpu
containerDefinitions:
- name: app
  image: nginx
  command: [serve, --port, "80"]
  environment:
  - {name: A, value: ""}
  - name: C
  stopTimeout: 5
  dockerLabels: {app: b, team: a}
tags:
- {key: stage, value: test}
- key: empty
)";
    constexpr std::string_view json = R"({"tags": [{"key": "stage", "value": "test"},
        {"key": "empty"}], "family": "web", "cpu": 512, "containerDefinitions": [
        {"name": "app", "image": "nginx", "command": ["serve", "--port", "80"], "stopTimeout": 5,
         "environment": [{"name": "A"}, {"name": "C", "value": ""}],
         "dockerLabels": {"team": "a", "app": "b"}}]})";
    EXPECT_EQ(parsed(yaml, Format::yaml), parsed(json));
    EXPECT_EQ(parsed(every_field, Format::yaml), parsed(every_field)) << "JSON is YAML too";
}

TEST(Parse, ReadsTheSizesOfATaskInAllOfTheirForms) {
    const auto cpu = [](const std::string& value) {
        return parsed(R"({"cpu": )" + value + ", " + std::string(smallest.substr(1))).cpu_vcpu;
    };
    EXPECT_EQ(cpu("256"), 0.25);
    EXPECT_EQ(cpu(R"("256")"), 0.25);
    EXPECT_EQ(cpu(R"("1 vCPU")"), 1);
    EXPECT_EQ(cpu(R"("1vcpu")"), 1);
    EXPECT_EQ(cpu(R"(".5 vCPU")"), 0.5);
    EXPECT_EQ(cpu(R"("192 VCPU")"), 192);
    EXPECT_EQ(cpu(R"("0.3 vcpu")"), 307 / 1024.0) << "ECS keeps whole units";
    const auto memory = [](const std::string& value) {
        return parsed(R"({"memory": )" + value + ", " + std::string(smallest.substr(1))).memory_mib;
    };
    EXPECT_EQ(memory("512"), 512);
    EXPECT_EQ(memory(R"("512")"), 512);
    EXPECT_EQ(memory(R"("1GB")"), 1024);
    EXPECT_EQ(memory(R"("0.5 GB")"), 512);
    EXPECT_EQ(memory(R"("1.5 gb")"), 1536);
}

TEST(Parse, CompletesADevice) {
    const auto task = parsed(R"({"family": "f", "containerDefinitions": [{"name": "c", "image": "i",
        "linuxParameters": {"devices": [{"hostPath": "/dev/null", "permissions": []}]}}]})");
    EXPECT_EQ(task.containers.at(0).linux_parameters.devices,
              (std::vector<Device>{{"/dev/null", "/dev/null", "rwm"}}));
}

PortMapping tcp(std::uint16_t first, std::uint16_t last, std::uint16_t host) {
    return {first, last, host, Protocol::tcp, "", ""};
}

TEST(Parse, SetsHostPortsThatFollowFromTheNetworkMode) {
    for (const auto* mode : {"host", "awsvpc"}) {
        const auto task = parsed(std::string(R"({"family": "f", "networkMode": ")") + mode +
                                 R"(", "containerDefinitions": [{"name": "c", "image": "i",
            "portMappings": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0},
                             {"containerPort": 82, "hostPort": 82}]}]})");
        ASSERT_EQ(task.containers.size(), 1u);
        EXPECT_EQ(task.containers[0].port_mappings,
                  (std::vector{tcp(80, 80, 80), tcp(81, 81, 81), tcp(82, 82, 82)}));
    }
    const auto task = parsed(R"({"family": "f", "networkMode": "awsvpc", "containerDefinitions": [
        {"name": "c", "image": "i", "portMappings": [{"containerPortRange": "80-90"}]}]})");
    EXPECT_EQ(task.containers.at(0).port_mappings, std::vector{tcp(80, 90, 80)});
}

TEST(Parse, TakesTheImageReferencesThatDockerTakes) {
    for (const auto* image :
         {"nginx", "nginx:1.25", "library/nginx", "localhost/x", "localhost:5000/x:y",
          "registry.example/a/b_c/d-e.f:Tag_1.0-x", "a.dkr.ecr.us-east-1.amazonaws.com/app:latest",
          "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          "nginx:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "a__b/c--d"})
        EXPECT_EQ(parsed(std::string(R"({"family": "f", "containerDefinitions": [{"name": "c", )") +
                         R"("image": ")" + image + "\"}]}")
                      .containers.at(0)
                      .image,
                  image);
}

TEST(Parse, GoesByTheEndingOfTheName) {
    EXPECT_EQ(format_of("a.json"), Format::json);
    EXPECT_EQ(format_of("/x.y/a.yaml"), Format::yaml);
    EXPECT_EQ(format_of("a.yml"), Format::yaml);
    EXPECT_EQ(format_of("a.json~"), std::nullopt);
    EXPECT_EQ(format_of("json"), std::nullopt);
    EXPECT_EQ(format_of("a.JSON"), std::nullopt);
}

// Mutations of a sound definition end in an error or a definition that survives a round trip.
TEST(Parse, SurvivesMutatedInput) {
    std::mt19937 random(7);
    constexpr std::string_view marks = "\"{}[]:,0-9.e \ntruefalsnul/\\";
    for (int round = 0; round < 1500; ++round) {
        std::string text(round % 2 ? every_field : smallest);
        for (int change = 0; change < 1 + round % 3; ++change)
            text[random() % text.size()] = marks[random() % marks.size()];
        if (round % 5 == 0)
            text.resize(random() % text.size());
        for (const auto format : {Format::json, Format::yaml}) {
            const auto result = parse_task_definition(text, format, "t");
            if (result) {
                EXPECT_EQ(from_canonical(canonical_form(*result)).value(), *result);
            } else {
                EXPECT_TRUE(result.error().what().starts_with("t: "));
                EXPECT_EQ(result.error().what().find('\n'), std::string::npos);
                EXPECT_LT(result.error().what().size(), 600u);
            }
        }
    }
}

} // namespace
} // namespace agent::definition
