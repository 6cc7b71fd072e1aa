#include "tests/integration/support/fixture.hpp"

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string definition(const std::string& mode) {
    return R"({"family": ")" + mode + R"(", "networkMode": ")" + mode +
           R"(", "containerDefinitions": [{"name": "app", "memory": 32,
              "image": "ecs-node-agent-demo:latest",
              "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"]}]})";
}

std::string address_on(const std::string& container, const std::string& network) {
    return inspect(container)["NetworkSettings"]["Networks"][network]["IPAddress"];
}

/// The task that introspection shows for a container.
Json introspected(const std::string& container) {
    const auto answer =
        http_get("127.0.0.1", introspection_port, "/v1/tasks?dockerid=" + container);
    return answer.status == 200 ? answer.json() : Json();
}

} // namespace

class HostTask : public AgentTest {};

TEST_F(HostTask, AnswersV3AndV4ByIdFromInsideAndRefusesV2AsTheContractDoes) {
    agent_->start();
    const auto task = run_task("host.json", definition("host"), "host");
    const auto app = container_of("host", "app");
    for (const auto* base : {"$ECS_CONTAINER_METADATA_URI", "$ECS_CONTAINER_METADATA_URI_V4"}) {
        const auto container = get_in(app, base);
        EXPECT_EQ(container.at("DockerId"), app);
        EXPECT_EQ(container.at("Networks")[0].at("NetworkMode"), "host");
        EXPECT_EQ(get_in(app, std::string(base) + "/task").at("TaskARN"), task.at("TaskARN"));
    }
    const auto refused = try_in(app, "timeout 5 wget -O- http://169.254.170.2/v2/metadata");
    EXPECT_NE(refused.err.find("400 Bad Request"), std::string::npos) << refused.err;
    const auto answer = http_get("169.254.170.2", 80, "/v2/metadata");
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(
        answer.body.starts_with(R"("Unable to get task arn from request: unable to associate ')"))
        << answer.body;
    const auto file = Json::parse(exec_in(app, "cat $ECS_CONTAINER_METADATA_FILE"));
    EXPECT_EQ(file.at("NetworkMode"), "host");
    EXPECT_EQ(file.at("MetadataFileStatus"), "READY");
}

class TaskWithoutNetwork : public AgentTest {};

TEST_F(TaskWithoutNetwork, HasItsFileInsideAndIsAnsweredForByIdFromTheHost) {
    agent_->start();
    run_task("none.json", definition("none"), "none");
    const auto app = container_of("none", "app");
    EXPECT_TRUE(eventually(seconds(2), [&] { return is_ready(app); }));
    const auto file = Json::parse(exec_in(app, "cat $ECS_CONTAINER_METADATA_FILE"));
    EXPECT_EQ(file.at("NetworkMode"), "none");
    EXPECT_EQ(file.at("ContainerID"), app);
    EXPECT_EQ(file.at("MetadataFileStatus"), "READY");
    for (const auto* version : {"v3", "v4"}) {
        EXPECT_EQ(ask_about(app, "", version).json().at("DockerId"), app);
        EXPECT_EQ(ask_about(app, "/task", version).json().at("Containers").size(), 1U);
    }
}

class UndeclaredContainer : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->start();
    }
};

TEST_F(UndeclaredContainer, IsATaskOfItsOwnInIntrospection) {
    const Container lone(
        {"--name", "ecs-int-lone", "--publish", "8080", demo_image, "sleep", "300"});
    Json task;
    ASSERT_TRUE(eventually(seconds(3), [&] {
        task = introspected(lone.id());
        return !task.is_null() && task.at("KnownStatus") == "RUNNING";
    }));
    EXPECT_EQ(task.at("Arn"),
              "arn:aws:ecs:us-east-1:000000000000:task/default/" + lone.id().substr(0, 32));
    EXPECT_EQ(task.at("Family"), "ecs-int-lone");
    EXPECT_EQ(task.at("Version"), "1");
    EXPECT_EQ(task["Containers"][0].at("Ports")[0].at("HostPort"),
              published_port(lone.id(), "8080/tcp"));
}

