#include "agent/tasks/declared_task.hpp"

#include "model/names.hpp"

#include <gtest/gtest.h>

#include <set>

namespace agent::tasks {
namespace {

const std::string arn =
    "arn:aws:ecs:eu-west-1:111122223333:task/prod/0123456789abcdef0123456789abcdef";

definition::TaskDefinition shop(model::NetworkMode mode = model::NetworkMode::bridge) {
    definition::TaskDefinition task;
    task.family = "shop";
    task.network_mode = mode;
    task.tags = {{"team", "red"}, {"stage", "live"}};
    definition::ContainerDefinition web;
    web.name = "web";
    web.image = "nginx:1";
    web.cpu = 256;
    web.memory = 128;
    web.port_mappings = {{80, 80, 8080, definition::Protocol::tcp, "", ""},
                         {53, 53, 0, definition::Protocol::udp, "", ""}};
    web.docker_labels = {{"tier", "front"}, {"com.amazonaws.ecs.cluster", "forged"}};
    definition::ContainerDefinition sidecar;
    sidecar.name = "sidecar";
    sidecar.image = "busybox";
    sidecar.essential = false;
    task.containers = {web, sidecar};
    return task;
}

model::Instance instance() {
    model::Instance host;
    host.scope = {"eu-west-1", "111122223333", "prod"};
    host.availability_zone = "eu-west-1b";
    host.container_instance_arn = "arn:instance";
    return host;
}

model::Task made(model::NetworkMode mode = model::NetworkMode::bridge) {
    return make_task(shop(mode), 7, arn, instance(), {{"team", "blue"}, {"site", "attic"}},
                     "pause:1");
}

TEST(MakeTask, TakesItsIdentityFromArnInstanceAndDefinition) {
    const auto task = made();
    EXPECT_TRUE(task.declared);
    EXPECT_EQ(task.arn, arn);
    EXPECT_EQ(task.id, "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(task.cluster, "prod");
    EXPECT_EQ(task.family, "shop");
    EXPECT_EQ(task.revision, "7");
    EXPECT_EQ(task.launch_type, "EC2");
    EXPECT_EQ(task.availability_zone, "eu-west-1b");
    EXPECT_EQ(task.container_instance_arn, "arn:instance");
    EXPECT_EQ(task.desired, model::TaskStatus::running);
}

TEST(MakeTask, DefinitionsTagsWinOverTheConfigurations) {
    const std::map<std::string, std::string> expected{
        {"team", "red"}, {"stage", "live"}, {"site", "attic"}};
    EXPECT_EQ(made().tags, expected);
}

TEST(MakeTask, ContainersHaveNamesLabelsAndIdsButNothingOfDocker) {
    const auto task = made();
    ASSERT_EQ(task.containers.size(), 2U);
    const auto& web = task.containers[0];
    EXPECT_EQ(web.name, "web");
    EXPECT_TRUE(web.declared);
    EXPECT_TRUE(web.docker_id.empty());
    EXPECT_EQ(web.known, model::ContainerStatus::none);
    EXPECT_TRUE(web.docker_name.starts_with("ecs-shop-7-web-"));
    EXPECT_TRUE(
        web.arn.starts_with("arn:aws:ecs:eu-west-1:111122223333:container/prod/" + task.id + "/"))
        << web.arn;
    EXPECT_EQ(web.endpoint_id.size(), 36U);
    EXPECT_NE(web.endpoint_id, task.containers[1].endpoint_id);
    EXPECT_EQ(web.cpu_units, 256);
    EXPECT_EQ(web.memory_mib, 128);
    EXPECT_TRUE(web.essential);
    EXPECT_FALSE(task.containers[1].essential);
}

TEST(MakeTask, UsersLabelsAreThereAndEcsOnesCannotBeForged) {
    const auto labels = made().containers[0].labels;
    EXPECT_EQ(labels.at("tier"), "front");
    EXPECT_EQ(labels.at("com.amazonaws.ecs.cluster"), "prod");
    EXPECT_EQ(labels.size(), 6U);
}

TEST(MakeTask, OnlyABridgeTaskPublishesPorts) {
    const auto bridge = made().containers[0];
    ASSERT_EQ(bridge.declared_ports.size(), 2U);
    EXPECT_EQ(bridge.declared_ports[0].container_port, 80);
    EXPECT_EQ(bridge.declared_ports[0].host_port, 8080);
    EXPECT_EQ(bridge.declared_ports[1].protocol, "udp");
    EXPECT_TRUE(bridge.publishes_ports);
    EXPECT_TRUE(bridge.ports.empty()) << "none are bound before start";
    EXPECT_FALSE(made().containers[1].publishes_ports);
    EXPECT_FALSE(made(model::NetworkMode::host).containers[0].publishes_ports);
    EXPECT_FALSE(made(model::NetworkMode::awsvpc).containers[0].publishes_ports);
}

TEST(MakeTask, AwsvpcTaskHasThePauseContainerLast) {
    const auto task = made(model::NetworkMode::awsvpc);
    ASSERT_EQ(task.containers.size(), 3U);
    const auto& pause = task.containers.back();
    EXPECT_EQ(pause.name, "~internal~ecs~pause");
    EXPECT_EQ(pause.type, model::ContainerType::cni_pause);
    EXPECT_EQ(pause.desired, model::ContainerStatus::resources_provisioned);
    EXPECT_EQ(pause.image, "pause:1");
    EXPECT_TRUE(pause.essential);
    EXPECT_EQ(pause.endpoint_id, "") << "nobody asks about it by id";
    for (const auto mode :
         {model::NetworkMode::bridge, model::NetworkMode::host, model::NetworkMode::none})
        EXPECT_EQ(made(mode).containers.size(), 2U);
}

TEST(MakeTask, SharedNamespacesHaveAPauseContainerBeforeThatOfTheNetwork) {
    using definition::Sharing;
    const std::map<std::string, std::string> no_tags;
    const auto names = [&](Sharing pid, Sharing ipc, model::NetworkMode mode) {
        auto definition = shop(mode);
        definition.pid_mode = pid;
        definition.ipc_mode = ipc;
        std::vector<std::string> pauses;
        const auto task = make_task(definition, 7, arn, instance(), no_tags, "pause:1");
        for (const auto& each : task.containers)
            if (each.type != model::ContainerType::normal)
                pauses.push_back(each.name);
        return pauses;
    };
    using Names = std::vector<std::string>;
    const Names both{"~internal~ecs~pause~namespace", "~internal~ecs~pause"};
    const auto bridge = model::NetworkMode::bridge;
    EXPECT_EQ(names(Sharing::task, Sharing::own, model::NetworkMode::awsvpc), both);
    EXPECT_EQ(names(Sharing::own, Sharing::task, bridge), Names{both[0]});
    EXPECT_EQ(names(Sharing::host, Sharing::none, bridge), Names());
}

TEST(MakeTask, PortRangesAreOnePortEach) {
    auto definition = shop();
    definition.containers[0].port_mappings = {{80, 82, 0, definition::Protocol::tcp, "", ""},
                                              {90, 91, 90, definition::Protocol::udp, "", ""}};
    const std::map<std::string, std::string> no_tags;
    const auto task = make_task(definition, 1, arn, instance(), no_tags, "pause:1");
    std::string ports;
    for (const auto& port : task.containers[0].declared_ports)
        ports += std::to_string(port.container_port) + ':' + std::to_string(port.host_port) + '/' +
                 port.protocol + ' ';
    EXPECT_EQ(ports, "80:0/tcp 81:0/tcp 82:0/tcp 90:90/udp 91:91/udp ");
}

TEST(MakeTask, RestartPolicyAndItsCountAreThereOnlyWhenSaid) {
    auto definition = shop();
    definition.service_name = "front";
    definition.containers[0].restart_policy = {true, {0, 3}, std::chrono::seconds(60)};
    const std::map<std::string, std::string> no_tags;
    const auto task = make_task(definition, 1, arn, instance(), no_tags, "pause:1");
    EXPECT_EQ(task.service_name, "front");
    const model::RestartPolicy expected{true, {0, 3}, std::chrono::seconds(60)};
    EXPECT_EQ(task.containers[0].restart_policy, expected);
    EXPECT_EQ(task.containers[0].restart_count, 0);
    EXPECT_FALSE(task.containers[1].restart_policy.enabled);
    EXPECT_EQ(task.containers[1].restart_count, std::nullopt);
}

docker::ContainerInspect inspect_of(const model::Container& container) {
    docker::ContainerInspect inspect;
    inspect.id = std::string(64, 'a');
    inspect.name = "/renamed-by-somebody";
    inspect.config.labels = container.labels;
    inspect.config.env = {"PATH=/bin", "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/"
                                       "11111111-2222-4333-8444-555555555555"};
    docker::Mount other;
    other.source = "/srv";
    other.destination = "/ecs/metadata/else";
    docker::Mount directory;
    directory.source = "/data/metadata/prod/x/web";
    directory.destination = "/ecs/metadata/web";
    inspect.mounts = {other, directory};
    return inspect;
}

TEST(Adopt, TakesOverWhatTheContainerSaysOfItself) {
    auto task = made();
    EXPECT_TRUE(adopt(task, inspect_of(task.containers[0])));
    const auto& web = task.containers[0];
    EXPECT_EQ(web.docker_id, std::string(64, 'a'));
    EXPECT_EQ(web.docker_name, "renamed-by-somebody");
    EXPECT_EQ(web.endpoint_id, "11111111-2222-4333-8444-555555555555");
    EXPECT_EQ(web.metadata_directory, "/data/metadata/prod/x/web");
    EXPECT_TRUE(task.containers[1].docker_id.empty());
}

TEST(Adopt, KeepsTheNewEndpointIdOfAContainerThatHasNone) {
    auto task = made();
    const auto fresh = task.containers[0].endpoint_id;
    auto inspect = inspect_of(task.containers[0]);
    inspect.config.env.clear();
    inspect.mounts.clear();
    EXPECT_TRUE(adopt(task, inspect));
    EXPECT_EQ(task.containers[0].endpoint_id, fresh);
    EXPECT_EQ(task.containers[0].metadata_directory, "");
}

TEST(Adopt, DoesNotTakeAWritableMountForTheMetadataDirectory) {
    auto task = made();
    auto inspect = inspect_of(task.containers[0]);
    inspect.mounts[1].rw = true;
    EXPECT_TRUE(adopt(task, inspect));
    EXPECT_EQ(task.containers[0].metadata_directory, "");
}

// D2
TEST(Adopt, TakesOverOneThatIsOnlyListedAndLaterWhatItSaysOfItself) {
    for (const auto& [state, known] : {std::pair("created", model::ContainerStatus::created),
                                       std::pair("running", model::ContainerStatus::running),
                                       std::pair("paused", model::ContainerStatus::running),
                                       std::pair("exited", model::ContainerStatus::running)}) {
        auto task = made();
        docker::ContainerSummary summary;
        summary.id = std::string(64, 'a');
        summary.labels = task.containers[0].labels;
        summary.state = state;
        EXPECT_TRUE(adopt(task, summary));
        EXPECT_EQ(task.containers[0].docker_id, summary.id);
        EXPECT_EQ(task.containers[0].known, known) << state;
        EXPECT_TRUE(adopt(task, inspect_of(task.containers[0])));
        EXPECT_EQ(task.containers[0].endpoint_id, "11111111-2222-4333-8444-555555555555");
        summary.labels.clear();
        EXPECT_FALSE(adopt(task, summary));
    }
}

TEST(Adopt, TakesTheIdsOfTheTasksRolesBack) {
    const std::string old = "7d8e9f0a-1b2c-4d3e-8f4a-5b6c7d8e9f0a";
    const std::string old_execution = "11111111-2222-4333-8444-555555555555";
    auto task = made();
    task.role = {"arn:role", "fresh"};
    task.execution_role = {"arn:execution", "fresh too"};
    auto inspect = inspect_of(task.containers[0]);
    inspect.config.env.push_back("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + old);
    inspect.host_config.log_options = {
        {"awslogs-credentials-endpoint", "/v2/credentials/" + old_execution}};
    EXPECT_TRUE(adopt(task, inspect));
    EXPECT_EQ(task.role->credentials_id, old);
    EXPECT_EQ(task.role->arn, "arn:role");
    EXPECT_EQ(task.execution_role->credentials_id, old_execution);
    EXPECT_TRUE(task.containers[0].log_options.empty()) << "the id is shown to nobody";
}

TEST(Adopt, DoesNotTakeIdsFromAContainerThatIsNotTheTasks) {
    auto task = made();
    task.role = {"arn:role", "fresh"};
    auto inspect = inspect_of(task.containers[0]);
    inspect.config.labels[std::string(model::label_task_arn)] = arn + "0";
    inspect.config.env.push_back("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/"
                                 "7d8e9f0a-1b2c-4d3e-8f4a-5b6c7d8e9f0a");
    EXPECT_FALSE(adopt(task, inspect));
    EXPECT_EQ(task.role->credentials_id, "fresh");
}

TEST(Adopt, RefusesWhatIsNotThisTasksOrIsThereAlready) {
    auto task = made();
    auto inspect = inspect_of(task.containers[0]);
    EXPECT_TRUE(adopt(task, inspect));
    EXPECT_TRUE(adopt(task, inspect)) << "it is the same";
    inspect.id = std::string(64, 'b');
    EXPECT_FALSE(adopt(task, inspect)) << "it has one already";
    EXPECT_EQ(task.containers[0].docker_id, std::string(64, 'a'));
    auto unknown = inspect_of(task.containers[1]);
    unknown.config.labels[std::string(model::label_container_name)] = "other";
    EXPECT_FALSE(adopt(task, unknown));
    auto foreign = inspect_of(task.containers[1]);
    foreign.config.labels[std::string(model::label_task_arn)] = arn + "0";
    EXPECT_FALSE(adopt(task, foreign));
    foreign.config.labels.clear();
    EXPECT_FALSE(adopt(task, foreign));
    EXPECT_TRUE(task.containers[1].docker_id.empty());
}

} // namespace
} // namespace agent::tasks
