// The observer by the real client, against engines that this machine does not have. Their documents are
// written by hand after their public references, shortened.

#include "agent/observer/observer.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/scripted_docker_server.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace agent::observer {
namespace {

using fakes::answer;
using fakes::chunk;

const std::string web(64, 'a');
const std::string side(64, 'b');

class EngineShapesTest : public testing::Test {
protected:
    ~EngineShapesTest() override {
        tasks.cancel();
        EXPECT_TRUE(loop.run(tasks.wait(std::chrono::seconds(10))));
        for (const auto level : {base::log::Level::warn, base::log::Level::error})
            EXPECT_EQ(log.count(level, ""), 0U) << log.all();
    }

    /// Runs an observer until it is connected, by API 1.`minor`.
    void begin(int minor, const std::string& networks, const std::string& containers) {
        api = "/v1." + std::to_string(minor);
        server.on_connect("1." + std::to_string(minor), "1.24");
        server.on("GET " + api + "/events?", {fakes::chunked_head(), fakes::feed(), fakes::hang()});
        server.on("GET " + api + "/networks ", {answer(200, networks)});
        server.on("GET " + api + "/containers/json?all=1 ", {answer(200, containers)});
        client = docker::make_client(server.transport(loop.executor()), {});
        observer = std::make_unique<Observer>(loop.executor(), *client, world, known_networks,
                                              ObserverSettings());
        tasks.spawn("observer", observer->run());
        loop.run_until([&] { return observer->connected(); });
        ASSERT_TRUE(observer->connected()) << log.all();
    }
    void on_inspect(const std::string& id, const std::string& body) {
        server.on("GET " + api + "/containers/" + id + "/json ", {answer(200, body)});
    }
    /// An event is one line, however it is written here.
    void say(std::string event) {
        std::erase(event, '\n');
        server.feed(chunk(event + "\n"));
    }
    std::string status(const std::string& id) const {
        const auto found = world.find_by_docker_id(id);
        return found ? std::string(model::to_string(found.container->known)) : "";
    }
    bool becomes(const std::string& id, const std::string& wanted) {
        loop.run_until([&] { return status(id) == wanted; });
        return status(id) == wanted;
    }
    const model::Container& container(const std::string& id) const {
        return *world.find_by_docker_id(id).container;
    }
    static model::Instance instance() {
        model::Instance host;
        host.scope = {"us-east-1", "000000000000", "default"};
        return host;
    }

    fakes::CapturedLog log;
    fakes::TestLoop loop;
    fakes::ScriptedDockerServer server;
    base::TaskGroup tasks{loop.executor()};
    model::World world{instance()};
    ContainerNetworks known_networks{boost::asio::ip::make_network_v4("169.254.172.0/22")};
    std::unique_ptr<docker::Client> client;
    std::unique_ptr<Observer> observer;
    std::string api;
};

// Docker Engine 29: no address at the top level of the network settings (API 1.52), events without
// status, id and from (1.52), descriptors of manifests (1.48).

constexpr auto engine_29_networks = R"([{"Name":"bridge","Id":"n1","Created":"2026-11-28T09:00:00Z",
  "Scope":"local","Driver":"bridge","EnableIPv4":true,"EnableIPv6":true,"IPAM":{"Driver":"default",
  "Options":null,"Config":[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"},
  {"Subnet":"fd00:17::/64","Gateway":"fd00:17::1"}]},"Internal":false,"Attachable":false,
  "Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,"Options":{},"Labels":{}}])";

std::string engine_29_list(const std::string& state) {
    return R"([{"Id":")" + web + R"(","Names":["/web"],"Image":"app:1","ImageID":"sha256:aa",
      "ImageManifestDescriptor":{"mediaType":"application/vnd.oci.image.manifest.v1+json",
      "digest":"sha256:bb","size":480,"platform":{"architecture":"amd64","os":"linux"}},
      "Command":"sleep 600","Created":1795255200,"Ports":[],"Labels":{"k":"v"},"State":")" +
           state + R"(","Status":"Up 3 seconds","HostConfig":{"NetworkMode":"bridge"},
      "Health":{"Status":"none","FailingStreak":0},"NetworkSettings":{"Networks":{}},"Mounts":[]}])";
}

std::string engine_29_inspect(const std::string& state, const std::string& network) {
    return R"({"Id":")" + web + R"(","Created":"2026-11-28T09:59:59.5Z","Path":"sleep",
      "Args":["600"],"State":)" +
           state + R"(,"Image":"sha256:aa","Name":"/web","RestartCount":0,"Driver":"overlayfs",
      "Platform":"linux","ImageManifestDescriptor":{"digest":"sha256:bb"},
      "HostConfig":{"Binds":null,"LogConfig":{"Type":"json-file","Config":{}},"NetworkMode":"bridge",
      "PortBindings":{"80/tcp":[{"HostIp":"","HostPort":""}]},"CgroupParent":"","NanoCpus":0,
      "Memory":0,"CpuShares":0,"Dns":null},"Storage":{"RootFS":{"Snapshot":{"Name":"overlayfs"}}},
      "Mounts":[],"Config":{"Hostname":"aaaaaaaaaaaa","Env":["PATH=/bin"],"Image":"app:1",
      "Labels":{"k":"v"},"ExposedPorts":{"80/tcp":{}}},"NetworkSettings":)" +
           network + "}";
}

