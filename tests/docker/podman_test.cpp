// Podman behind the client: what it says otherwise than Docker comes out as Docker says it. Bodies are
// those of Podman 4.3.1, shortened, unless a test says otherwise.

#include "agent/docker/client.hpp"
#include "agent/docker/decode.hpp"

#include "fakes/scripted_docker_server.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

namespace {

using base::Errc;
using fakes::answer;

/// Of a refusal, whatever it is.
fakes::ServerAction refuse(const std::string& message) {
    return answer(500, R"({"cause":"it","message":")" + message + R"(","response":500})");
}

/// "web" in the default network, with a published port and a read-only bind.
constexpr std::string_view in_bridge_mode = R"({
  "Id": "d1", "Created": "2026-11-28T09:59:59.5Z", "Path": "sleep", "Args": ["600"],
  "State": {"Status": "running", "Running": true, "Paused": false, "Restarting": false,
    "OOMKilled": false, "Dead": false, "Pid": 4711, "ExitCode": 0, "Error": "",
    "StartedAt": "2026-11-28T10:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z",
    "Health": {"Status": "", "FailingStreak": 0, "Log": null}},
  "Image": "sha256:aa", "Name": "/web", "RestartCount": 0, "Driver": "overlay",
  "HostConfig": {"Binds": ["/host:/ecs:ro,rprivate,rbind"], "NetworkMode": "bridge",
    "CgroupParent": "/ecs/1", "LogConfig": {"Type": "json-file", "Config": null}},
  "Mounts": [{"Type": "bind", "Source": "/host", "Destination": "/ecs", "Mode": "", "RW": false,
    "Propagation": "rprivate"}],
  "Config": {"Hostname": "d1", "Env": ["container=podman", "HOME=/root"],
    "Image": "docker.io/library/app:1", "Labels": {"k": "v"}, "ExposedPorts": {"80/tcp": {}}},
  "NetworkSettings": {"Bridge": "", "SandboxKey": "/run/netns/netns-1", "EndpointID": "",
    "Gateway": "10.88.0.1", "IPAddress": "10.88.0.2", "IPPrefixLen": 16,
    "MacAddress": "aa:bb:cc:00:00:01",
    "Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "443/tcp": null},
    "Networks": {"podman": {"EndpointID": "", "Gateway": "10.88.0.1", "IPAddress": "10.88.0.2",
      "IPPrefixLen": 16, "IPv6Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
      "MacAddress": "aa:bb:cc:00:00:01", "NetworkID": "podman", "DriverOpts": null}}}
})";

/// The same with another text in the place of one.
base::Result<ContainerInspect> decode_with_change(const std::string& from, const std::string& to) {
    std::string body(in_bridge_mode);
    const auto at = body.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return decode_container(body.replace(at, from.size(), to));
}

class PodmanTest : public testing::Test {
protected:
    void SetUp() override {
        client = make_client(server.transport(loop.executor()), {});
        server.on_connect("1.41", "1.24");
        ASSERT_TRUE(loop.run(client->connect()));
    }

    fakes::TestLoop loop;
    fakes::ScriptedDockerServer server;
    std::unique_ptr<Client> client;
};

} // namespace

TEST(DecodePodmansContainer, HasTheNamesOfNetworksAndTheAddressesOfPortsThatDockerHas) {
    const auto container = decode_container(in_bridge_mode);
    ASSERT_TRUE(container) << container.error().what();
    const auto& network = container->network_settings;
    ASSERT_EQ(network.networks.size(), 1U);
    EXPECT_EQ(network.networks.at("bridge").ip, "10.88.0.2");
    EXPECT_EQ(network.sandbox_key, "/run/netns/netns-1");
    const std::vector<PortBinding> published{{"0.0.0.0", 8080}};
    EXPECT_EQ(network.ports.at("80/tcp"), published);
    EXPECT_TRUE(network.ports.at("443/tcp").empty());
    EXPECT_FALSE(container->mounts.at(0).rw) << "its mode is empty";
    EXPECT_EQ(container->host_config.cgroup_parent, "/ecs/1");
}

TEST(DecodePodmansContainer, LeavesANetworkOfTheUsersItsName) {
    const auto container = decode_with_change(R"("podman": {)", R"("front": {)");
    ASSERT_TRUE(container) << container.error().what();
    EXPECT_TRUE(container->network_settings.networks.contains("front"));
    // A network that is really called so, on Docker.
    const auto beside = decode_with_change(R"("Networks": {)", R"("Networks": {"bridge": {}, )");
    ASSERT_TRUE(beside);
    EXPECT_TRUE(beside->network_settings.networks.contains("podman"));
    const auto alone =
        decode_with_change(R"("NetworkMode": "bridge")", R"("NetworkMode": "podman")");
    ASSERT_TRUE(alone);
    EXPECT_TRUE(alone->network_settings.networks.contains("podman"));
}

