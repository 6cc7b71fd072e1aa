// The refusals of ports and of what a network mode forbids, with their exact words.

#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

TEST(NetworkRefusals, OfPortMappings) {
    for (const auto& [fields, reason] : std::vector<Case>{
             {R"({})", "containerPort: required, or a containerPortRange"},
             {R"({"containerPort": 0, "hostPort": 80})",
              "containerPort: required, or a containerPortRange"},
             {R"({"containerPort": 65536})",
              "containerPort: expected an integer from 1 to 65535, got 65536"},
             {R"({"containerPort": "http"})",
              R"(containerPort: expected an integer from 1 to 65535, got "http")"},
             {R"({"containerPort": 80, "hostPort": -1})",
              "hostPort: expected an integer from 0 to 65535, got -1"},
             {R"({"containerPort": 80, "protocol": "sctp"})",
              R"(protocol: expected "tcp" or "udp", got "sctp")"},
             {R"({"containerPort": 80, "name": "Web"})",
              "name: expected 1 to 64 lower-case letters, digits, '-' and '_', not '-' in front, "
              "got \"Web\""},
             {R"({"containerPort": 80, "appProtocol": "https"})",
              R"(appProtocol: expected "http", "http2" or "grpc", got "https")"},
             {R"({"containerPort": 80, "containerPortRange": "80-90"})",
              "containerPortRange: a mapping has a containerPort or a containerPortRange, not "
              "both"},
             {R"({"containerPortRange": "80-90", "containerPort": 80})",
              "containerPort: a mapping has a containerPort or a containerPortRange, not both"},
             {R"({"containerPortRange": "80-90", "hostPort": 80})",
              "hostPort: not beside containerPortRange: the agent chooses the host's ports"},
             {R"({"containerPort": 80, "host": 80})", "host: unknown field"},
         })
        EXPECT_EQ(fault(with_container(R"("portMappings": [)" + std::string(fields) + "]")),
                  "web.json: containerDefinitions[0].portMappings[0]." + std::string(reason))
            << fields;
}

TEST(NetworkRefusals, OfPortsThatTheNetworkModeForbids) {
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

TEST(NetworkRefusals, OfPortsThatTwoContainersShare) {
    EXPECT_EQ(fault(R"({"family": "f", "networkMode": "awsvpc", "containerDefinitions": [
                  {"name": "a", "image": "i", "portMappings": [{"containerPort": 80}]},
                  {"name": "b", "image": "i", "portMappings": [{"containerPort": 80}]}]})"),
              "web.json: containerDefinitions[1].portMappings[0].containerPort: port 80/tcp is "
              "taken by containerDefinitions[0].portMappings[0]");
}

TEST(NetworkRefusals, OfMalformedRanges) {
    for (const std::string range :
         {"80", "80-", "-80", "90-80", "80-80", "0-9", "80-65536", "80-90-99", "a-b", "80 - 90"})
        EXPECT_EQ(
            fault(with_container(R"("portMappings": [{"containerPortRange": ")" + range + "\"}]")),
            "web.json: containerDefinitions[0].portMappings[0].containerPortRange: expected "
            "two ports from 1 to 65535, the lesser first, such as \"8000-8010\", got \"" +
                range + '"');
}

TEST(NetworkRefusals, OfRangesThatOverlap) {
    const auto ports = [](std::string_view mappings) {
        return fault(with_container(R"("portMappings": [)" + std::string(mappings) + "]"));
    };
    const std::string place = "web.json: containerDefinitions[0].portMappings";
    EXPECT_EQ(ports(R"({"containerPortRange": "80-90"}, {"containerPortRange": "90-99"})"),
              place + "[1].containerPortRange: port 90/tcp is taken by "
                      "containerDefinitions[0].portMappings[0]");
    EXPECT_EQ(ports(R"({"containerPort": 85}, {"containerPortRange": "80-90"})"),
              place + "[0].containerPort: port 85/tcp is taken by "
                      "containerDefinitions[0].portMappings[1]");
    EXPECT_EQ(ports(R"({"containerPortRange": "80-90"}, {"containerPort": 91},
                       {"containerPortRange": "80-90", "protocol": "udp"})"),
              "no error");
}

