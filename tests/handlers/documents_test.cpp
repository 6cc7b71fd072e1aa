#include "handlers/metadata/documents.hpp"

#include "base/json.hpp"
#include "handlers/v3/metadata.hpp"
#include "handlers/v4/metadata.hpp"
#include "support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace handlers;
using metadata::Json;

const metadata::Dialect& dialect_of(unsigned version) {
    return version == 3 ? v3::dialect : v4::dialect;
}

/// What versions 3 and 4 show of one container in a task of its own.
class DocumentsTest : public ::testing::Test {
protected:
    Json show(unsigned version) {
        return *base::parse_json(dialect_of(version).container.function(world, task, &container()));
    }
    std::string task_text(unsigned version) {
        return dialect_of(version).task.function(world, task, nullptr);
    }
    Json show_task(unsigned version) { return *base::parse_json(task_text(version)); }
    std::string show(unsigned version, const char* key) {
        const auto document = show(version);
        return document.contains(key) ? base::to_go_json(document[key]) : "absent";
    }
    model::Container& container() { return task.containers.front(); }

    model::Task task = handlers_test::bridge_task("b1", {"web"}, "172.17.0.2");
    model::World world{handlers_test::example_instance()};
};

TEST_F(DocumentsTest, FloorsCpuAtTwoAndPrintsItAsAnInteger) {
    container().cpu_units = 0;
    EXPECT_EQ(show(3, "Limits"), R"({"CPU":2,"Memory":0})");
    container().cpu_units = 256.4;
    EXPECT_EQ(show(4, "Limits"), R"({"CPU":256,"Memory":0})");
}

TEST_F(DocumentsTest, PrintsTaskLimitsInVcpuAndLeavesOutWhatIsNotLimited) {
    const auto limits = [&] {
        const auto document = show_task(4);
        return document.contains("Limits") ? base::to_go_json(document["Limits"]) : "absent";
    };
    EXPECT_EQ(limits(), "absent");
    task.cpu_vcpu = 0.25;
    EXPECT_EQ(limits(), R"({"CPU":0.25})");
    task.cpu_vcpu = 2;
    task.memory_mib = 512;
    EXPECT_EQ(limits(), R"({"CPU":2,"Memory":512})");
}

TEST_F(DocumentsTest, ShowsTheHostAddressOfAPortInVersion4Only) {
    container().ports = {{80, 32768, "tcp", "0.0.0.0"}, {53, 53, "udp", "127.0.0.1"}};
    EXPECT_EQ(show(3, "Ports"), R"([{"ContainerPort":80,"Protocol":"tcp","HostPort":32768},)"
                                R"({"ContainerPort":53,"Protocol":"udp","HostPort":53}])");
    EXPECT_EQ(show(4, "Ports"),
              R"([{"ContainerPort":80,"Protocol":"tcp","HostPort":32768,"HostIp":"0.0.0.0"},)"
              R"({"ContainerPort":53,"Protocol":"udp","HostPort":53,"HostIp":"127.0.0.1"}])");
}

TEST_F(DocumentsTest, ShowsEachBindingOfAPort) {
    container().ports = {{80, 80, "tcp", "0.0.0.0"}, {80, 80, "tcp", "::"}};
    EXPECT_EQ(show(3, "Ports"), R"([{"ContainerPort":80,"Protocol":"tcp","HostPort":80},)"
                                R"({"ContainerPort":80,"Protocol":"tcp","HostPort":80}])");
    EXPECT_EQ(show(4, "Ports"),
              R"([{"ContainerPort":80,"Protocol":"tcp","HostPort":80,"HostIp":"0.0.0.0"},)"
              R"({"ContainerPort":80,"Protocol":"tcp","HostPort":80,"HostIp":"::"}])");
}

TEST_F(DocumentsTest, ShowsHealthOnlyOfContainersWithACheck) {
    EXPECT_EQ(show(3, "Health"), "absent");
    container().health.emplace();
    EXPECT_EQ(show(3, "Health"), "{}");
    container().health = {{"UNHEALTHY", base::parse_rfc3339("2024-01-02T04:04:05+01:00"), 7, "no"}};
    EXPECT_EQ(show(4, "Health"), R"({"status":"UNHEALTHY","statusSince":"2024-01-02T03:04:05Z",)"
                                 R"("exitCode":7,"output":"no"})");
}

