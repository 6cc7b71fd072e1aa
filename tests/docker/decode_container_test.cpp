#include "agent/docker/decode.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

namespace {

/// As Docker Engine 20.10 says it under API 1.24 and 1.41, shortened.
constexpr std::string_view classic = R"({
  "Id": "4f1c", "Created": "2024-05-01T10:00:00.123456789Z", "Path": "/bin/sh", "Args": ["-c"],
  "State": {"Status": "running", "Running": true, "Paused": false, "Restarting": false,
    "OOMKilled": false, "Dead": false, "Pid": 4711, "ExitCode": 0, "Error": "",
    "StartedAt": "2024-05-01T10:00:01Z", "FinishedAt": "0001-01-01T00:00:00Z",
    "Health": {"Status": "healthy", "FailingStreak": 0, "Log": [
      {"Start": "2024-05-01T10:00:02Z", "End": "2024-05-01T10:00:03Z", "ExitCode": 1, "Output": "no"},
      {"Start": "2024-05-01T10:00:04Z", "End": "2024-05-01T10:00:05Z", "ExitCode": 0, "Output": "ok"}
    ]}},
  "Image": "sha256:aa", "Name": "/web", "RestartCount": 2,
  "HostConfig": {"Binds": ["/a:/b:ro"], "NetworkMode": "default", "VolumesFrom": ["other"],
    "NanoCpus": 500000000, "CpuShares": 256, "Memory": 134217728, "MemoryReservation": 1024,
    "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}}, "PortBindings": {},
    "CgroupParent": "/ecs/1",
    "Dns": ["10.0.0.2", "10.0.0.3"], "DnsSearch": ["example.org"]},
  "Mounts": [{"Type": "bind", "Source": "/a", "Destination": "/b", "Mode": "ro", "RW": false,
    "Propagation": "rprivate"},
    {"Type": "volume", "Name": "v", "Source": "/v/_data", "Destination": "/d", "Driver": "local",
     "Mode": "", "RW": true}],
  "Config": {"Hostname": "4f1c", "Env": ["A=1", "B=2"], "Image": "app:1", "Labels": {"k": "v"},
    "ExposedPorts": {"80/tcp": {}, "53/udp": {}}},
  "NetworkSettings": {"SandboxKey": "/var/run/docker/netns/1", "Ports": {"53/udp": null,
    "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}, {"HostIp": "::", "HostPort": "32768"}]},
    "Gateway": "172.17.0.1", "IPAddress": "172.17.0.2", "IPPrefixLen": 16,
    "MacAddress": "02:42:ac:11:00:02",
    "Networks": {"bridge": {"Links": null, "NetworkID": "n1", "Gateway": "172.17.0.1",
      "IPAddress": "172.17.0.2", "IPPrefixLen": 16, "IPv6Gateway": "fd00::1",
      "GlobalIPv6Address": "fd00::2", "GlobalIPv6PrefixLen": 64,
      "MacAddress": "02:42:ac:11:00:02"}}}
})";

} // namespace

TEST(DecodeContainer, ReadsTheClassicShape) {
    const auto container = decode_container(classic);
    ASSERT_TRUE(container) << container.error().what();
    EXPECT_EQ(container->id, "4f1c");
    EXPECT_EQ(container->name, "/web");
    EXPECT_EQ(container->image_id, "sha256:aa");
    EXPECT_EQ(base::to_rfc3339(*container->created), "2024-05-01T10:00:00.123456789Z");
    EXPECT_EQ(container->restart_count, 2);
    EXPECT_EQ(container->config.image, "app:1");
    EXPECT_EQ(container->config.hostname, "4f1c");
    EXPECT_EQ(container->config.env, (std::vector<std::string>{"A=1", "B=2"}));
    EXPECT_EQ(container->config.labels.at("k"), "v");
    EXPECT_EQ(container->config.exposed_ports, (std::vector<std::string>{"53/udp", "80/tcp"}));
    const auto& host = container->host_config;
    EXPECT_EQ(host.network_mode, "default");
    EXPECT_EQ(host.binds, std::vector<std::string>{"/a:/b:ro"});
    EXPECT_EQ(host.volumes_from, std::vector<std::string>{"other"});
    EXPECT_EQ(host.nano_cpus, 500000000);
    EXPECT_EQ(host.cpu_shares, 256);
    EXPECT_EQ(host.memory, 134217728);
    EXPECT_EQ(host.memory_reservation, 1024);
    EXPECT_EQ(host.cgroup_parent, "/ecs/1");
    EXPECT_EQ(host.log_driver, "json-file");
    EXPECT_EQ(host.log_options.at("max-size"), "1m");
    EXPECT_EQ(host.dns, (std::vector<std::string>{"10.0.0.2", "10.0.0.3"}));
    EXPECT_EQ(host.dns_search, std::vector<std::string>{"example.org"});
    ASSERT_EQ(container->mounts.size(), 2U);
    EXPECT_EQ(container->mounts[0].destination, "/b");
    EXPECT_FALSE(container->mounts[0].rw);
    EXPECT_EQ(container->mounts[1].name, "v");
    EXPECT_TRUE(container->mounts[1].rw);
    EXPECT_EQ(container->mounts[1].driver, "local");
}

TEST(DecodeContainer, ReadsTheState) {
    const auto container = decode_container(classic);
    ASSERT_TRUE(container);
    const auto& state = container->state;
    EXPECT_EQ(state.status, "running");
    EXPECT_TRUE(state.running);
    EXPECT_EQ(state.pid, 4711);
    EXPECT_EQ(base::to_rfc3339(*state.started_at), "2024-05-01T10:00:01Z");
    EXPECT_FALSE(state.finished_at);
    ASSERT_TRUE(state.health);
    EXPECT_EQ(state.health->status, "healthy");
    EXPECT_EQ(state.health->last_output, "ok");
    EXPECT_EQ(state.health->last_exit_code, 0);
    EXPECT_EQ(base::to_rfc3339(*state.health->last_end), "2024-05-01T10:00:05Z");
}