TEST_F(UndeclaredContainer, AsksAboutItselfByItsAddressOnEveryKindOfBridge) {
    const DockerNetwork user({"ecs-int-user"});
    const DockerNetwork internal({"--internal", "ecs-int-internal"});
    for (const auto* network : {"bridge", "ecs-int-user", "ecs-int-internal"}) {
        SCOPED_TRACE(network);
        const Container lone({"--network", network, demo_image, "sleep", "300"});
        const std::string host = "http://169.254.170.2";
        for (const auto* path : {"/v2/metadata", "/v3/task", "/v4/task", "/v4/taskWithTags"})
            EXPECT_EQ(get_in(lone.id(), host + path).at("Containers")[0].at("DockerId"), lone.id());
        for (const auto* path : {"/v3", "/v4"})
            EXPECT_EQ(get_in(lone.id(), host + path).at("DockerId"), lone.id());
        EXPECT_EQ(get_in(lone.id(), host + "/v2/metadata/" + lone.id()).at("DockerId"), lone.id());
        EXPECT_EQ(get_in(lone.id(), host + "/v4").at("Networks")[0].at("IPv4Addresses"),
                  Json::array({address_on(lone.id(), network)}));
    }
}

TEST_F(UndeclaredContainer, BelongsToTheTaskWhoseNetworkItJoins) {
    const Container owner({demo_image, "sleep", "300"});
    const Container member({"--network", "container:" + owner.id(), demo_image, "sleep", "300"});
    ASSERT_TRUE(eventually(seconds(3), [&] {
        const auto task = introspected(member.id());
        return !task.is_null() && task.at("Containers").size() == 2;
    }));
    EXPECT_EQ(introspected(member.id()).at("Arn"), introspected(owner.id()).at("Arn"));
    const auto task = get_in(member.id(), "http://169.254.170.2/v4/task");
    EXPECT_EQ(task.at("TaskARN").get<std::string>().substr(48), owner.id().substr(0, 32));
    EXPECT_EQ(task.at("Containers").size(), 2U);
}

TEST_F(UndeclaredContainer, IsAnsweredInItsFirstMoments) {
    // It asks as the first thing that it does: the agent has not heard of it yet, and looks.
    for (int round = 0; round < 10; ++round) {
        const auto answer = docker(
            {"run", "--rm", demo_image, "timeout", "3", "wget", "-qO-", "http://169.254.170.2/v4"});
        EXPECT_EQ(Json::parse(answer).at("KnownStatus"), "RUNNING");
    }
}

TEST_F(UndeclaredContainer, IsForgottenWhenItIsRemoved) {
    std::string id;
    {
        const Container lone({demo_image, "sleep", "300"});
        id = lone.id();
        ASSERT_TRUE(eventually(seconds(3), [&] { return !introspected(id).is_null(); }));
    }
    EXPECT_TRUE(eventually(seconds(3), [&] { return introspected(id).is_null(); }));
    EXPECT_TRUE(eventually(seconds(3), [&] { return leftovers_of_tasks(*agent_).empty(); }));
}

TEST_F(UndeclaredContainer, KeepsItsIdsOverARestartOfTheAgent) {
    const Container lone({demo_image, "sleep", "300"});
    const auto stored = [&] {
        return query_state(*agent_, "select endpoint_id from endpoint_ids where docker_id = '" +
                                        lone.id() + "'");
    };
    ASSERT_TRUE(eventually(seconds(3), [&] { return stored().size() == 1; }));
    const auto before = stored();
    EXPECT_EQ(agent_->stop(), 0);
    agent_->start();
    EXPECT_EQ(stored(), before);
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, "/v4/" + before[0]).json().at("DockerId"),
              lone.id());
}

TEST_F(UndeclaredContainer, WithAnAddressThatNobodyHasGetsTheContracts400) {
    const Container lone({"--cap-add", "NET_ADMIN", demo_image, "sleep", "300"});
    const auto own = address_on(lone.id(), "bridge");
    const auto network = own.substr(0, own.rfind('.'));
    const auto other = network + ".250";
    exec_in(lone.id(), "ip addr flush dev eth0; ip addr add " + other +
                           "/16 dev eth0; ip route add default via " + network + ".1");
    const auto refused = try_in(lone.id(), "timeout 5 wget -O- http://169.254.170.2/v2/metadata");
    EXPECT_NE(refused.err.find("400 Bad Request"), std::string::npos) << refused.err;
    EXPECT_TRUE(agent_->logs({"request", "status=400", "peer=" + other}));
}

} // namespace integration
