#include "tests/integration/support/fixture.hpp"

#include <filesystem>
#include <fstream>

namespace integration {

using std::chrono::seconds;

namespace {

constexpr auto vpc = R"(
family: vpc
networkMode: awsvpc
containerDefinitions:
  - name: app
    image: ecs-node-agent-demo:latest
    command: [sh, -c, "trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait"]
    memory: 32
    portMappings: [{containerPort: 80}]
  - name: sidecar
    image: ecs-node-agent-demo:latest
    command: [sh, -c, "trap 'exit 0' TERM; httpd -f -p 81 -h /www & wait"]
    essential: false
    memory: 32
    portMappings: [{containerPort: 81}]
tags: [{key: project, value: demo}]
)";

constexpr auto other = R"({
  "family": "other", "networkMode": "awsvpc",
  "containerDefinitions": [
    {"name": "app", "image": "ecs-node-agent-demo:latest", "memory": 32,
     "command": ["sh", "-c", "trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait"],
     "portMappings": [{"containerPort": 80}]}]})";

std::string link_local_of(const std::string& container) {
    return exec_in(container,
                   "ip -4 addr show dev ecs-eth0 | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p'");
}

std::string primary_of(const std::string& pause) {
    return inspect(pause)["NetworkSettings"]["Networks"]["ecs-awsvpc"]["IPAddress"];
}

} // namespace

class AwsvpcTask : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->start();
        task_ = run_task("vpc.yaml", vpc, "vpc");
        app_ = container_of("vpc", "app");
        sidecar_ = container_of("vpc", "sidecar");
        pause_ = container_of("vpc", "~internal~ecs~pause");
        address_ = link_local_of(app_);
        ASSERT_TRUE(eventually(seconds(2), [&] { return is_ready(app_) && is_ready(sidecar_); }));
    }

    Json task_;
    std::string app_;
    std::string sidecar_;
    std::string pause_;
    std::string address_;
};

TEST_F(AwsvpcTask, HasAPauseContainerFirstWhoseNetworkTheOthersJoin) {
    const auto mode = "container:" + pause_;
    EXPECT_EQ(inspect(app_)["HostConfig"]["NetworkMode"], mode);
    EXPECT_EQ(inspect(sidecar_)["HostConfig"]["NetworkMode"], mode);
    EXPECT_LT(inspect(pause_)["Created"], inspect(app_)["Created"]);
    EXPECT_EQ(task_.at("Containers").size(), 3U);
    EXPECT_EQ(task_["Containers"][2].at("Name"), "~internal~ecs~pause");
    EXPECT_EQ(task_["Containers"][2].at("Type"), "CNI_PAUSE");
    EXPECT_EQ(task_["Containers"][2].at("KnownStatus"), "RESOURCES_PROVISIONED");
    EXPECT_TRUE(inspect(app_)["NetworkSettings"]["Ports"].empty());
}

TEST_F(AwsvpcTask, HasALinkLocalAddressWithRoutesToTheAgentOnly) {
    ASSERT_TRUE(address_.starts_with("169.254.17")) << address_;
    EXPECT_EQ(link_local_of(sidecar_), address_);
    const auto link = exec_in(app_, "ip link show dev ecs-eth0");
    EXPECT_NE(link.find("0a:58:a9:fe:"), std::string::npos) << link;
    const auto routes = lines_of(exec_in(app_, "ip route show dev ecs-eth0"));
    ASSERT_EQ(routes.size(), 2U);
    for (const auto& route : routes)
        EXPECT_TRUE(route.starts_with("169.254.170.2 ") || route.starts_with("169.254.172.1 "))
            << route;
    const auto arn = task_.at("TaskARN").get<std::string>();
    EXPECT_EQ(query_state(*agent_, "select owner, address from leases"),
              std::vector<std::string>{arn.substr(arn.rfind('/') + 1) + '|' + address_});
    EXPECT_EQ(veths().size(), 1U);
}

TEST_F(AwsvpcTask, IsSeenByTheAgentUnderItsOwnAddress) {
    const auto task = get_in(app_, "http://169.254.170.2/v2/metadata");
    EXPECT_EQ(task.at("TaskARN"), task_.at("TaskARN"));
    EXPECT_TRUE(agent_->logs({"request", "path=/v2/metadata", "peer=" + address_}));
    EXPECT_EQ(get_in(app_, "http://169.254.170.2/v4/task").at("TaskARN"), task_.at("TaskARN"));
}