TEST(NetworkRefusals, OfTooManyPorts) {
    const std::string place = "web.json: containerDefinitions[0].portMappings: ";
    EXPECT_EQ(fault(with_container(R"("portMappings": [{"containerPortRange": "1-1001"}])")),
              place + "at most 1000 ports a container, got 1001");
    EXPECT_EQ(fault(with_container(R"("portMappings": [{"containerPortRange": "1-1000"}])")),
              "no error");
    std::string ranges;
    for (int i = 0; i <= 100; ++i)
        ranges += (i ? "," : "") + (R"({"containerPortRange": ")" + std::to_string(2 * i + 1)) +
                  '-' + std::to_string(2 * i + 2) + "\"}";
    EXPECT_EQ(fault(with_container(R"("portMappings": [)" + ranges + "]")),
              place + "at most 100 ranges a container, got 101");
}

TEST(NetworkRefusals, OfRangesInModesThatHaveNone) {
    const auto range = [](std::string_view mode) {
        return fault(with_container(R"("portMappings": [{"containerPortRange": "80-90"}])",
                                    R"("networkMode": ")" + std::string(mode) + '"'));
    };
    EXPECT_EQ(range("host"),
              "web.json: containerDefinitions[0].portMappings[0].containerPortRange: "
              "not in network mode host, as in ECS");
    EXPECT_EQ(range("none"), "web.json: containerDefinitions[0].portMappings[0]: network mode none "
                             "has no port mappings");
    EXPECT_EQ(range("awsvpc"), "no error");
}

TEST(NetworkRefusals, OfWhatAwsvpcShares) {
    for (const auto& [field, reason] : std::vector<Case>{
             {R"("hostname": "a")", "hostname: not in network mode awsvpc, as in ECS: the "
                                    "containers of a task share one"},
             {R"("dnsServers": ["192.0.2.1"])", "dnsServers: not in network mode awsvpc, as in "
                                                "ECS: the containers of a task share the "
                                                "host's"},
             {R"("dnsSearchDomains": ["example"])",
              "dnsSearchDomains: not in network mode awsvpc, as in ECS: the containers of a task "
              "share the host's"},
             {R"("extraHosts": [{"hostname": "a", "ipAddress": "192.0.2.1"}])",
              "extraHosts: not in network mode awsvpc, as in ECS: the containers of a task share "
              "one "
              "hosts file"},
         }) {
        EXPECT_EQ(fault(with_container(field, R"("networkMode": "awsvpc")")),
                  "web.json: containerDefinitions[0]." + std::string(reason));
        for (const auto* mode : {"bridge", "host"})
            EXPECT_EQ(fault(with_container(field, R"("networkMode": ")" + std::string(mode) + '"')),
                      "no error");
    }
}

TEST(NetworkRefusals, OfLinksOutsideOfBridgeMode) {
    for (const std::string mode : {"host", "none", "awsvpc"})
        EXPECT_EQ(fault(with_containers(R"({"name": "a", "image": "i", "links": ["b"]},
                                           {"name": "b", "image": "i"})",
                                        R"("networkMode": ")" + mode + '"')),
                  "web.json: containerDefinitions[0].links: only in network mode bridge, this "
                  "task's is " +
                      mode);
}

TEST(NetworkRefusals, OfKernelParametersOfTheHost) {
    const auto control = [](const std::string& name, const std::string& more) {
        return fault(with_container(
            R"("systemControls": [{"namespace": ")" + name + R"(", "value": "1"}])", more));
    };
    const std::string place = "web.json: containerDefinitions[0].systemControls[0].namespace: ";
    EXPECT_EQ(control("net.core.somaxconn", R"("networkMode": "host")"),
              place + R"("net.core.somaxconn" would be the host's in network mode host)");
    EXPECT_EQ(control("kernel.msgmax", R"("ipcMode": "host")"),
              place + R"("kernel.msgmax" would be the host's with ipcMode host)");
    EXPECT_EQ(control("net.core.somaxconn", R"("networkMode": "awsvpc")"), "no error");
    EXPECT_EQ(control("fs.mqueue.msg_max", R"("ipcMode": "task", "networkMode": "host")"),
              "no error");
}

} // namespace
} // namespace agent::definition
