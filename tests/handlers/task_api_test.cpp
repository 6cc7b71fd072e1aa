#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace handlers;
using handlers_test::ask;

// http-contract 11, E3 to E6: the bytes of upstream's structures. Ours adds the pause container to
// the task and leaves out the private DNS name, which there is none of here.
constexpr std::string_view e3 =
    R"({"DockerId":"cid","Name":"sleepy","DockerName":"sleepy","Image":"busybox","ImageID":"bUsYbOx",)"
    R"("Ports":[{"ContainerPort":80,"Protocol":"tcp","HostPort":80}],"Labels":{"foo":"bar"},)"
    R"("DesiredStatus":"RUNNING","KnownStatus":"RUNNING","Limits":{"CPU":1024,"Memory":512},)"
    R"("Type":"NORMAL","Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["10.0.0.2"]}]})";
constexpr std::string_view e4 =
    R"({"DockerId":"cid","Name":"sleepy","DockerName":"sleepy","Image":"busybox","ImageID":"bUsYbOx",)"
    R"("Ports":[{"ContainerPort":80,"Protocol":"tcp","HostPort":80}],"Labels":{"foo":"bar"},)"
    R"("DesiredStatus":"RUNNING","KnownStatus":"RUNNING","Limits":{"CPU":1024,"Memory":512},)"
    R"("Type":"NORMAL",)"
    R"("ContainerARN":"arn:aws:ecs:ap-northnorth-1:NNN:container/NNNNNNNN-aaaa-4444-bbbb-00000000000",)"
    R"("Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["10.0.0.2"],"AttachmentIndex":0,)"
    R"("MACAddress":"06:96:9a:ce:a6:ce","IPv4SubnetCIDRBlock":"172.31.32.0/20",)"
    R"("SubnetGatewayIpv4Address":"172.31.32.1/20"}]})";
constexpr std::string_view pause_start =
    R"({"DockerId":"pauseid","Name":"~internal~ecs~pause","DockerName":"~internal~ecs~pause",)"
    R"("Image":"ecs-node-agent/pause","ImageID":"sha256:0","DesiredStatus":"RESOURCES_PROVISIONED",)"
    R"("KnownStatus":"RESOURCES_PROVISIONED","Limits":{"CPU":2,"Memory":0},"Type":"CNI_PAUSE",)";
constexpr std::string_view pause_v3 =
    R"("Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["10.0.0.2"]}]})";
constexpr std::string_view pause_v4 =
    R"("Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["10.0.0.2"],"AttachmentIndex":0,)"
    R"("MACAddress":"06:96:9a:ce:a6:ce","IPv4SubnetCIDRBlock":"172.31.32.0/20",)"
    R"("SubnetGatewayIpv4Address":"172.31.32.1/20"}]})";
constexpr std::string_view head =
    R"({"Cluster":"default","TaskARN":"t1","Family":"sleep","Revision":"1",)"
    R"("DesiredStatus":"RUNNING","KnownStatus":"RUNNING",)";
constexpr std::string_view limits_and_times =
    R"("Limits":{"CPU":1024,"Memory":512},"PullStartedAt":"2024-01-02T03:04:05.6789Z",)"
    R"("PullStoppedAt":"2024-01-02T03:04:05.6789Z","ExecutionStoppedAt":"2024-01-02T03:04:05.6789Z",)"
    R"("AvailabilityZone":"us-west-2b")";

template <class... Parts>
std::string join(const Parts&... parts) {
    std::string joined;
    (joined.append(parts), ...);
    return joined;
}

std::string v3_task(std::string_view tags = "") {
    return join(head, R"("Containers":[)", e3, ",", pause_start, pause_v3, "],", limits_and_times,
                tags, "}");
}

std::string v4_task(std::string_view tags = "") {
    return join(head, limits_and_times, tags, R"(,"LaunchType":"EC2","Containers":[)", e4, ",",
                pause_start, pause_v4, R"(],"VPCID":"test-vpc-id","FaultInjectionEnabled":false,)",
                R"("AvailabilityZoneID":"usw2-az2"})");
}