constexpr auto engine_29_running = R"({"Status":"running","Running":true,"Paused":false,
  "Restarting":false,"OOMKilled":false,"Dead":false,"Pid":4711,"ExitCode":0,"Error":"",
  "StartedAt":"2026-11-28T10:00:00.25Z","FinishedAt":"0001-01-01T00:00:00Z"})";

constexpr auto engine_29_exited = R"({"Status":"exited","Running":false,"Paused":false,
  "Restarting":false,"OOMKilled":false,"Dead":false,"Pid":0,"ExitCode":3,"Error":"",
  "StartedAt":"2026-11-28T10:00:00.25Z","FinishedAt":"2026-11-28T10:00:09Z"})";

constexpr auto engine_29_network = R"({"SandboxID":"s","SandboxKey":"/var/run/docker/netns/s",
  "Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"32768"},{"HostIp":"::","HostPort":"32768"}]},
  "Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Aliases":null,"DriverOpts":null,
  "GwPriority":0,"NetworkID":"n1","EndpointID":"e","Gateway":"172.17.0.1","IPAddress":"172.17.0.2",
  "MacAddress":"aa:bb:cc:00:00:01","IPPrefixLen":16,"IPv6Gateway":"fd00:17::1",
  "GlobalIPv6Address":"fd00:17::2","GlobalIPv6PrefixLen":64,"DNSNames":null}}})";

TEST_F(EngineShapesTest, AContainerOfEngine29IsFollowedThroughItsLife) {
    api = "/v1.56";
    on_inspect(web, engine_29_inspect(engine_29_running, engine_29_network));
    begin(56, engine_29_networks, engine_29_list("running"));
    EXPECT_EQ(status(web), "RUNNING");
    EXPECT_EQ(container(web).image, "app:1");
    EXPECT_EQ(container(web).image_id, "sha256:aa");
    EXPECT_EQ(container(web).health, std::nullopt);
    ASSERT_EQ(container(web).networks.size(), 1U);
    const model::NetworkAttachment bridge{"bridge",     "172.17.0.2",       16,
                                          "172.17.0.1", "fd00:17::2",       64,
                                          "fd00:17::1", "aa:bb:cc:00:00:01"};
    EXPECT_EQ(container(web).networks[0], bridge);
    EXPECT_EQ(container(web).ports.at(0).host_port, 32768);
    EXPECT_EQ(world.find_by_address("172.17.0.2").container->docker_id, web);
    EXPECT_TRUE(known_networks.contains(boost::asio::ip::make_address("fd00:17::9")));
    on_inspect(web, engine_29_inspect(engine_29_exited,
                                      R"({"SandboxID":"","SandboxKey":"","Ports":{},
                                          "Networks":{"bridge":{"NetworkID":"n1"}}})"));
    say(R"({"Type":"container","Action":"die","Actor":{"ID":")" + web +
        R"(","Attributes":{"execDuration":"9","exitCode":"3","image":"app:1","name":"web"}},
           "scope":"local","time":1795255209,"timeNano":1795255209000000000})");
    ASSERT_TRUE(becomes(web, "STOPPED"));
    EXPECT_EQ(container(web).exit_code, 3);
    say(R"({"Type":"container","Action":"destroy","Actor":{"ID":")" + web +
        R"(","Attributes":{"name":"web"}},"scope":"local","time":1795255210,
           "timeNano":1795255210000000000})");
    EXPECT_TRUE(becomes(web, ""));
}

// Podman 4.3.1.

constexpr auto podman_networks = R"([{"Name":"bridge","Id":"2f25","Created":"2026-11-28T09:00:00Z",
  "Scope":"local","Driver":"bridge","EnableIPv6":false,"IPAM":{"Driver":"default","Options":
  {"driver":"host-local"},"Config":[{"Subnet":"10.88.0.0/16","Gateway":"10.88.0.1"}]},
  "Internal":false,"Attachable":false,"Ingress":false,"ConfigFrom":{"Network":""},
  "ConfigOnly":false,"Containers":{},"Options":{},"Labels":{}}])";

