// Which field of Docker's becomes which of ours.

#include "agent/docker/inspect_to_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace agent::docker {
namespace {

using model::Container;
using model::ContainerStatus;
using model::ContainerType;
using model::NetworkMode;
using namespace std::chrono_literals;

const base::Time start{1700000000s};

docker::ContainerInspect inspect_of(const std::string& status) {
    docker::ContainerInspect inspect;
    inspect.id = std::string(64, 'a');
    inspect.name = "/web";
    inspect.image_id = "sha256:1";
    inspect.config.image = "nginx";
    inspect.created = start;
    inspect.state.status = status;
    inspect.state.running = status == "running" || status == "paused" || status == "restarting";
    inspect.state.paused = status == "paused";
    inspect.state.restarting = status == "restarting";
    inspect.state.dead = status == "dead";
    if (status != "created")
        inspect.state.started_at = start + 1s;
    if (status == "exited" || status == "dead")
        inspect.state.finished_at = start + 2s;
    inspect.has_network_settings = true;
    return inspect;
}

Container read(const docker::ContainerInspect& inspect, Container container = {},
               NetworkMode mode = NetworkMode::bridge) {
    read_inspect(container, inspect, mode);
    return container;
}

TEST(ReadInspect, EveryStateOfDockersHasOneOfOurs) {
    using enum ContainerStatus;
    const std::pair<const char*, ContainerStatus> table[] = {
        {"created", created},    {"running", running}, {"paused", running},
        {"restarting", running}, {"exited", stopped},  {"dead", stopped},
    };
    for (const auto& [status, expected] : table)
        EXPECT_EQ(read(inspect_of(status)).known, expected) << status;
}

TEST(ReadInspect, AContainerThatCouldNotBeStartedIsStopped) {
    auto inspect = inspect_of("created");
    inspect.state.error = "exec: \"/nope\": no such file";
    inspect.state.exit_code = 127;
    const auto container = read(inspect);
    EXPECT_EQ(container.known, ContainerStatus::stopped);
    EXPECT_EQ(container.exit_code, 127);
}

TEST(ReadInspect, SaysWhyAContainerHasStopped) {
    auto inspect = inspect_of("exited");
    inspect.state.exit_code = 1;
    auto container = read(inspect);
    EXPECT_EQ(container.stop_reason, "") << "it ended by itself";
    EXPECT_FALSE(container.start_failed);
    inspect.state.oom_killed = true;
    EXPECT_EQ(read(inspect).stop_reason, "OutOfMemoryError: Container killed due to memory usage");
    auto refused = inspect_of("created");
    refused.state.error = "exec: no such file";
    refused.state.exit_code = 128;
    container = read(refused);
    EXPECT_EQ(container.stop_reason, "CannotStartContainerError: exec: no such file");
    EXPECT_TRUE(container.start_failed);
    container.stop_reason = "DockerTimeoutError: start app";
    container = read(refused, container);
    EXPECT_EQ(container.stop_reason, "DockerTimeoutError: start app") << "said by the engine";
    container = read(inspect_of("running"), container);
    EXPECT_EQ(container.stop_reason, "") << "it runs after all";
    EXPECT_FALSE(container.start_failed);
}

TEST(ReadInspect, RestartThatDockerRefusedHasFailedToo) {
    auto inspect = inspect_of("exited");
    inspect.state.exit_code = 1;
    inspect.state.error = "no space left";
    const auto container = read(inspect);
    EXPECT_TRUE(container.start_failed);
    EXPECT_EQ(container.known, ContainerStatus::stopped);
}

// Docker repeats the option that its log driver could not work with.
TEST(ReadInspect, WhatDockerSaysOfAFailedStartIsNotToldWhereLogOptionsAreSecret) {
    auto refused = inspect_of("created");
    refused.state.error = "failed to initialize logging driver: dial tcp: lookup hunter22";
    Container container;
    container.secret_log_options = {"gelf-address"};
    container = read(refused, container);
    EXPECT_TRUE(container.start_failed);
    EXPECT_EQ(container.stop_reason,
              "CannotStartContainerError: " + std::string(untold_start_failure));
}

TEST(ReadInspect, OneThatWasGivenUpStaysSoUntilItIsStartedAfterAll) {
    Container container;
    container.started_at = start + 1s;
    container.start_failed = true;
    container.stop_reason = "DockerTimeoutError: start app";
    container = read(inspect_of("exited"), container);
    EXPECT_TRUE(container.start_failed) << "Docker does not remember each refusal";
    EXPECT_EQ(container.stop_reason, "DockerTimeoutError: start app");
    auto again = inspect_of("exited");
    again.state.started_at = start + 9s;
    EXPECT_FALSE(read(again, container).start_failed);
    // D20: Docker has made it only then.
    container.started_at.reset();
    container.exit_code = 143;
    container = read(inspect_of("created"), container);
    EXPECT_EQ(container.known, ContainerStatus::stopped);
    EXPECT_EQ(container.exit_code, 143);
    EXPECT_EQ(container.stop_reason, "DockerTimeoutError: start app");
}

TEST(ReadInspect, ProvisionedHoldsWhileThePauseContainerRunsOn) {
    Container pause;
    pause.type = ContainerType::cni_pause;
    pause.known = ContainerStatus::resources_provisioned;
    pause.started_at = start + 1s;
    EXPECT_EQ(read(inspect_of("running"), pause).known, ContainerStatus::resources_provisioned);
    EXPECT_EQ(read(inspect_of("exited"), pause).known, ContainerStatus::stopped);
    auto again = inspect_of("running");
    again.state.started_at = start + 9s;
    EXPECT_EQ(read(again, pause).known, ContainerStatus::running)
        << "started again, it has another namespace";
    pause.known = ContainerStatus::created;
    EXPECT_EQ(read(inspect_of("running"), pause).known, ContainerStatus::running);
}

TEST(ReadInspect, TheExitCodeIsThereAfterTheEndAndTheTimeOfTheLastEndFromThenOn) {
    EXPECT_EQ(read(inspect_of("running")).finished_at, std::nullopt);
    auto inspect = inspect_of("exited");
    inspect.state.exit_code = 3;
    auto container = read(inspect);
    EXPECT_EQ(container.exit_code, 3);
    EXPECT_EQ(container.finished_at, start + 2s);
    auto again = inspect_of("running");
    again.state.finished_at = start + 2s;
    container = read(again, container);
    EXPECT_EQ(container.exit_code, std::nullopt);
    EXPECT_EQ(container.finished_at, start + 2s) << "started again: the end before that";
    EXPECT_EQ(container.started_at, start + 1s);
}

TEST(ReadInspect, OverwritesWhatDockerKnowsAndKeepsWhatTheDefinitionSays) {
    Container declared;
    declared.name = "front";
    declared.arn = "arn";
    declared.endpoint_id = "id";
    declared.declared = true;
    declared.memory_mib = 64;
    declared.docker_name = "old";
    auto inspect = inspect_of("running");
    inspect.config.labels = {{"a", "b"}};
    inspect.host_config.network_mode = "default";
    inspect.host_config.log_driver = "json-file";
    inspect.host_config.log_options = {{"max-size", "1m"}};
    inspect.host_config.dns = {"10.0.0.2"};
    inspect.host_config.dns_search = {"example.org"};
    inspect.config.hostname = "front-1";
    docker::Mount mount;
    mount.name = "volume1";
    mount.source = "/var/lib/docker/volumes/volume1";
    mount.destination = "/logs";
    inspect.mounts = {mount};
    inspect.network_settings.sandbox_key = "/var/run/docker/netns/1";
    const auto container = read(inspect, declared);
    EXPECT_EQ(container.name, "front");
    EXPECT_EQ(container.arn, "arn");
    EXPECT_EQ(container.endpoint_id, "id");
    EXPECT_TRUE(container.declared);
    EXPECT_EQ(container.memory_mib, 64);
    EXPECT_EQ(container.docker_name, "web");
    EXPECT_EQ(container.docker_id, inspect.id);
    EXPECT_EQ(container.image_id, "sha256:1");
    EXPECT_EQ(container.labels.at("a"), "b");
    EXPECT_EQ(container.network_mode, "bridge") << "\"default\" is Docker's word for it";
    EXPECT_EQ(container.log_driver, "json-file");
    EXPECT_EQ(container.log_options.at("max-size"), "1m");
    EXPECT_EQ(container.dns_servers, std::vector<std::string>{"10.0.0.2"});
    EXPECT_EQ(container.dns_search, std::vector<std::string>{"example.org"});
    EXPECT_EQ(container.hostname, "front-1");
    ASSERT_EQ(container.volumes.size(), 1U);
    EXPECT_EQ(container.volumes[0].docker_name, "volume1");
    EXPECT_EQ(container.volumes[0].destination, "/logs");
    EXPECT_EQ(container.sandbox_key, "/var/run/docker/netns/1");
    EXPECT_EQ(read(inspect, container).volumes.size(), 1U) << "reading again does not add";
}

TEST(ReadInspect, WhereALogDriverAsksForCredentialsIsAmongItsOptionsForNobody) {
    auto inspect = inspect_of("running");
    inspect.host_config.log_driver = "awslogs";
    inspect.host_config.log_options = {
        {"awslogs-credentials-endpoint", "/v2/credentials/the-id"},
        {"awslogs-group", "g"},
        {"awslogs-endpoint", "http://127.0.0.1:4566"},
    };
    const docker::StringMap expected{{"awslogs-endpoint", "http://127.0.0.1:4566"},
                                     {"awslogs-group", "g"}};
    const auto container = read(inspect);
    EXPECT_EQ(container.log_options, expected);
    EXPECT_EQ(container.log_driver, "awslogs");
}

TEST(ReadInspect, AFirstProcessIsThereOnlyWhileItRuns) {
    auto inspect = inspect_of("running");
    inspect.state.pid = 4711;
    auto container = read(inspect);
    EXPECT_EQ(container.pid, 4711);
    inspect.state.pid = -1;
    EXPECT_EQ(read(inspect, container).pid, 0);
    inspect = inspect_of("exited");
    inspect.state.pid = 4711;
    EXPECT_EQ(read(inspect, container).pid, 0) << "the number may be another's by now";
}

TEST(ReadInspect, VolumesHaveOneOrderWhateverDockersIs) {
    auto inspect = inspect_of("running");
    for (const auto* place : {"/b", "/c", "/a"}) {
        docker::Mount mount;
        mount.source = mount.destination = place;
        inspect.mounts.push_back(mount);
    }
    const auto volumes = read(inspect).volumes;
    std::reverse(inspect.mounts.begin(), inspect.mounts.end());
    EXPECT_EQ(read(inspect).volumes, volumes);
}

TEST(ReadInspect, PortsAreTheRealBindingsInAStableOrder) {
    auto inspect = inspect_of("running");
    inspect.network_settings.ports = {
        {"8080/tcp", {{"0.0.0.0", 32770}}}, {"80/tcp", {{"127.0.0.1", 32769}, {"0.0.0.0", 80}}},
        {"53/udp", {{"0.0.0.0", 53}}},      {"443/tcp", {}},
        {"9000/sctp", {{"0.0.0.0", 9000}}},
    };
    const std::vector<model::Port> expected{{53, 53, "udp", "0.0.0.0"},
                                            {80, 80, "tcp", "0.0.0.0"},
                                            {80, 32769, "tcp", "127.0.0.1"},
                                            {8080, 32770, "tcp", "0.0.0.0"}};
    EXPECT_EQ(read(inspect).ports, expected)
        << "no exposed one, and no sctp: ECS has no word for it";
}

TEST(ReadInspect, APortThatIsBoundForIpv4AndIpv6IsThereTwice) {
    auto inspect = inspect_of("running");
    inspect.network_settings.ports = {{"80/tcp", {{"::", 8081}, {"0.0.0.0", 8080}}}};
    const std::vector<model::Port> expected{{80, 8080, "tcp", "0.0.0.0"}, {80, 8081, "tcp", "::"}};
    EXPECT_EQ(read(inspect).ports, expected);
}

TEST(ReadInspect, PortsAreEmptyBeforeStartAndAfterTheEnd) {
    auto inspect = inspect_of("created");
    inspect.network_settings.ports = {{"80/tcp", {{"0.0.0.0", 8080}}}};
    EXPECT_TRUE(read(inspect).ports.empty());
    auto running = read([&] {
        auto now = inspect_of("running");
        now.network_settings = inspect.network_settings;
        return now;
    }());
    EXPECT_EQ(running.ports.size(), 1U);
    EXPECT_TRUE(read(inspect_of("exited"), running).ports.empty());
}

TEST(ReadInspect, AwsvpcShowsTheDeclaredPortsOnceItRuns) {
    Container app;
    app.declared_ports = {{80, 80, "tcp", ""}};
    EXPECT_EQ(read(inspect_of("running"), app, NetworkMode::awsvpc).ports, app.declared_ports);
    EXPECT_TRUE(read(inspect_of("created"), app, NetworkMode::awsvpc).ports.empty());
    Container pause = app;
    pause.type = ContainerType::cni_pause;
    EXPECT_TRUE(read(inspect_of("running"), pause, NetworkMode::awsvpc).ports.empty());
}

TEST(ReadInspect, NetworksAreKnownByNameFromTheCreationOn) {
    auto inspect = inspect_of("created");
    docker::NetworkEndpoint asked_for;
    asked_for.ip = "172.17.0.2";
    inspect.network_settings.networks = {{"bridge", asked_for}};
    const auto container = read(inspect);
    EXPECT_TRUE(container.networks_known);
    ASSERT_EQ(container.networks.size(), 1U);
    EXPECT_EQ(container.networks[0].name, "bridge");
    EXPECT_EQ(container.networks[0].ipv4, "") << "it may be another's until it has started";
    inspect.has_network_settings = false;
    EXPECT_FALSE(read(inspect).networks_known);
}

TEST(ReadInspect, NetworksAreReadWhileItRunsAndRememberedAfterwards) {
    auto inspect = inspect_of("running");
    docker::NetworkEndpoint endpoint;
    endpoint.ip = "172.17.0.2";
    endpoint.prefix_len = 16;
    endpoint.gateway = "172.17.0.1";
    endpoint.ipv6 = "fd00::2";
    endpoint.ipv6_prefix_len = 64;
    endpoint.ipv6_gateway = "fd00::1";
    endpoint.mac = "02:42:ac:11:00:02";
    inspect.network_settings.networks = {{"front", {}}, {"bridge", endpoint}};
    const auto container = read(inspect);
    EXPECT_TRUE(container.networks_known);
    ASSERT_EQ(container.networks.size(), 2U);
    const model::NetworkAttachment expected{
        "bridge", "172.17.0.2", 16, "172.17.0.1", "fd00::2", 64, "fd00::1", "02:42:ac:11:00:02"};
    EXPECT_EQ(container.networks[0], expected);
    EXPECT_EQ(container.networks[1].name, "front");
    auto ended = inspect_of("exited");
    ended.network_settings.sandbox_key = "/stale";
    const auto after = read(ended, container);
    EXPECT_EQ(after.networks.size(), 2U) << "what it had is still shown";
    EXPECT_EQ(after.sandbox_key, "");
}

TEST(ReadInspect, HealthHasEcsWordsAndTheTimeSinceWhichItIsSo) {
    auto inspect = inspect_of("running");
    EXPECT_EQ(read(inspect).health, std::nullopt);
    const auto health = [&](const std::string& status, base::Time at,
                            const Container& before = {}) {
        docker::ContainerHealth said;
        said.status = status;
        said.last_end = at;
        said.last_exit_code = status == "unhealthy" ? 1 : 0;
        said.last_output = std::string(5000, 'o');
        inspect.state.health = said;
        return read(inspect, before);
    };
    EXPECT_EQ(health("none", start).health, std::nullopt);
    EXPECT_EQ(health("starting", start).health->status, "");
    EXPECT_EQ(health("starting", start).health->status_since, std::nullopt);
    const auto healthy = health("healthy", start + 10s);
    EXPECT_EQ(healthy.health->status, "HEALTHY");
    EXPECT_EQ(healthy.health->status_since, start + 10s);
    EXPECT_EQ(healthy.health->output.size(), 1024U);
    const auto still = health("healthy", start + 20s, healthy);
    EXPECT_EQ(still.health->status_since, start + 10s) << "the same since the first time";
    const auto ill = health("unhealthy", start + 30s, still);
    EXPECT_EQ(ill.health->status, "UNHEALTHY");
    EXPECT_EQ(ill.health->status_since, start + 30s);
    EXPECT_EQ(ill.health->exit_code, 1);
}

TEST(ObservedTask, IsNamedAfterTheContainerWithinEcsCharacters) {
    model::Instance host;
    host.scope = {"eu-west-1", "111122223333", "prod"};
    host.availability_zone = "eu-west-1a";
    auto inspect = inspect_of("running");
    inspect.id = "0123456789abcdef0123456789abcdef" + std::string(32, 'f');
    inspect.name = "/shop.web_1";
    inspect.host_config.network_mode = "front";
    const auto task = observed_task(inspect, host);
    EXPECT_EQ(task.id, "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(task.arn,
              "arn:aws:ecs:eu-west-1:111122223333:task/prod/0123456789abcdef0123456789abcdef");
    EXPECT_EQ(task.family, "shop-web_1");
    EXPECT_EQ(task.revision, "1");
    EXPECT_FALSE(task.declared);
    EXPECT_EQ(task.network_mode, NetworkMode::bridge)
        << "a network of the user's is a bridge to ECS";
    inspect.name = "/" + std::string(300, 'x');
    EXPECT_EQ(observed_task(inspect, host).family.size(), 255U);
    inspect.host_config.network_mode = "host";
    EXPECT_EQ(observed_task(inspect, host).network_mode, NetworkMode::host);
    inspect.host_config.network_mode = "none";
    EXPECT_EQ(observed_task(inspect, host).network_mode, NetworkMode::none);
}

TEST(ObservedContainer, HasItsLimitsInEcsUnits) {
    model::Task task;
    task.arn = "arn:aws:ecs:eu-west-1:111122223333:task/prod/t";
    task.id = "t";
    task.cluster = "prod";
    auto inspect = inspect_of("running");
    inspect.host_config.cpu_shares = 512;
    inspect.host_config.memory = 64LL * 1024 * 1024;
    EXPECT_EQ(observed_container(inspect, task).cpu_units, 512);
    EXPECT_EQ(observed_container(inspect, task).memory_mib, 64);
    EXPECT_EQ(observed_container(inspect, task).name, "web");
    EXPECT_FALSE(observed_container(inspect, task).declared);
    inspect.host_config.nano_cpus = 1'500'000'000;
    EXPECT_EQ(observed_container(inspect, task).cpu_units, 1536) << "--cpus 1.5";
    const auto arn = observed_container(inspect, task).arn;
    EXPECT_TRUE(arn.starts_with("arn:aws:ecs:eu-west-1:111122223333:container/prod/t/")) << arn;
    EXPECT_EQ(observed_container(inspect, task).arn, arn) << "found again after a restart";
}

TEST(Inspect, SaysWhoseNamespaceWasJoinedAndWhatTheEnvironmentHolds) {
    auto inspect = inspect_of("running");
    inspect.host_config.network_mode = "container:abc";
    EXPECT_EQ(joined_container(inspect), "abc");
    inspect.host_config.network_mode = "containers";
    EXPECT_EQ(joined_container(inspect), "");
    inspect.config.env = {"AB=wrong", "A=right=er", "EMPTY="};
    EXPECT_EQ(environment_value(inspect, "A"), "right=er");
    EXPECT_EQ(environment_value(inspect, "EMPTY"), "");
    EXPECT_EQ(environment_value(inspect, "NONE"), "");
}

} // namespace
} // namespace agent::docker