class TaskApiTest : public ::testing::Test {
protected:
    explicit TaskApiTest(model::Instance instance = handlers_test::example_instance())
        : world(std::move(instance)),
          sources(world),
          api(world, sources, handlers_test::no_limits()) {
        world.put(handlers_test::example_task());
    }

    void expect(std::string_view path, std::string_view body,
                std::string_view peer = "169.254.172.2") {
        const auto response = ask(api, path, peer);
        EXPECT_EQ(response.status, 200U) << path;
        EXPECT_EQ(response.content_type, "application/json") << path;
        EXPECT_EQ(response.body(), body) << path;
    }

    void expect_error(std::string_view path, unsigned status, std::string_view text,
                      std::string_view peer = "169.254.172.2") {
        const auto response = ask(api, path, peer);
        EXPECT_EQ(response.status, status) << path;
        EXPECT_EQ(response.content_type, "application/json") << path;
        EXPECT_EQ(response.body(), join("\"", text, "\"")) << path;
    }

    model::World world;
    handlers_test::FakeSources sources;
    TaskApi api;
};

TEST_F(TaskApiTest, AnswersTheContractsExamples) {
    expect("/v2/metadata/cid", e3);
    expect("/v3/v3eid", e3);
    expect("/v4/v3eid", e4);
    for (const auto* path :
         {"/v2/metadata", "/v2/metadata/", "/v3/v3eid/task", "/v3/pauseeid/task"})
        expect(path, v3_task());
    expect("/v4/v3eid/task", v4_task());
}

TEST_F(TaskApiTest, AnswersWithoutAnIdBySourceAddress) {
    expect("/v3", e3);
    expect("/v4", e4);
    expect("/v3/task", v3_task());
    expect("/v4/task", v4_task());
    expect("/v4/task", v4_task(), "10.0.0.2");
}

TEST_F(TaskApiTest, ServesWithoutTagsWhenThereAreNone) {
    for (const auto* path :
         {"/v2/metadataWithTags", "/v2/metadataWithTags/", "/v2/metadata/taskWithTags",
          "/v3/v3eid/taskWithTags", "/v3/taskWithTags"})
        expect(path, v3_task());
    expect("/v4/v3eid/taskWithTags", v4_task());
    expect("/v4/taskWithTags", v4_task());
}

class TaggedTaskApiTest : public TaskApiTest {
protected:
    TaggedTaskApiTest() : TaskApiTest(tagged_instance()) {
        auto task = handlers_test::example_task();
        task.tags = {{"TaskTag1", "firstTag"}, {"TaskTag2", "secondTag"}};
        world.put(task);
    }
    static model::Instance tagged_instance() {
        auto instance = handlers_test::example_instance();
        instance.tags = {{"Owner", "<me>"}};
        return instance;
    }
};

TEST_F(TaggedTaskApiTest, ShowsTagsOnlyOnTheirOwnPaths) {
    constexpr std::string_view tags =
        R"(,"TaskTags":{"TaskTag1":"firstTag","TaskTag2":"secondTag"},)"
        R"("ContainerInstanceTags":{"Owner":"\u003cme\u003e"})";
    for (const auto* path :
         {"/v2/metadataWithTags", "/v2/metadataWithTags/", "/v2/metadata/taskWithTags",
          "/v3/v3eid/taskWithTags", "/v3/taskWithTags"})
        expect(path, v3_task(tags));
    expect("/v4/v3eid/taskWithTags", v4_task(tags));
    expect("/v4/taskWithTags", v4_task(tags));
    expect("/v2/metadata", v3_task());
    expect("/v4/v3eid/task", v4_task());
}

