// Libraries that find out by themselves that they run on ECS.

#include "tests/conformance/client_task.hpp"

namespace conformance {

using namespace integration;

namespace {

const std::string cluster_label = "com.amazonaws.ecs.cluster";
const std::string task_label = "com.amazonaws.ecs.task-arn";

std::string hostname_of(const Client& client) {
    return client.inspected.at("Config").at("Hostname");
}

/// As the detector looks for it. A host of cgroup v2 hides it from the container.
bool knows_its_id(const Client& client) {
    return exec_in(client.id, "cat /proc/self/cgroup").find(client.id) != std::string::npos;
}

/// Docker needs no answer of AWS for a container whose log does not block it; what it would ask is
/// on no network.
Json logs_in_the_cloud() {
    return Json::parse(R"({"logConfiguration": {"logDriver": "awslogs", "options": {
        "awslogs-group": "shop", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "front",
        "mode": "non-blocking", "awslogs-endpoint": "http://127.0.0.1:9",
        "awslogs-credentials-endpoint": "/v2/credentials/none"}}})");
}

} // namespace

class Clients : public ClientTask {};

TEST_P(Clients, OpenTelemetryFindsItsEighteenAttributes) {
    const auto client = run("node /clients/opentelemetry.js", logs_in_the_cloud());
    auto found = client.found;
    // The engine knows nothing of container ARNs, but what they consist of, up to a random end.
    const auto arn = found.value("aws.ecs.container.arn", "");
    const auto task_arn = label_of(client, task_label);
    const auto in_container_arns =
        std::string(task_arn).replace(task_arn.find(":task/"), 6, ":container/") + '/';
    EXPECT_TRUE(arn.starts_with(in_container_arns)) << arn;
    const auto logs = client.inspected.at("HostConfig").at("LogConfig").at("Config");
    const auto group = logs.at("awslogs-group").get<std::string>();
    const auto stream = logs.at("awslogs-stream").get<std::string>();
    const auto group_arn = "arn:aws:logs:eu-west-1:000000000000:log-group:" + group;
    nlohmann::json expected{
        {"cloud.provider", "aws"},
        {"cloud.platform", "aws_ecs"},
        {"cloud.account.id", "000000000000"},
        {"cloud.region", "us-east-1"},
        {"cloud.availability_zone", "us-east-1a"},
        {"cloud.resource_id", arn},
        {"container.name", hostname_of(client)},
        {"container.id", client.id},
        {"aws.ecs.container.arn", arn},
        {"aws.ecs.cluster.arn",
         "arn:aws:ecs:us-east-1:000000000000:cluster/" + label_of(client, cluster_label)},
        {"aws.ecs.launchtype", "ec2"},
        {"aws.ecs.task.arn", task_arn},
        {"aws.ecs.task.family", label_of(client, "com.amazonaws.ecs.task-definition-family")},
        {"aws.ecs.task.revision", label_of(client, "com.amazonaws.ecs.task-definition-version")},
        {"aws.log.group.names", {group}},
        {"aws.log.group.arns", {group_arn}},
        {"aws.log.stream.names", {stream}},
        {"aws.log.stream.arns", {group_arn + ":log-stream:" + stream}}};
    EXPECT_EQ(expected.size(), 18U);
    if (!knows_its_id(client)) {
        expected.erase("container.id");
        found.erase("container.id");
    }
    EXPECT_EQ(nlohmann::json(found), expected);
}

TEST_P(Clients, EmbeddedMetricsDescribeTheContainer) {
    const auto client = run("node /clients/embedded_metrics.js");
    const auto& inspected = client.inspected;
    const auto& found = client.found;
    EXPECT_EQ(found.at("containerId"), hostname_of(client));
    EXPECT_EQ(found.at("createdAt"), inspected.at("Created"));
    EXPECT_EQ(found.at("startedAt"), inspected.at("State").at("StartedAt"));
    EXPECT_EQ(found.at("image"), inspected.at("Config").at("Image"));
    EXPECT_EQ(found.at("cluster"), label_of(client, cluster_label));
    EXPECT_EQ(found.at("taskArn"), label_of(client, task_label));
    // Without configuration it names the service and its log group after the image.
    const auto name = clients_image.substr(clients_image.find('/') + 1);
    EXPECT_EQ(found.at("ServiceName"), name);
    EXPECT_EQ(found.at("LogGroup"), name);
    EXPECT_EQ(found.at("ServiceType"), "AWS::ECS::Container");
    EXPECT_EQ(found.at("Orders"), 1);
}

TEST_P(Clients, NewRelicFindsTheContainer) {
    const auto client = run("node /clients/newrelic.js");
    EXPECT_TRUE(client.found.at("error").is_null());
    EXPECT_EQ(client.found.at("info"), Json({{"ecsDockerId", client.inspected.at("Id")}}));
    EXPECT_TRUE(client.found.at("failures").empty());
}

INSTANTIATE_TEST_SUITE_P(In, Clients, testing::Values("bridge", "awsvpc"),
                         [](const auto& mode) { return std::string(mode.param); });

} // namespace conformance