TEST(DecodePodmansContainer, WhatHasJoinedAnotherHasNoNetworkOfItsOwn) {
    const auto container =
        decode_with_change(R"("NetworkMode": "bridge")", R"("NetworkMode": "container:d0")");
    ASSERT_TRUE(container) << container.error().what();
    EXPECT_TRUE(container->has_network_settings);
    EXPECT_TRUE(container->network_settings.networks.empty()) << "they are d0's";
    EXPECT_TRUE(container->network_settings.ports.empty());
    EXPECT_EQ(container->network_settings.sandbox_key, "");
}

TEST(DecodePodmansContainer, HasHealthOnlyWithACheck) {
    EXPECT_FALSE(decode_container(in_bridge_mode)->state.health);
    const auto checked =
        decode_with_change(R"("Health": {"Status": "")", R"("Health": {"Status": "starting")");
    ASSERT_TRUE(checked && checked->state.health);
    EXPECT_EQ(checked->state.health->status, "starting");
}

TEST(DecodePodmansContainer, RunsUntilItHasStopped) {
    const auto stopping = decode_with_change(R"("Status": "running", "Running": true)",
                                             R"("Status": "stopping", "Running": false)");
    ASSERT_TRUE(stopping);
    EXPECT_TRUE(stopping->state.running);
    const auto of_podman_5 = decode_with_change(R"("Status": "running", "Running": true)",
                                                R"("Status": "running", "Running": false)");
    ASSERT_TRUE(of_podman_5);
    EXPECT_TRUE(of_podman_5->state.running);
    const auto stopped = decode_with_change(R"("Status": "running", "Running": true)",
                                            R"("Status": "stopped", "Running": false)");
    ASSERT_TRUE(stopped);
    EXPECT_FALSE(stopped->state.running);
}

TEST_F(PodmanTest, RefusesWithTheKindsOfErrorsThatDockerHas) {
    server.on(
        "POST /v1.41/containers/create?name=web ",
        {refuse("container create: creating container storage: the container name \\\"web\\\" "
                "is already in use by d0: that name is already in use")});
    const auto created = loop.run(client->create_container("web", "{}"));
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().code(), Errc::conflict);
    EXPECT_NE(created.error().what().find("409 Conflict: container create: "), std::string::npos)
        << created.error().what();
    server.on("DELETE /v1.41/containers/web?force=0&v=1 ",
              {refuse("cannot remove container d1 as it is running: container state improper")});
    EXPECT_EQ(loop.run(client->remove_container("web", false, true)).error().code(),
              Errc::conflict);
    server.on("POST /v1.41/containers/web/kill?signal=SIGHUP ",
              {refuse("can only kill running containers: container state improper")});
    EXPECT_EQ(loop.run(client->kill_container("web", "SIGHUP")).error().code(), Errc::conflict);
    server.on("DELETE /v1.41/networks/n ", {refuse("network is being used")});
    EXPECT_EQ(loop.run(client->remove_network("n")).error().code(), Errc::conflict);
    server.on("POST /v1.41/networks/create ",
              {refuse("network name n already used: network already exists")});
    NetworkSpec spec;
    spec.name = "n";
    EXPECT_EQ(loop.run(client->create_network(spec)).error().code(), Errc::conflict);
}

TEST_F(PodmanTest, AContainerThatGoesWhileItIsLookedAtIsGone) {
    server.on("GET /v1.41/containers/web/json ",
              {refuse("no container with ID d1 found in database: no such container")});
    const auto container = loop.run(client->inspect_container("web"));
    ASSERT_TRUE(container) << container.error().what();
    EXPECT_FALSE(*container);
}

TEST_F(PodmanTest, OfAContainerThatDoesNotRunThereAreNoStats) {
    server.on("GET /v1.41/containers/web/stats?stream=0&one-shot=1 ", {answer(200, "")});
    const auto stats = loop.run(client->container_stats("web"));
    ASSERT_TRUE(stats) << stats.error().what();
    EXPECT_FALSE(*stats);
}

TEST_F(PodmanTest, AnImportedImageHasItsTag) {
    server.on(
        "POST /v1.41/images/create?fromSrc=-&repo=ecs-node-agent%2Fpause%3A12&changes=USER%201 ",
        {answer(200, R"({"status":"aa","progress":"","progressDetail":{},"id":"aa"})")});
    std::vector<std::string> changes{"USER 1"};
    const auto id =
        loop.run(client->import_image("tar", "ecs-node-agent/pause", "12", std::move(changes)));
    ASSERT_TRUE(id) << id.error().what();
    EXPECT_EQ(*id, "aa");
}

} // namespace agent::docker