TEST_F(TaskApiTest, SaysWhatTheContractSaysToStrangers) {
    constexpr auto* stranger = "169.254.170.3";
    for (const auto* path : {"/v2/metadata", "/v2/metadata/", "/v2/metadataWithTags",
                             "/v2/metadata/taskWithTags", "/v2/metadata/cid"})
        expect_error(path, 400,
                     "Unable to get task arn from request: unable to associate '169.254.170.3' "
                     "with task",
                     stranger);
    expect_error("/v3", 500,
                 "V3 container metadata handler: unable to get container ID from request: unable "
                 "to associate '169.254.170.3' with task",
                 stranger);
    expect_error("/v4/taskWithTags", 404,
                 "V4 task metadata handler: unable to get task arn from request: unable to "
                 "associate '169.254.170.3' with task",
                 stranger);
}

TEST_F(TaskApiTest, DoesNotLookForIpv6Callers) {
    expect_error("/v2/metadata", 400,
                 "Unable to get task arn from request: unable to associate '::1' with task", "::1");
    EXPECT_EQ(sources.callers.asked, 0);
}

TEST_F(TaskApiTest, SaysWhatTheContractSaysToUnknownIds) {
    const auto container = [](std::string_view version, std::string_view id) {
        return join(version,
                    " container metadata handler: unable to get container ID from request: unable "
                    "to get docker ID from v3 endpoint ID: ",
                    id);
    };
    const auto task = [](std::string_view version, std::string_view id) {
        return join(version,
                    " task metadata handler: unable to get task arn from request: unable to get "
                    "task Arn from v3 endpoint ID: ",
                    id);
    };
    expect_error("/v3/wrong", 500, container("V3", "wrong"));
    expect_error("/v3/", 500, container("V3", ""));
    expect_error("/v3/wrong/task", 500, task("V3", "wrong"));
    expect_error("/v3/wrong/taskWithTags", 500, task("V3", "wrong"));
    expect_error("/v4/wrong", 404, container("V4", "wrong"));
    expect_error("/v4/", 404, container("V4", ""));
    expect_error("/v4/wrong/task", 404, task("V4", "wrong"));
    expect_error("/v4/wrong/taskWithTags", 404, task("V4", "wrong"));
    expect_error("/v4/a%2Fv3eid/task", 404, task("V4", "a/v3eid"));
}

TEST_F(TaskApiTest, ShowsInVersion2OnlyTheCallersOwnTask) {
    world.put(handlers_test::bridge_task("b1", {"web"}, "172.17.0.2"));
    expect_error("/v2/metadata/b1-web", 400, "Unable to generate metadata for container 'b1-web'");
    expect_error("/v2/metadata/a/b", 400, "Unable to generate metadata for container 'a/b'");
    EXPECT_EQ(ask(api, "/v2/metadata/b1-web", "172.17.0.2").status, 200U);
    EXPECT_EQ(ask(api, "/v2/metadata/pauseid").status, 200U);
}

TEST_F(TaskApiTest, AnswersVersion2OnBridgeNetworksWithNetworks) {
    world.put(handlers_test::bridge_task("b1", {"web"}, "172.17.0.2"));
    const auto response = ask(api, "/v2/metadata/b1-web", "172.17.0.2");
    EXPECT_NE(response.body().find(
                  R"("Networks":[{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]}])"),
              std::string_view::npos);
}

TEST_F(TaskApiTest, TellsWhoSharesAnAddressToGoByTheId) {
    auto task = handlers_test::example_task();
    auto second = task.containers[0];
    second.docker_id = "cid2";
    second.name = "sidecar";
    second.endpoint_id = "eid2";
    task.containers.insert(task.containers.begin() + 1, second);
    world.put(task);
    constexpr std::string_view why =
        "address '169.254.172.2' is shared by the containers 'sleepy', 'sidecar': use the id in "
        "ECS_CONTAINER_METADATA_URI_V4";
    expect_error(
        "/v3", 500,
        join("V3 container metadata handler: unable to get container ID from request: ", why));
    expect_error(
        "/v4", 404,
        join("V4 container metadata handler: unable to get container ID from request: ", why));
    EXPECT_EQ(ask(api, "/v4/task").status, 200U);
    EXPECT_EQ(ask(api, "/v2/metadata").status, 200U);
    EXPECT_EQ(ask(api, "/v4/eid2").status, 200U);
}