TEST_F(AwsvpcTask, AnswersInAllVersionsWithPrimaryAddressAndEqualPorts) {
    const auto primary = primary_of(pause_);
    for (const auto* base : {"$ECS_CONTAINER_METADATA_URI", "$ECS_CONTAINER_METADATA_URI_V4"}) {
        SCOPED_TRACE(base);
        const auto task = get_in(app_, std::string(base) + "/task");
        const auto app = container_in(task, "app");
        EXPECT_EQ(app.at("DockerId"), app_);
        EXPECT_EQ(app.at("Networks")[0].at("NetworkMode"), "awsvpc");
        EXPECT_EQ(app["Networks"][0].at("IPv4Addresses"), Json::array({primary}));
        EXPECT_EQ(app.at("Ports")[0].at("ContainerPort"), 80);
        EXPECT_EQ(app["Ports"][0].at("HostPort"), 80);
        EXPECT_EQ(container_in(task, "sidecar").at("Ports")[0].at("HostPort"), 81);
        EXPECT_EQ(get_in(sidecar_, base).at("DockerId"), sidecar_);
        EXPECT_EQ(get_in(app_, std::string(base) + "/taskWithTags").at("TaskTags"),
                  Json({{"project", "demo"}}));
    }
    const auto v2 = get_in(app_, "http://169.254.170.2/v2/metadata/" + app_);
    EXPECT_EQ(v2.at("Networks")[0].at("IPv4Addresses"), Json::array({primary}));
    const auto v4 = get_in(app_, "$ECS_CONTAINER_METADATA_URI_V4");
    const auto network = inspect(pause_)["NetworkSettings"]["Networks"]["ecs-awsvpc"];
    EXPECT_EQ(v4.at("Networks")[0].at("MACAddress"), network["MacAddress"]);
    EXPECT_EQ(v4["Networks"][0].at("SubnetGatewayIpv4Address"),
              network["Gateway"].get<std::string>() + "/" +
                  std::to_string(network["IPPrefixLen"].get<int>()));
}

TEST_F(AwsvpcTask, SaysInItsFileThatItIsAwsvpcWithThePrimaryAddress) {
    const auto file = Json::parse(exec_in(app_, "cat $ECS_CONTAINER_METADATA_FILE"));
    const auto network = inspect(pause_)["NetworkSettings"]["Networks"]["ecs-awsvpc"];
    EXPECT_EQ(file.at("NetworkMode"), "awsvpc");
    EXPECT_EQ(file.at("IPAddress"), network["IPAddress"]);
    EXPECT_EQ(file.at("Gateway"), network["Gateway"]);
    EXPECT_EQ(file.at("ContainerID"), app_);
    EXPECT_EQ(file.at("PortMappings")[0].at("HostPort"), 80);
    EXPECT_EQ(file.at("Networks"), Json::array({{{"NetworkMode", "awsvpc"},
                                                 {"IPv4Addresses", {network["IPAddress"]}}}}));
}

TEST_F(AwsvpcTask, IsSeenInIntrospectionWithoutItsPauseContainer) {
    const auto answer =
        http_get("127.0.0.1", introspection_port, "/v1/tasks?dockerid=" + app_.substr(0, 12))
            .json();
    EXPECT_EQ(answer.at("Arn"), task_.at("TaskARN"));
    ASSERT_EQ(answer.at("Containers").size(), 2U);
    EXPECT_EQ(answer["Containers"][0].at("Networks")[0].at("IPv4Addresses"),
              Json::array({primary_of(pause_)}));
    EXPECT_EQ(answer["Containers"][0].at("Ports")[0].at("HostPort"), 80);
}

TEST_F(AwsvpcTask, CannotBeReachedAtItsLinkLocalAddressByOtherContainers) {
    run_task("other.json", other, "other");
    const auto neighbour = container_of("other", "app");
    const Container outside({demo_image, "sleep", "300"});
    const auto url = "http://" + address_ + "/index.html";
    // The address that it has for others works.
    ASSERT_NE(front_page(primary_of(pause_), 80), "");
    EXPECT_EQ(try_in(neighbour, "timeout 2 wget -qO- http://" + primary_of(pause_)).status, 0);
    EXPECT_NE(try_in(neighbour, "timeout 2 wget -qO- " + url).status, 0);
    EXPECT_NE(try_in(outside.id(), "timeout 2 wget -qO- " + url).status, 0);
}

