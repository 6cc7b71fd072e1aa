#include "document_example.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace metadatafile {
namespace {

TEST(MetadataDocument, HasEveryKeyInItsOrderOnceTheContainerRuns) {
    auto host = instance();
    host.host_private_ipv4 = "10.0.0.5";
    host.host_public_ipv4 = "203.0.113.7";
    const auto container = started_web();
    EXPECT_EQ(render(task(container), container, host, written_at), R"({
	"Cluster": "test",
	"ContainerInstanceARN": "arn:aws:ecs:us-west-2:123456789012:container-instance/test/732d1a0b",
	"TaskARN": "arn:aws:ecs:us-west-2:123456789012:task/test/0123456789abcdef0123456789abcdef",
	"TaskDefinitionFamily": "shop",
	"TaskDefinitionRevision": "3",
	"ContainerID": "ef3dabed9bef087ed147024a221d2d3a822e85d53c0ca4024d3d78e7913eeb64",
	"ContainerName": "web",
	"DockerContainerName": "/ecs-shop-3-web-aabb",
	"ImageID": "sha256:04bbc221d46d3e5eb86c046f22878a8053247ce9b1e6b0a24495b171f9d20025",
	"ImageName": "nginx:latest",
	"PortMappings": [
		{
			"ContainerPort": 80,
			"ContainerPortRange": "",
			"HostPort": 32768,
			"BindIp": "0.0.0.0",
			"Protocol": "tcp",
			"BindIP": "0.0.0.0"
		},
		{
			"ContainerPort": 80,
			"ContainerPortRange": "",
			"HostPort": 32768,
			"BindIp": "::",
			"Protocol": "tcp",
			"BindIP": "::"
		}
	],
	"Networks": [
		{
			"NetworkMode": "bridge",
			"IPv4Addresses": [
				"172.17.0.2"
			]
		}
	],
	"MetadataFileStatus": "READY",
	"AvailabilityZone": "us-west-2a",
	"HostPrivateIPv4Address": "10.0.0.5",
	"HostPublicIPv4Address": "203.0.113.7",
	"Version": "v1",
	"Status": "running",
	"ClusterArn": "arn:aws:ecs:us-west-2:123456789012:cluster/test",
	"Container_Instance": "arn:aws:ecs:us-west-2:123456789012:container-instance/test/732d1a0b",
	"TaskArn": "arn:aws:ecs:us-west-2:123456789012:task/test/0123456789abcdef0123456789abcdef",
	"NetworkMode": "bridge",
	"Gateway": "172.17.0.1",
	"IPAddress": "172.17.0.2",
	"IPv6Gateway": "",
	"LastUpdatedAt": "1487100523"
})");
}

/// A task of two, whose second container is in the first one's network.
model::Task task_of_two() {
    auto changed = task(started_web());
    auto side = started_web();
    side.name = "side";
    side.docker_id = std::string(64, 'b');
    side.network_mode = "container:" + changed.containers[0].docker_id;
    side.networks.clear();
    changed.containers.push_back(side);
    return changed;
}

TEST(MetadataDocument, MayDifferWhereverItDoes) {
    const std::vector<std::function<void(model::Task&)>> changes{
        [](auto& each) { each.arn += "0"; },
        [](auto& each) { each.cluster = "other"; },
        [](auto& each) { each.family = "other"; },
        [](auto& each) { each.revision = "4"; },
        [](auto& each) { each.availability_zone = "us-west-2b"; },
        [](auto& each) { each.container_instance_arn = "other"; },
        [](auto& each) { each.network_mode = model::NetworkMode::awsvpc; },
        [](auto& each) { each.containers[0].networks[0].ipv4 = "172.17.0.3"; },
        [](auto& each) { each.containers[0].networks_known = false; },
        [](auto& each) { each.containers[1].ports.clear(); },
        [](auto& each) { each.containers[1].known = model::ContainerStatus::stopped; },
        [](auto& each) { each.containers.pop_back(); },
    };
    const auto before = task_of_two();
    const auto text = [](const model::Task& each) {
        return each.containers.size() < 2
                   ? ""
                   : render(each, each.containers[1], instance(), written_at);
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto after = before;
        changes[i](after);
        EXPECT_NE(text(before), text(after)) << "change " << i << " is none";
        EXPECT_TRUE(after.containers.size() < 2 || may_differ(before, after, 1)) << i;
        EXPECT_TRUE(may_differ(after, before, 1)) << i;
    }
}

TEST(MetadataDocument, MayDifferWithTheAddressesOfTheTask) {
    auto before = task_of_two();
    before.network_mode = model::NetworkMode::awsvpc;
    auto pause = started_web();
    pause.docker_id = std::string(64, 'c');
    pause.type = model::ContainerType::cni_pause;
    before.containers.push_back(pause);
    auto after = before;
    after.link_local_ipv4 = "169.254.172.2";
    EXPECT_TRUE(may_differ(before, after, 0));
    after = before;
    after.containers[2].networks[0].ipv4 = "172.17.0.9";
    EXPECT_TRUE(may_differ(before, after, 0));
    after.containers[2].networks.clear();
    EXPECT_TRUE(may_differ(before, after, 0));
    EXPECT_TRUE(may_differ(after, before, 0));
}