TEST_F(TaskApiTest, NamesOnlyThoseInTheSharedNamespace) {
    auto task = handlers_test::bridge_task("b1", {"web", "helper", "db"}, "172.17.0.2");
    task.containers[1].network_mode = "container:b1-web";
    task.containers[1].networks.clear();
    world.put(task);
    expect_error("/v4", 404,
                 "V4 container metadata handler: unable to get container ID from request: address "
                 "'172.17.0.2' is shared by the containers 'web', 'helper': use the id in "
                 "ECS_CONTAINER_METADATA_URI_V4",
                 "172.17.0.2");
}

TEST_F(TaskApiTest, RefusesAContainerWithoutNetworksAndNotItsSiblings) {
    auto task = handlers_test::bridge_task("b1", {"web", "late"}, "172.17.0.2");
    task.containers[1].networks_known = false;
    world.put(task);
    expect_error("/v3/eid-b1-late", 500,
                 "Unable to generate network response for container 'b1-late'");
    expect_error("/v4/eid-b1-late", 500,
                 "unable to generate network response for container 'b1-late'");
    EXPECT_EQ(ask(api, "/v3/eid-b1-web").status, 200U);
    for (const auto* path : {"/v3/eid-b1-late/task", "/v4/eid-b1-web/task", "/v4/eid-b1-late/task"})
        EXPECT_EQ(ask(api, path).status, 200U) << path;
}

TEST_F(TaskApiTest, ListsWhatIsNotCreatedYetInVersion4Only) {
    auto task = handlers_test::example_task();
    auto pulled = task.containers[0];
    pulled.docker_id = "";
    pulled.name = "pulled";
    pulled.endpoint_id = "later";
    pulled.known = model::ContainerStatus::pulled;
    pulled.ports.clear();
    pulled.networks_known = false;
    pulled.restart_count = 0;
    task.containers.insert(task.containers.begin() + 1, pulled);
    world.put(task);
    const auto response = ask(api, "/v4/v3eid/task");
    EXPECT_NE(
        response.body().find(
            R"({"DockerId":"","Name":"pulled","DockerName":"","Image":"busybox",)"
            R"("ImageID":"bUsYbOx","DesiredStatus":"RUNNING","KnownStatus":"PULLED",)"
            R"("Limits":{"CPU":1024,"Memory":512},"Type":"NORMAL","ContainerARN":)"
            R"("arn:aws:ecs:ap-northnorth-1:NNN:container/NNNNNNNN-aaaa-4444-bbbb-00000000000"})"),
        std::string_view::npos);
    expect("/v3/v3eid/task", v3_task());
    expect("/v2/metadata", v3_task());
    EXPECT_EQ(ask(api, "/v4/later").status, 404U);
    EXPECT_EQ(ask(api, "/v3/later").status, 500U);
}

TEST_F(TaskApiTest, SaysNotFoundToEveryOtherPath) {
    for (const auto* path : {"/",
                             "/v1",
                             "/v2",
                             "/v2/",
                             "/v2/meta",
                             "/v2/statss",
                             "/v2/credentials",
                             "/v1/credentials/",
                             "/v3/x/",
                             "/v4/x/",
                             "/v3/x/task/",
                             "/v3/x/task/stats/",
                             "/v3/x/wrong-path",
                             "/v3/x/associations",
                             "/v4/x/tasks",
                             "/v4/x/tasks/stats",
                             "/v2/splunk-token/x",
                             "/v2/container-env/x",
                             "/api/x/task-protection/v1/state/",
                             "/api/x/fault/v1/network-latency",
                             "/api/x/fault/v1/network-latency/pause",
                             "/v4%2Fv3eid",
                             "/V4/v3eid"}) {
        const auto response = ask(api, path);
        EXPECT_EQ(response.status, 404U) << path;
        EXPECT_EQ(response.body(), "404 page not found\n") << path;
        EXPECT_EQ(response.content_type, "text/plain; charset=utf-8") << path;
        EXPECT_EQ(handlers_test::header(response, "X-Content-Type-Options"),
                  std::vector<std::string>{"nosniff"});
    }
}

