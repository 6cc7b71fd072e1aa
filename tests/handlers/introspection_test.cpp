#include "handlers/introspection/introspection_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace handlers;
using handlers_test::ask;

constexpr std::string_view index_body =
    R"({"AvailableCommands":["/v1/metadata","/v1/tasks","/license"]})";
constexpr std::string_view no_task =
    R"({"Arn":"","KnownStatus":"","Family":"","Version":"","Containers":null})";
constexpr std::string_view example_task_body =
    R"({"Arn":"t1","DesiredStatus":"RUNNING","KnownStatus":"RUNNING","Family":"sleep",)"
    R"("Version":"1","Containers":[{"DockerId":"cid","DockerName":"sleepy","Name":"sleepy",)"
    R"("Image":"busybox","ImageID":"bUsYbOx",)"
    R"("Ports":[{"ContainerPort":80,"Protocol":"tcp","HostPort":80}],)"
    R"("Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["10.0.0.2"]}]}]})";
constexpr std::string_view bridge_task_body =
    R"({"Arn":"arn:aws:ecs:us-west-2:000000000000:task/default/b1","DesiredStatus":"RUNNING",)"
    R"("KnownStatus":"RUNNING","Family":"web","Version":"7","Containers":[{"DockerId":"b1-web",)"
    R"("DockerName":"web","Name":"web","Image":"busybox","ImageID":"sha256:1"}]})";

class FakeHealth : public introspection::HealthSource {
public:
    introspection::HealthReport report() override { return current; }
    introspection::HealthReport current;
};

class IntrospectionTest : public ::testing::Test {
protected:
    IntrospectionTest()
        : world(handlers_test::example_instance()),
          callers(world),
          pending(world),
          api(world, {callers, pending, health}, "Apache-2.0 <text>\n") {}

    void expect(std::string_view path, unsigned status, std::string_view body) {
        const auto response = ask(api, path, "127.0.0.1");
        EXPECT_EQ(response.status, status) << path;
        EXPECT_EQ(response.content_type, "application/json") << path;
        EXPECT_EQ(response.body(), body) << path;
    }

    model::World world;
    handlers_test::WorldCallers callers;
    handlers_test::ScriptedChanges pending;
    FakeHealth health;
    introspection::IntrospectionApi api;
};

TEST_F(IntrospectionTest, AnswersTheIndexToEveryUnknownPath) {
    for (const auto* path : {"/", "/v1", "/v1/metadata/", "/v1/tasks/", "/v2/metadata", "/License",
                             "/healthz/", "/v1%2Ftasks", "/debug/pprof/"}) {
        const auto response = ask(api, path);
        EXPECT_EQ(response.status, 200U) << path;
        EXPECT_EQ(response.body(), index_body) << path;
        EXPECT_EQ(response.content_type, "text/plain; charset=utf-8") << path;
    }
}

TEST_F(IntrospectionTest, DescribesTheInstance) {
    expect("/v1/metadata?x", 200,
           R"({"Cluster":"default","ContainerInstanceArn":"containerInstanceArn-test",)"
           R"-("Version":"Amazon ECS Agent - v1.105.1 (a8b3e7d3)"})-");
}

TEST_F(IntrospectionTest, ServesTheLicenseAsPlainText) {
    const auto response = ask(api, "/license");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "text/plain");
    EXPECT_EQ(response.body(), "Apache-2.0 <text>\n");
}

TEST_F(IntrospectionTest, ListsTasksWithoutInternalContainers) {
    expect("/v1/tasks", 200, R"({"Tasks":[]})");
    world.put(handlers_test::example_task());
    world.put(handlers_test::bridge_task("b1", {"web"}, "172.17.0.2"));
    expect("/v1/tasks", 200,
           std::string(R"({"Tasks":[)") + std::string(bridge_task_body) + "," +
               std::string(example_task_body) + "]}");
    expect("/v1/tasks?other=1", 200, ask(api, "/v1/tasks").body());
    world.remove("t1");
    expect("/v1/tasks", 200, std::string(R"({"Tasks":[)") + std::string(bridge_task_body) + "]}");
}

TEST_F(IntrospectionTest, SelectsOneTaskByContainerOrArn) {
    world.put(handlers_test::example_task());
    world.put(handlers_test::bridge_task("b1", {"web"}, "172.17.0.2"));
    expect("/v1/tasks?taskarn=t1", 200, example_task_body);
    expect("/v1/tasks?taskarn=arn:aws:ecs:us-west-2:000000000000:task%2Fdefault%2Fb1", 200,
           bridge_task_body);
    expect("/v1/tasks?dockerid=cid", 200, example_task_body);
    expect("/v1/tasks?dockerid=c", 200, example_task_body);
    expect("/v1/tasks?dockerid=pause", 200, example_task_body);
    expect("/v1/tasks?dockerid=b1-web", 200, bridge_task_body);
}

TEST_F(IntrospectionTest, AnswersFailingSelectorsWithATaskWithoutContent) {
    expect("/v1/tasks?dockerid=", 404, no_task);
    world.put(handlers_test::bridge_task("b1", {"web", "db"}, "172.17.0.2"));
    expect("/v1/tasks?dockerid=x", 404, no_task);
    expect("/v1/tasks?dockerid=b1-", 400, no_task); // two containers, though of one task
    expect("/v1/tasks?dockerid=", 400, no_task);
    expect("/v1/tasks?taskarn=", 404, no_task);
    expect("/v1/tasks?taskarn=arn:aws:ecs", 404, no_task);
    expect("/v1/tasks?taskarn=x&dockerid=b1-web", 400, no_task);
    expect("/v1/tasks?taskarn&dockerid", 400, no_task);
}