TEST(DecodeContainer, ReadsPortsAndNetworks) {
    const auto container = decode_container(classic);
    ASSERT_TRUE(container);
    ASSERT_TRUE(container->has_network_settings);
    const auto& network = container->network_settings;
    EXPECT_EQ(network.sandbox_key, "/var/run/docker/netns/1");
    EXPECT_TRUE(network.ports.at("53/udp").empty());
    const std::vector<PortBinding> both{{"0.0.0.0", 32768}, {"::", 32768}};
    EXPECT_EQ(network.ports.at("80/tcp"), both);
    const auto& bridge = network.networks.at("bridge");
    EXPECT_EQ(bridge.network_id, "n1");
    EXPECT_EQ(bridge.ip, "172.17.0.2");
    EXPECT_EQ(bridge.prefix_len, 16);
    EXPECT_EQ(bridge.gateway, "172.17.0.1");
    EXPECT_EQ(bridge.ipv6, "fd00::2");
    EXPECT_EQ(bridge.ipv6_prefix_len, 64);
    EXPECT_EQ(bridge.ipv6_gateway, "fd00::1");
    EXPECT_EQ(bridge.mac, "02:42:ac:11:00:02");
}

TEST(DecodeContainer, ReadsTheNewestShapeWithoutTopLevelAddress) {
    const auto container = decode_container(R"({
      "Id": "9b", "Name": "/web", "Image": "sha256:bb", "Created": "2026-01-01T00:00:00Z",
      "ImageManifestDescriptor": {"digest": "sha256:cc"},
      "State": {"Status": "created", "Running": false, "Pid": 0, "ExitCode": 0,
                "StartedAt": "0001-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z"},
      "HostConfig": {"NetworkMode": "bridge", "Binds": null, "NanoCpus": 0, "LogConfig": {"Type": "local"}},
      "Mounts": [], "Config": {"Image": "app", "Env": null},
      "NetworkSettings": {"SandboxID": "", "SandboxKey": "", "Ports": {},
        "Networks": {"bridge": {"NetworkID": "", "IPAddress": "", "IPPrefixLen": 0, "GwPriority": 0,
                                "MacAddress": "", "DNSNames": null}}}})");
    ASSERT_TRUE(container) << container.error().what();
    EXPECT_EQ(container->network_settings.networks.at("bridge").ip, "");
    EXPECT_FALSE(container->state.started_at);
    EXPECT_FALSE(container->state.health);
    EXPECT_TRUE(container->config.env.empty());
    EXPECT_TRUE(container->host_config.log_options.empty());
}

TEST(DecodeContainer, ToleratesWhatIsMissing) {
    const auto container = decode_container(R"({"Id":"x","NetworkSettings":null})");
    ASSERT_TRUE(container);
    EXPECT_FALSE(container->has_network_settings);
    EXPECT_EQ(container->name, "");
}

TEST(DecodeContainer, NamesTheFieldOfAWrongType) {
    const auto what = [](std::string_view json) {
        const auto container = decode_container(json);
        EXPECT_FALSE(container) << json;
        EXPECT_EQ(container.error().code(), base::Errc::protocol);
        return container.error().what();
    };
    EXPECT_EQ(what(R"({"Id":"x","State":{"Pid":"12"}})"), "expected a whole number at /State/Pid");
    EXPECT_EQ(what(R"({"Id":"x","State":{"Pid":1.5}})"), "expected a whole number at /State/Pid");
    EXPECT_EQ(what(R"({"Id":"x","Config":{"Env":["A=1",7]}})"),
              "expected a string at /Config/Env/1");
    EXPECT_EQ(what(R"({"Id":"x","Config":{"Labels":[]}})"), "expected an object at /Config/Labels");
    EXPECT_EQ(what(R"({"Id":"x","Mounts":{}})"), "expected an array at /Mounts");
    EXPECT_EQ(what(R"({"Id":7})"), "expected a string at /Id");
    EXPECT_EQ(what(R"({"Name":"/web"})"), "expected an id at /Id");
    EXPECT_EQ(what(R"({"Id":"x","NetworkSettings":{"Ports":{"80/tcp":[{"HostPort":"65536"}]}}})"),
              "expected a port number at /NetworkSettings/Ports/80/tcp/0/HostPort");
    EXPECT_EQ(what(R"({"Id":"x","NetworkSettings":{"Networks":{"b":{"IPPrefixLen":-1}}}})"),
              "expected a small number at /NetworkSettings/Networks/b/IPPrefixLen");
}

TEST(DecodeContainer, SurvivesEveryCutOfADocument) {
    for (std::size_t length = 0; length < classic.size(); ++length) {
        const auto container = decode_container(classic.substr(0, length));
        ASSERT_FALSE(container) << length;
        ASSERT_EQ(container.error().code(), base::Errc::protocol);
    }
}

TEST(DecodeContainer, SaysNothingOfTheTextThatIsNoJson) {
    const auto container = decode_container(R"({"Config":{"Env":["TOKEN=hunter2" oops]}})");
    ASSERT_FALSE(container);
    EXPECT_EQ(container.error().what().find("hunter2"), std::string::npos);
}

TEST(DecodeContainer, SurvivesDeepNesting) {
    const std::string deep = std::string(500000, '[');
    EXPECT_FALSE(decode_container(deep));
    EXPECT_FALSE(decode_container(deep + std::string(500000, ']')));
}

} // namespace agent::docker