TEST(MetadataDocument, DoesNotDifferForWhatAnotherContainerDoes) {
    const auto before = task_of_two();
    EXPECT_FALSE(may_differ(before, before, 1));
    auto after = before;
    after.known = model::TaskStatus::created;
    after.containers[1].known = model::ContainerStatus::stopped;
    EXPECT_FALSE(may_differ(before, after, 0));
    EXPECT_EQ(render(before, before.containers[0], instance(), written_at),
              render(after, after.containers[0], instance(), written_at));
}

TEST(MetadataDocument, BeforeTheContainerExistsLeavesOutWhatNobodyKnows) {
    EXPECT_EQ(text_of(web()), R"({
	"Cluster": "test",
	"ContainerInstanceARN": "arn:aws:ecs:us-west-2:123456789012:container-instance/test/732d1a0b",
	"TaskARN": "arn:aws:ecs:us-west-2:123456789012:task/test/0123456789abcdef0123456789abcdef",
	"TaskDefinitionFamily": "shop",
	"TaskDefinitionRevision": "3",
	"ContainerName": "web",
	"ImageName": "nginx:latest",
	"AvailabilityZone": "us-west-2a",
	"Version": "v1",
	"Status": "created",
	"ClusterArn": "arn:aws:ecs:us-west-2:123456789012:cluster/test",
	"Container_Instance": "arn:aws:ecs:us-west-2:123456789012:container-instance/test/732d1a0b",
	"TaskArn": "arn:aws:ecs:us-west-2:123456789012:task/test/0123456789abcdef0123456789abcdef",
	"NetworkMode": "bridge",
	"Gateway": "",
	"IPAddress": "",
	"IPv6Gateway": "",
	"LastUpdatedAt": "1487100523"
})");
}

TEST(MetadataDocument, CreatedContainerHasItsIdButNoNetworks) {
    auto container = started_web();
    container.known = model::ContainerStatus::created;
    container.networks[0].ipv4.clear();
    container.networks[0].ipv4_gateway.clear();
    container.ports.clear();
    const auto document = parsed(text_of(container));
    EXPECT_EQ(document["Status"], "created");
    EXPECT_EQ(document["ContainerID"], container.docker_id);
    EXPECT_FALSE(document.contains("Networks"));
    EXPECT_FALSE(document.contains("PortMappings"));
    EXPECT_FALSE(document.contains("MetadataFileStatus"));
}

TEST(MetadataDocument, StoppedContainerKeepsWhatIsKnownButIsNotReady) {
    auto container = started_web();
    container.known = model::ContainerStatus::stopped;
    const auto document = parsed(text_of(container));
    EXPECT_EQ(document["Status"], "stopped");
    EXPECT_EQ(document["IPAddress"], "172.17.0.2");
    EXPECT_EQ(document["Networks"][0]["IPv4Addresses"][0], "172.17.0.2");
    EXPECT_EQ(document["PortMappings"][0]["HostPort"], 32768);
    EXPECT_FALSE(document.contains("MetadataFileStatus"));
}

TEST(MetadataDocument, ShowsIpv6AddressesAndTheNetworkOfTheModeFirst) {
    auto container = started_web();
    container.network_mode = "front";
    container.networks = {network("back", "172.19.0.2", "172.19.0.1"),
                          network("front", "172.18.0.2", "172.18.0.1")};
    container.networks[1].ipv6 = "fd00::2";
    container.networks[1].ipv6_gateway = "fd00::1";
    const auto document = parsed(text_of(container));
    EXPECT_EQ(document["Networks"].dump(),
              R"([{"NetworkMode":"back","IPv4Addresses":["172.19.0.2"]},)"
              R"({"NetworkMode":"front","IPv4Addresses":["172.18.0.2"],)"
              R"("IPv6Addresses":["fd00::2"]}])");
    EXPECT_EQ(document["NetworkMode"], "front");
    EXPECT_EQ(document["IPAddress"], "172.18.0.2");
    EXPECT_EQ(document["Gateway"], "172.18.0.1");
    EXPECT_EQ(document["IPv6Gateway"], "fd00::1");
}

TEST(MetadataDocument, HostAndNoneModesSaySoAndAreReadyWithoutAnAddress) {
    for (const auto mode : {model::NetworkMode::host, model::NetworkMode::none}) {
        const std::string name(to_string(mode));
        auto container = started_web();
        container.network_mode = name;
        container.networks = {network(name, "", "")};
        container.ports.clear();
        container.publishes_ports = false;
        auto owner = task(container);
        owner.network_mode = mode;
        const auto document = parsed(render(owner, container, instance(), written_at));
        EXPECT_EQ(document["NetworkMode"], name);
        EXPECT_EQ(document["Networks"].dump(),
                  R"([{"NetworkMode":")" + name + R"(","IPv4Addresses":[""]}])");
        EXPECT_EQ(document["IPAddress"], "");
        EXPECT_EQ(document["MetadataFileStatus"], "READY");
    }
}