TEST_F(IntrospectionTest, TakesUpToTwelveCharactersAsAPrefix) {
    auto task = handlers_test::bridge_task("b1", {"web"}, "172.17.0.2");
    task.containers[0].docker_id = "0123456789abcdef";
    world.put(task);
    EXPECT_EQ(ask(api, "/v1/tasks?dockerid=0123456789ab").status, 200U);
    expect("/v1/tasks?dockerid=0123456789abc", 404, no_task);
    EXPECT_EQ(ask(api, "/v1/tasks?dockerid=0123456789abcdef").status, 200U);
}

TEST_F(IntrospectionTest, ShowsBackendStatusesAndWithholdsSomeDesiredOnes) {
    const auto statuses = [&](model::TaskStatus desired, model::TaskStatus known) {
        auto task = handlers_test::bridge_task("b1", {}, "");
        task.desired = desired;
        task.known = known;
        world.put(task);
        const auto response = ask(api, "/v1/tasks?taskarn=" + task.arn);
        const auto body = std::string(response.body());
        const auto from = body.find(R"(/b1",)") + 5;
        return body.substr(from, body.find(R"(,"Family")") - from);
    };
    using enum model::TaskStatus;
    EXPECT_EQ(statuses(running, none), R"("DesiredStatus":"RUNNING","KnownStatus":"PENDING")");
    EXPECT_EQ(statuses(running, created), R"("DesiredStatus":"RUNNING","KnownStatus":"PENDING")");
    EXPECT_EQ(statuses(stopped, running), R"("DesiredStatus":"STOPPED","KnownStatus":"RUNNING")");
    EXPECT_EQ(statuses(stopped, stopped), R"("DesiredStatus":"STOPPED","KnownStatus":"STOPPED")");
    EXPECT_EQ(statuses(running, stopped), R"("KnownStatus":"STOPPED")");
    EXPECT_EQ(statuses(created, running), R"("KnownStatus":"RUNNING")");
}

TEST_F(IntrospectionTest, ShowsTimesVolumesAndRestartsInOrder) {
    auto task = handlers_test::bridge_task("b1", {"web", "later"}, "172.17.0.2");
    auto& container = task.containers[0];
    container.created_at = base::parse_rfc3339("2024-01-02T03:04:05Z");
    container.started_at = base::parse_rfc3339("2024-01-02T03:04:05.5Z");
    container.ports = {{80, 8080, "tcp", "0.0.0.0"}};
    container.volumes = {{"", "/src", "/dst"}};
    container.restart_count = 0;
    task.containers[1].docker_id = "";
    world.put(task);
    const auto body = std::string(ask(api, "/v1/tasks?dockerid=b1").body());
    EXPECT_EQ(body.substr(body.find(R"("ImageID")")),
              R"("ImageID":"sha256:1","CreatedAt":"2024-01-02T03:04:05Z",)"
              R"("StartedAt":"2024-01-02T03:04:05.5Z",)"
              R"("Ports":[{"ContainerPort":80,"Protocol":"tcp","HostPort":8080}],)"
              R"("Volumes":[{"Source":"/src","Destination":"/dst"}],"RestartCount":0}]})");
}

TEST_F(IntrospectionTest, TellsItsHealth) {
    health.current.checks = {{"engine", true, ""}, {"bridge", true, ""}};
    expect("/healthz", 200,
           R"({"healthy":true,"checks":{"engine":{"healthy":true},"bridge":{"healthy":true}},)"
           R"("pools":{}})");
    health.current.checks[0] = {"engine", false, "cannot reach /var/run/docker.sock"};
    expect(
        "/healthz", 503,
        R"({"healthy":false,"checks":{"engine":{"healthy":false,)"
        R"("detail":"cannot reach /var/run/docker.sock"},"bridge":{"healthy":true}},"pools":{}})");
}

// D5
TEST_F(IntrospectionTest, ShowsHowMuchEachPoolHasToDoAndStaysHealthy) {
    health.current.checks = {{"engine", true, ""}};
    health.current.pools = {{"network", {2, 0, 1}}, {"login_helpers", {4, 3, 4}}};
    health.current.counts = {{"docker_socket", {{"connections", 2}, {"completed", 7}}}};
    expect("/healthz", 200,
           R"({"healthy":true,"checks":{"engine":{"healthy":true}},"pools":{)"
           R"("network":{"threads":2,"queued":0,"running":1},)"
           R"("login_helpers":{"threads":4,"queued":3,"running":4}},)"
           R"("counts":{"docker_socket":{"connections":2,"completed":7}}})");
}

TEST_F(IntrospectionTest, RedirectsUncleanPathsWithGosPage) {
    const auto response = ask(api, "/v1//tasks?a=1&b='2'");
    EXPECT_EQ(response.status, 301U);
    EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(response.body(),
              "<a href=\"/v1/tasks?a=1&amp;b=&#39;2&#39;\">Moved Permanently</a>.\n\n");
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].second, "/v1/tasks?a=1&b='2'");
    EXPECT_EQ(ask(api, "http://host//v1").headers.at(0).second, "/v1");
}

TEST_F(IntrospectionTest, HasTheseRoutesAndNoOthers) {
    const std::vector<std::string_view> tested{"/v1/metadata", "/v1/tasks", "/license", "/healthz",
                                               "/"};
    EXPECT_EQ(introspection::IntrospectionApi::routes(), tested);
}

TEST_F(IntrospectionTest, FailsWithoutABodyAndEndsTheConnection) {
    EXPECT_EQ(api.failure().status, 500U);
    EXPECT_EQ(api.failure().body(), "");
    EXPECT_TRUE(api.failure().close);
}

} // namespace