TEST_F(TaskApiTest, RedirectsUncleanPathsWithoutABody) {
    const auto location = [&](std::string_view path) {
        const auto response = ask(api, path);
        EXPECT_EQ(response.status, 301U) << path;
        EXPECT_EQ(response.body(), "") << path;
        EXPECT_EQ(response.content_type, "") << path;
        return response.headers.at(0).second;
    };
    EXPECT_EQ(location("/v3//task"), "/v3/task");
    EXPECT_EQ(location("//v2/credentials/test?x=1"), "/v2/credentials/test?x=1");
    EXPECT_EQ(location("/v4/x/../v3eid/task/"), "/v4/v3eid/task/");
    EXPECT_EQ(location("http://169.254.170.2//v4"), "http://169.254.170.2/v4");
}

TEST_F(TaskApiTest, TakesAnyMethodAndIgnoresQueries) {
    EXPECT_EQ(ask(api, "/v4/v3eid?x=y", "169.254.172.2", "POST").body(), e4);
    EXPECT_EQ(ask(api, "/v2/metadata", "169.254.172.2", "BREW").status, 200U);
}

TEST_F(TaskApiTest, FollowsTheWorld) {
    auto task = handlers_test::example_task();
    EXPECT_EQ(ask(api, "/v4/v3eid").body(), e4);
    task.containers[0].known = model::ContainerStatus::stopped;
    task.containers[0].exit_code = 0;
    world.put(task);
    EXPECT_NE(ask(api, "/v4/v3eid").body().find(R"("KnownStatus":"STOPPED","ExitCode":0,)"),
              std::string_view::npos);
    world.remove("t1");
    EXPECT_EQ(ask(api, "/v4/v3eid").status, 404U);
}

TEST_F(TaskApiTest, LogsNoIdAsAWhole) {
    const auto logged = [&](std::string_view path) {
        return api.loggable_path(*http::parse_target(path));
    };
    constexpr std::string_view id = "0123456789abcdef0123456789abcdef";
    EXPECT_EQ(logged("/v2/metadata"), "/v2/metadata");
    EXPECT_EQ(logged("/v2/metadata/taskWithTags"), "/v2/metadata/taskWithTags");
    EXPECT_EQ(logged("/v3/taskWithTags"), "/v3/taskWithTags");
    EXPECT_EQ(logged(join("/v4/", id, "/task")), "/v4/01234567…/task");
    EXPECT_EQ(logged("/v3/secretlyshort"), "/v3/secretly…");
    EXPECT_EQ(logged(join("/api/", id, "/fault/v1/network-latency/start")),
              "/api/01234567…/fault/v1/network-latency/start");
    EXPECT_EQ(logged(join("//v4/", id)), "//v4/01234567…");
    EXPECT_EQ(logged(join("/./v4//", id, "/task")), "/./v4//01234567…/task");
    EXPECT_EQ(logged(join("/x/../v4/", id)), "/x/../v4/01234567…");
    EXPECT_EQ(logged(join("/v4%2F", id)), "/v4/01234…");
    EXPECT_EQ(logged("/v2/credentials/short-id"), "/v2/credentials");
    EXPECT_EQ(logged("//v2//credentials/short-id"), "//v2//credentials");
}

TEST_F(TaskApiTest, SaysInternalErrorAsAString) {
    EXPECT_EQ(api.failure().status, 500U);
    EXPECT_EQ(api.failure().body(), "\"internal error\"");
}

} // namespace