model::Task awsvpc_task() {
    auto container = started_web();
    container.ports = {{8080, 8080, "tcp", ""}};
    container.networks.clear();
    model::Container pause;
    pause.name = "~internal~ecs~pause";
    pause.docker_id = std::string(64, 'a');
    pause.type = model::ContainerType::cni_pause;
    pause.known = model::ContainerStatus::resources_provisioned;
    pause.network_mode = "ecs-awsvpc";
    pause.networks_known = true;
    pause.networks = {network("ecs-awsvpc", "172.20.0.2", "172.20.0.1")};
    container.network_mode = "container:" + pause.docker_id;
    auto whole = task(container);
    whole.network_mode = model::NetworkMode::awsvpc;
    whole.link_local_ipv4 = "169.254.172.2";
    whole.containers.push_back(pause);
    return whole;
}

TEST(MetadataDocument, AwsvpcShowsThePauseContainersAddress) {
    const auto whole = awsvpc_task();
    const auto document = parsed(render(whole, whole.containers[0], instance(), written_at));
    EXPECT_EQ(document["NetworkMode"], "awsvpc");
    EXPECT_EQ(document["Networks"].dump(),
              R"([{"NetworkMode":"awsvpc","IPv4Addresses":["172.20.0.2"]}])");
    EXPECT_EQ(document["IPAddress"], "172.20.0.2");
    EXPECT_EQ(document["Gateway"], "172.20.0.1");
    EXPECT_EQ(document["PortMappings"][0]["HostPort"], 8080);
    EXPECT_EQ(document["PortMappings"][0]["BindIp"], "");
    EXPECT_EQ(document["MetadataFileStatus"], "READY");
}

TEST(MetadataDocument, AwsvpcIsNotReadyWithoutEitherOfItsAddresses) {
    auto whole = awsvpc_task();
    whole.link_local_ipv4.clear();
    EXPECT_FALSE(is_ready(whole, whole.containers[0]));
    whole = awsvpc_task();
    whole.containers[1].networks[0].ipv4.clear();
    EXPECT_FALSE(is_ready(whole, whole.containers[0]));
    EXPECT_TRUE(is_ready(awsvpc_task(), awsvpc_task().containers[0]));
}

TEST(MetadataDocument, MemberOfAnotherContainersNamespaceShowsItsOwnersNetworks) {
    auto owner = started_web();
    auto member = web();
    member.docker_id = std::string(64, 'b');
    member.known = model::ContainerStatus::running;
    member.network_mode = "container:" + owner.docker_id;
    member.networks_known = true;
    auto whole = task(owner);
    whole.containers.push_back(member);
    const auto document = parsed(render(whole, member, instance(), written_at));
    EXPECT_EQ(document["Networks"].dump(),
              R"([{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]}])");
    EXPECT_EQ(document["IPAddress"], "172.17.0.2");
    EXPECT_TRUE(is_ready(whole, member));
    whole.containers[0].networks[0].ipv4.clear();
    EXPECT_FALSE(is_ready(whole, member));
}

TEST(MetadataDocument, IsNotReadyUntilPublishedPortsAndAddressesAreThere) {
    auto container = started_web();
    EXPECT_TRUE(is_ready(task(container), container));
    container.ports.clear();
    EXPECT_FALSE(is_ready(task(container), container));
    container = started_web();
    container.networks[0].ipv4.clear();
    EXPECT_FALSE(is_ready(task(container), container));
    container = started_web();
    container.networks_known = false;
    EXPECT_FALSE(is_ready(task(container), container));
}

TEST(MetadataDocument, ClusterArnComesFromTheTaskNotFromTodaysConfiguration) {
    const auto container = started_web();
    auto host = instance();
    host.scope = {"eu-central-1", "999999999999", "other"};
    const auto by_name = parsed(render(task(container), container, host, written_at));
    EXPECT_EQ(by_name["ClusterArn"], "arn:aws:ecs:us-west-2:123456789012:cluster/test");
    auto configured_by_arn = task(container);
    configured_by_arn.cluster = "arn:aws:ecs:us-west-2:123456789012:cluster/test";
    const auto by_arn = parsed(render(configured_by_arn, container, host, written_at));
    EXPECT_EQ(by_arn["ClusterArn"], configured_by_arn.cluster);
    EXPECT_EQ(by_arn["Cluster"], configured_by_arn.cluster);
}

TEST(MetadataDocument, EscapesAsGoDoes) {
    auto container = started_web();
    container.image = "registry/<odd>&name\"";
    const auto text = text_of(container);
    EXPECT_NE(text.find(R"("ImageName": "registry/\u003codd\u003e\u0026name\"")"),
              std::string::npos);
}

} // namespace
} // namespace metadatafile