TEST_F(AwsvpcTask, CannotPoseAsAnotherTasksLease) {
    run_task("other.json", other, "other");
    const auto pause = container_of("other", "~internal~ecs~pause");
    const auto sandbox = inspect(pause)["NetworkSettings"]["SandboxKey"].get<std::string>();
    const auto in_other = [&](const std::string& command) {
        return run({"nsenter", "--net=" + sandbox, "sh", "-c", command});
    };
    // As root of its namespace it takes the first task's address and even its MAC.
    ASSERT_EQ(in_other("ip addr add " + address_ + "/32 dev ecs-eth0").status, 0);
    ASSERT_EQ(in_other("ip link set dev ecs-eth0 address " +
                       exec_in(app_, "cat /sys/class/net/ecs-eth0/address"))
                  .status,
              0);
    const auto posed = in_other("timeout 2 busybox wget -qO- http://169.254.170.2/v2/metadata");
    const auto bound =
        in_other("ip route replace 169.254.170.2 via 169.254.172.1 dev ecs-eth0 src " + address_ +
                 " onlink; timeout 2 busybox wget -qO- http://169.254.170.2/v2/metadata");
    const auto victim = task_.at("TaskARN").get<std::string>();
    EXPECT_EQ(posed.out.find(victim), std::string::npos);
    EXPECT_EQ(bound.out.find(victim), std::string::npos);
    // The owner is served as before.
    EXPECT_EQ(get_in(app_, "http://169.254.170.2/v2/metadata").at("TaskARN"), victim);
}

TEST_F(AwsvpcTask, LeavesPort80OfTheHostToContainersThatPublishIt) {
    const Container web(
        {"--publish", "80:80", demo_image, "httpd", "-f", "-p", "80", "-h", "/www"});
    EXPECT_TRUE(eventually(seconds(3),
                           [] { return http_get("127.0.0.1", 80, "/index.html").status == 200; }));
    EXPECT_EQ(get_in(app_, "http://169.254.170.2/v2/metadata").at("TaskARN"), task_.at("TaskARN"));
    EXPECT_EQ(get_in(web.id(), "http://169.254.170.2/v4").at("DockerId"), web.id());
}

TEST_F(AwsvpcTask, StopsItsPauseContainerLast) {
    const auto begun = docker({"info", "--format", "{{.SystemTime}}"});
    end_task("vpc.yaml", "vpc");
    const auto ended = docker({"info", "--format", "{{.SystemTime}}"});
    const auto died = lines_of(docker({"events", "--since", begun, "--until", ended, "--filter",
                                       "event=die", "--format", "{{.ID}}"}));
    ASSERT_EQ(died.size(), 3U);
    EXPECT_EQ(died.back(), pause_);
}

TEST_F(AwsvpcTask, FreesItsAddressAndCableAndDoesNotGetTheAddressAgainAtOnce) {
    end_task("vpc.yaml", "vpc");
    EXPECT_TRUE(eventually(seconds(5), [&] { return leftovers_of_tasks(*agent_).empty(); }));
    for (const auto& finding : leftovers_of_tasks(*agent_))
        ADD_FAILURE() << finding;
    run_task("vpc.yaml", vpc, "vpc");
    EXPECT_NE(link_local_of(container_of("vpc", "app")), address_);
}

class AwsvpcTaskWithoutInstanceMetadata : public AgentTest {};

TEST_F(AwsvpcTaskWithoutInstanceMetadata, IsRefusedAtOnceAndStillReachesTheAgent) {
    std::ofstream(agent_->config_file()) << "awsvpc_block_imds: true\n";
    agent_->start();
    const auto task = run_task("vpc.yaml", vpc, "vpc");
    const auto app = container_of("vpc", "app");
    const auto routes = exec_in(app, "ip route");
    EXPECT_NE(routes.find("blackhole 169.254.169.254"), std::string::npos) << routes;
    // Without a route of its own the request would wait for an answer from the primary network.
    const auto asked = try_in(app, "timeout 2 wget -qO- http://169.254.169.254/latest/meta-data/");
    EXPECT_NE(asked.status, 0);
    EXPECT_NE(asked.err.find("Invalid argument"), std::string::npos) << asked.err;
    if (std::filesystem::exists("/proc/sys/net/ipv6")) {
        const auto routes_6 = exec_in(app, "ip -6 route");
        EXPECT_NE(routes_6.find("blackhole fd00:ec2::254"), std::string::npos) << routes_6;
    }
    EXPECT_EQ(get_in(app, "http://169.254.170.2/v2/metadata").at("TaskARN"), task.at("TaskARN"));
}

} // namespace integration