TEST_F(DocumentsTest, ShowsOneNetworkForEachThatDockerNames) {
    model::NetworkAttachment second;
    second.name = "users";
    second.ipv4 = "172.20.0.3";
    second.ipv6 = "2001:db8::3";
    container().networks.push_back(second);
    EXPECT_EQ(show(3, "Networks"), R"([{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]},)"
                                   R"({"NetworkMode":"users","IPv4Addresses":["172.20.0.3"]}])");
    EXPECT_EQ(show(4, "Networks"), R"([{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]},)"
                                   R"({"NetworkMode":"users","IPv4Addresses":["172.20.0.3"],)"
                                   R"("IPv6Addresses":["2001:db8::3"]}])");
}

TEST_F(DocumentsTest, ShowsAnEmptyAddressInHostModeWhetherDockerNamesTheNetworkOrNot) {
    task.network_mode = model::NetworkMode::host;
    container().network_mode = container().networks[0].name = "host";
    container().networks[0].ipv4 = "";
    EXPECT_EQ(show(3, "Networks"), R"([{"NetworkMode":"host","IPv4Addresses":[""]}])");
    container().networks.clear();
    EXPECT_EQ(show(4, "Networks"), R"([{"NetworkMode":"host","IPv4Addresses":[""]}])");
}

TEST_F(DocumentsTest, ShowsTheNetworksOfTheNamespaceThatAContainerShares) {
    auto helper = handlers_test::bridge_task("b1", {"helper"}, "").containers[0];
    helper.network_mode = "container:b1-web";
    helper.networks.clear();
    task.containers.insert(task.containers.begin(), helper);
    EXPECT_EQ(show(4, "Networks"), R"([{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]}])");
}

TEST_F(DocumentsTest, TellsBothAddressesOfADualStackTask) {
    task = handlers_test::example_task();
    auto& network = task.containers[1].networks[0];
    network.ipv6 = "2001:db8:1:2:3::4";
    network.ipv6_prefix = 80;
    network.ipv6_gateway = "2001:db8:1:2:3::1";
    EXPECT_EQ(show(3, "Networks"), R"([{"NetworkMode":"awsvpc","IPv4Addresses":["10.0.0.2"],)"
                                   R"("IPv6Addresses":["2001:db8:1:2:3::4"]}])");
    const auto shown = show(4)["Networks"][0];
    EXPECT_EQ(shown["IPv6SubnetCIDRBlock"], "2001:db8:1:2::/64");
    EXPECT_EQ(shown["SubnetGatewayIpv6Address"], "2001:db8:1:2:3::1/80");
}

TEST_F(DocumentsTest, LeavesOutTheGatewayOfAnInternalNetwork) {
    task = handlers_test::example_task();
    task.containers[1].networks[0].ipv4_gateway = "";
    const auto shown = show(4)["Networks"][0];
    EXPECT_EQ(shown["IPv4SubnetCIDRBlock"], "10.0.0.0/20");
    EXPECT_FALSE(shown.contains("SubnetGatewayIpv4Address"));
}

TEST_F(DocumentsTest, LeavesOutNetworksOfATaskWhosePauseContainerHasNoAddressYet) {
    task = handlers_test::example_task();
    task.containers[1].networks.clear();
    EXPECT_FALSE(metadata::networks_ready(task, container()));
    const auto document = show_task(4);
    EXPECT_EQ(document["Containers"].size(), 2U);
    EXPECT_FALSE(document["Containers"][0].contains("Networks"));
}

TEST_F(DocumentsTest, TellsNoNameAndNoLabelsOfAContainerThatDockerDoesNotHave) {
    container().docker_id = "";
    container().labels = {{"a", "b"}};
    container().known = model::ContainerStatus::pulled;
    const auto pulled = show_task(4)["Containers"][0];
    EXPECT_EQ(pulled["DockerName"], "");
    EXPECT_EQ(pulled["ImageID"], "sha256:1");
    EXPECT_FALSE(pulled.contains("Labels"));
}