std::string podman_list() {
    return R"([{"Id":")" + web + R"(","Names":["/web"],"Image":"docker.io/library/app:1",
      "ImageID":"sha256:aa","Command":"sleep 600","Created":1795255200,"Ports":[],"Labels":{},
      "State":"running","Status":"Up 3 seconds","NetworkSettings":{"Networks":{}},"Mounts":[],
      "Name":"","Config":null,"NetworkingConfig":null,"Platform":null,"AdjustCPUShares":false}])";
}

std::string podman_inspect(const std::string& id, const std::string& name, const std::string& mode,
                           const std::string& state) {
    return R"({"Id":")" + id + R"(","Created":"2026-11-28T09:59:59.5Z","State":)" + state +
           R"(,"Image":"sha256:aa","Name":"/)" + name + R"(","RestartCount":0,"Driver":"overlay",
      "HostConfig":{"Binds":["/host:/b:ro,rprivate,rbind"],"LogConfig":{"Type":"json-file",
      "Config":null},"NetworkMode":")" +
           mode + R"(","CgroupParent":""},"Mounts":[{"Type":"bind","Source":"/host",
      "Destination":"/b","Mode":"","RW":false,"Propagation":"rprivate"}],
      "Config":{"Hostname":"x","Env":["container=podman"],"Image":"docker.io/library/app:1",
      "Labels":{},"ExposedPorts":{"80/tcp":{}}},
      "NetworkSettings":{"Bridge":"","SandboxKey":"/run/netns/netns-1","Gateway":"10.88.0.1",
      "IPAddress":"10.88.0.2","IPPrefixLen":16,"MacAddress":"aa:bb:cc:00:00:01",
      "Ports":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},
      "Networks":{"podman":{"NetworkID":"podman","Gateway":"10.88.0.1","IPAddress":"10.88.0.2",
      "IPPrefixLen":16,"MacAddress":"aa:bb:cc:00:00:01"}}}})";
}

constexpr auto podman_running = R"({"Status":"running","Running":true,"Paused":false,
  "Restarting":false,"OOMKilled":false,"Dead":false,"Pid":4711,"ExitCode":0,"Error":"",
  "StartedAt":"2026-11-28T10:00:00.25Z","FinishedAt":"0001-01-01T00:00:00Z",
  "Health":{"Status":"","FailingStreak":0,"Log":null}})";

constexpr auto podman_exited = R"({"Status":"exited","Running":false,"Paused":false,
  "Restarting":false,"OOMKilled":false,"Dead":false,"Pid":0,"ExitCode":3,"Error":"",
  "StartedAt":"2026-11-28T10:00:00.25Z","FinishedAt":"2026-11-28T10:00:09Z",
  "Health":{"Status":"","FailingStreak":0,"Log":null}})";

std::string podman_event(const std::string& id, const std::string& action) {
    return R"({"status":")" + action + R"(","id":")" + id + R"(","from":"app","Type":"container",
      "Action":")" +
           action + R"(","Actor":{"ID":")" + id +
           R"(","Attributes":{"containerExitCode":"3","exitCode":"3","image":"app","name":"side",
      "podId":""}},"scope":"local","time":1795255209,"timeNano":1795255209000000000})";
}

TEST_F(EngineShapesTest, ContainersOfPodmanAreShownAsDockersAre) {
    api = "/v1.41";
    on_inspect(web, podman_inspect(web, "web", "bridge", podman_running));
    begin(41, podman_networks, podman_list());
    on_inspect(side, podman_inspect(side, "side", "container:" + web, podman_running));
    say(podman_event(side, "start"));
    ASSERT_TRUE(becomes(side, "RUNNING"));
    EXPECT_EQ(world.tasks().size(), 1U) << "it has joined the other";
    EXPECT_EQ(status(web), "RUNNING");
    EXPECT_EQ(container(web).health, std::nullopt);
    ASSERT_EQ(container(web).networks.size(), 1U);
    EXPECT_EQ(container(web).networks[0].name, "bridge");
    EXPECT_EQ(container(web).network_mode, "bridge");
    EXPECT_EQ(container(web).ports.at(0).host_ip, "0.0.0.0");
    EXPECT_EQ(container(web).volumes.at(0).destination, "/b");
    EXPECT_TRUE(container(side).networks.empty());
    EXPECT_TRUE(container(side).ports.empty());
    EXPECT_EQ(world.find_by_address("10.88.0.2").task, world.find_by_docker_id(web).task);
    EXPECT_TRUE(known_networks.contains(boost::asio::ip::make_address("10.88.0.9")));
    on_inspect(side, podman_inspect(side, "side", "container:" + web, podman_exited));
    say(podman_event(side, "die"));
    ASSERT_TRUE(becomes(side, "STOPPED"));
    EXPECT_EQ(container(side).exit_code, 3);
    say(podman_event(side, "cleanup"));
    say(podman_event(side, "remove"));
    EXPECT_TRUE(becomes(side, ""));
    EXPECT_EQ(status(web), "RUNNING");
}

} // namespace
} // namespace agent::observer