TEST_F(DocumentsTest, ListsInVersion4WhatIsPulledOrCameToNothingAndNotWhatHasNotBegun) {
    task = handlers_test::example_task();
    const auto listed = [&] {
        std::string names;
        for (const auto& each : show_task(4).value("Containers", Json::array()))
            names += each["Name"].get<std::string>() + " ";
        return names;
    };
    auto& pause = task.containers[1];
    EXPECT_EQ(listed(), "sleepy ~internal~ecs~pause ");
    container().docker_id = pause.docker_id = "";
    for (const auto status : {model::ContainerStatus::pulled, model::ContainerStatus::stopped}) {
        container().known = pause.known = status;
        EXPECT_EQ(listed(), "sleepy ");
    }
    container().known = model::ContainerStatus::none;
    EXPECT_EQ(listed(), "");
    EXPECT_FALSE(show_task(4).contains("Containers"));
}

TEST_F(DocumentsTest, HasTheKeysOfVersion4InTheContractsOrder) {
    const auto moment = base::parse_rfc3339("2024-01-02T03:04:05Z");
    auto& all = container();
    all.arn = "arn";
    all.labels = {{"z", "1"}, {"a", "2"}};
    all.ports = {{80, 80, "tcp", ""}};
    all.exit_code = 0;
    all.created_at = all.started_at = all.finished_at = moment;
    all.health.emplace();
    all.volumes = {{"vol", "/src", "/dst"}, {"", "/src", "/dst"}};
    all.log_driver = "awslogs";
    all.log_options = {{"awslogs-group", "g"}};
    all.restart_count = 0;
    const auto keys = [](const Json& document) {
        std::string joined;
        for (const auto& [key, value] : document.items())
            joined += key + " ";
        return joined;
    };
    EXPECT_EQ(keys(show(4)),
              "DockerId Name DockerName Image ImageID Ports Labels DesiredStatus KnownStatus "
              "ExitCode Limits CreatedAt StartedAt FinishedAt Type Health Volumes LogDriver "
              "LogOptions ContainerARN Networks RestartCount ");
    EXPECT_EQ(keys(show(3)),
              "DockerId Name DockerName Image ImageID Ports Labels DesiredStatus KnownStatus "
              "ExitCode Limits CreatedAt StartedAt FinishedAt Type Networks Health Volumes ");
    EXPECT_EQ(show(4, "Labels"), R"({"a":"2","z":"1"})");
    EXPECT_EQ(show(4, "Volumes"), R"([{"DockerName":"vol","Source":"/src","Destination":"/dst"},)"
                                  R"({"Source":"/src","Destination":"/dst"}])");
}

TEST_F(DocumentsTest, LeavesOutWhatATaskDoesNotHave) {
    task.containers.clear();
    task.containers.push_back(handlers_test::bridge_task("b1", {"web"}, "").containers[0]);
    container().docker_id = "";
    const auto start =
        R"({"Cluster":"default","TaskARN":"arn:aws:ecs:us-west-2:000000000000:task/default/b1",)"
        R"("Family":"web","Revision":"7","DesiredStatus":"RUNNING","KnownStatus":"RUNNING")";
    EXPECT_EQ(task_text(3), std::string(start) + "}");
    const auto v4 = show_task(4);
    EXPECT_EQ(v4["FaultInjectionEnabled"], false);
    for (const auto* key : {"LaunchType", "VPCID", "ServiceName", "ClockDrift",
                            "EphemeralStorageMetrics", "AvailabilityZoneID"})
        EXPECT_FALSE(v4.contains(key)) << key;
}

TEST_F(DocumentsTest, ShowsHowAnAwsvpcTaskIsNamedAndWhoResolvesNamesForIt) {
    task = handlers_test::example_task();
    auto& pause = task.containers[1];
    pause.hostname = "3f2a1b0c9d8e";
    pause.dns_servers = {"10.0.0.2", "10.0.0.3"};
    pause.dns_search = {"example.org"};
    const auto shown = show(4)["Networks"][0];
    EXPECT_EQ(shown["PrivateDNSName"], "3f2a1b0c9d8e");
    EXPECT_EQ(shown["DomainNameServers"], Json({"10.0.0.2", "10.0.0.3"}));
    EXPECT_EQ(shown["DomainNameSearchList"], Json({"example.org"}));
    EXPECT_FALSE(shown.contains("SubnetGatewayIpv6Address"));
    EXPECT_FALSE(show(3)["Networks"][0].contains("PrivateDNSName"));
}

TEST_F(DocumentsTest, ShowsWhomABridgedContainerAsksForNamesIfItWasToldTo) {
    EXPECT_EQ(show(4, "Networks"), R"([{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]}])");
    container().hostname = "web";
    container().dns_servers = {"10.0.0.2"};
    container().dns_search = {"example.org"};
    EXPECT_EQ(show(4, "Networks"), R"([{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"],)"
                                   R"("DomainNameServers":["10.0.0.2"],)"
                                   R"("DomainNameSearchList":["example.org"]}])");
    EXPECT_EQ(show(3, "Networks"), R"([{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]}])");
}

TEST_F(DocumentsTest, ShowsOneThatItsRestartPolicyStartsAgainAsRunning) {
    const auto moment = base::parse_rfc3339("2024-01-02T03:04:05Z");
    auto& again = container();
    again.known = model::ContainerStatus::stopped;
    again.exit_code = 3;
    again.started_at = *moment - std::chrono::minutes(2);
    again.finished_at = moment;
    again.restart_policy.enabled = true;
    again.restart_count = 4;
    for (const unsigned version : {3U, 4U}) {
        EXPECT_EQ(show(version, "KnownStatus"), R"("RUNNING")");
        EXPECT_EQ(show(version, "ExitCode"), "absent");
        EXPECT_EQ(show(version, "FinishedAt"), R"("2024-01-02T03:04:05Z")");
        EXPECT_EQ(show_task(version)["Containers"][0]["KnownStatus"], "RUNNING");
    }
    again.desired = model::ContainerStatus::stopped;
    for (const unsigned version : {3U, 4U}) {
        EXPECT_EQ(show(version, "KnownStatus"), R"("STOPPED")");
        EXPECT_EQ(show(version, "ExitCode"), "3");
    }
}

TEST_F(DocumentsTest, ShowsWhatIsReadOffTheHostInTasksOfVersion4Only) {
    model::HostReadings readings;
    readings.clock = model::ClockDrift{0.25, base::parse_rfc3339("2024-01-02T03:04:05Z"), true};
    readings.storage = model::EphemeralStorage{261, 20496};
    world.set_readings(readings);
    const auto text = task_text(4);
    const auto expected =
        R"("ClockDrift":{"ClockErrorBound":0.25,"ReferenceTimestamp":"2024-01-02T03:04:05Z",)"
        R"("ClockSynchronizationStatus":"SYNCHRONIZED"},)"
        R"("EphemeralStorageMetrics":{"Utilized":261,"Reserved":20496},"FaultInjectionEnabled")";
    EXPECT_NE(text.find(expected), std::string::npos) << text;
    EXPECT_FALSE(show_task(3).contains("ClockDrift"));

    readings.clock = model::ClockDrift{16000, std::nullopt, false};
    readings.storage.reset();
    world.set_readings(readings);
    EXPECT_EQ(base::to_go_json(show_task(4)["ClockDrift"]),
              R"({"ClockErrorBound":16000,"ClockSynchronizationStatus":"NOT_SYNCHRONIZED"})");
    EXPECT_FALSE(show_task(4).contains("EphemeralStorageMetrics"));
}

TEST(SubnetOf, MasksAddressesOfBothFamilies) {
    EXPECT_EQ(metadata::subnet_of("172.31.47.69", 20), "172.31.32.0/20");
    EXPECT_EQ(metadata::subnet_of("10.1.2.3", 32), "10.1.2.3/32");
    EXPECT_EQ(metadata::subnet_of("10.1.2.3", 0), "0.0.0.0/0");
    EXPECT_EQ(metadata::subnet_of("2001:db8::1:2:3:4", 72), "2001:db8::/72");
    EXPECT_EQ(metadata::subnet_of("nonsense", 24), "");
}

} // namespace
