// The same daemon with Podman as its engine: what containers are told is what Podman says of them.

#include "tests/integration/support/podman_service.hpp"
#include "tests/integration/support/tasks.hpp"

#include <cstdlib>
#include <optional>

namespace integration {

using std::chrono::seconds;

namespace {

/// The one engine of all tests of this program.
class PodmanEnvironment : public testing::Environment {
public:
    void SetUp() override {
        const char* folder = std::getenv("TMPDIR");
        podman_.emplace(std::string(folder == nullptr ? "/var/tmp" : folder) + "/podman");
    }
    void TearDown() override { podman_.reset(); }

private:
    std::optional<PodmanService> podman_;
};

[[maybe_unused]] const auto* const podman =
    testing::AddGlobalTestEnvironment(new PodmanEnvironment);

/// In Podman's own words.
Json network_of(const std::string& container, const std::string& name = "podman") {
    return inspect(container)["NetworkSettings"]["Networks"][name];
}

/// The task that introspection shows for a container; null when there is none.
Json introspected_task(const std::string& container) {
    const auto answer =
        http_get("127.0.0.1", introspection_port, "/v1/tasks?dockerid=" + container);
    return answer.status == 200 ? answer.json() : Json();
}

const std::string v3 = "$ECS_CONTAINER_METADATA_URI";
const std::string v4 = "$ECS_CONTAINER_METADATA_URI_V4";

} // namespace

class OnPodman : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        // The image was imported here, and its digests would have it pulled.
        agent_->set("ECS_IMAGE_PULL_BEHAVIOR", "always");
        agent_->start();
    }
};

TEST_F(OnPodman, ATaskInBridgeModeIsToldWhatPodmanSaysOfIt) {
    agent_->put_task("web.json", idle_task("web", "bridge"));
    const auto app = running("web");
    const auto address = network_of(app)["IPAddress"];
    ASSERT_NE(address, "");
    for (const auto& base : {v3, v4}) {
        const auto told = get_in(app, base);
        EXPECT_EQ(told.at("DockerId"), app);
        EXPECT_EQ(told.at("DockerName"), inspect(app)["Name"].get<std::string>().substr(1));
        EXPECT_EQ(told.at("Image"), demo_image) << "not as Podman writes it out";
        EXPECT_EQ(told.at("KnownStatus"), "RUNNING");
        EXPECT_FALSE(told.contains("Health")) << "it has no check";
        EXPECT_EQ(told.at("Networks")[0].at("NetworkMode"), "bridge");
        EXPECT_EQ(told.at("Networks")[0].at("IPv4Addresses"), Json::array({address}));
        EXPECT_EQ(told.at("Ports")[0].at("HostPort"), published_port(app, "80/tcp"));
        EXPECT_EQ(get_in(app, base + "/task").at("Containers").size(), 1U);
    }
    const auto by_address = get_in(app, "http://169.254.170.2/v2/metadata");
    EXPECT_EQ(by_address.at("Containers")[0].at("DockerId"), app);
    EXPECT_TRUE(eventually(seconds(3), [&] { return is_ready(app); }));
    const auto file = Json::parse(exec_in(app, "cat $ECS_CONTAINER_METADATA_FILE"));
    EXPECT_EQ(file.at("ContainerID"), app);
    EXPECT_EQ(file.at("PortMappings")[0].at("HostPort"), published_port(app, "80/tcp"));
}

TEST_F(OnPodman, StatsAreThoseOfTheContainersOwnCgroupAndInterfaces) {
    agent_->put_task("web.json", idle_task("web", "bridge"));
    const auto app = running("web");
    const auto stats = get_in(app, v4 + "/stats");
    EXPECT_EQ(stats.at("id"), app);
    EXPECT_GT(stats.at("cpu_stats").at("cpu_usage").at("total_usage"), 0);
    EXPECT_GT(stats.at("memory_stats").at("usage"), 0);
    EXPECT_EQ(stats.at("memory_stats").at("limit"), 32 << 20);
    const auto interface = stats.at("networks").at("eth0");
    const auto counted = [&](const char* file) {
        return std::stoul(exec_in(app, std::string("cat /sys/class/net/eth0/statistics/") + file));
    };
    EXPECT_LE(interface.at("rx_bytes"), counted("rx_bytes"));
    EXPECT_LE(interface.at("tx_bytes"), counted("tx_bytes"));
    EXPECT_GT(interface.at("rx_packets"), 0) << "this very request";
}

TEST_F(OnPodman, ATaskInHostModeIsAnsweredById) {
    agent_->put_task("host.json", task("host", {container("app", runs_until_told())},
                                       R"("networkMode": "host")"));
    const auto app = running("host");
    const auto told = get_in(app, v4);
    EXPECT_EQ(told.at("DockerId"), app);
    EXPECT_EQ(told.at("Networks")[0].at("NetworkMode"), "host");
    EXPECT_EQ(Json::parse(exec_in(app, "cat $ECS_CONTAINER_METADATA_FILE")).at("NetworkMode"),
              "host");
}

TEST_F(OnPodman, ATaskInAwsvpcModeHasAnAddressOfItsOwn) {
    agent_->put_task("vpc.json", idle_task("vpc", "awsvpc"));
    const auto app = running("vpc");
    const auto pause = container_of("vpc", "~internal~ecs~pause");
    const auto primary = network_of(pause, "ecs-awsvpc")["IPAddress"];
    const auto told = get_in(app, "http://169.254.170.2/v2/metadata");
    EXPECT_EQ(told.at("Containers")[0].at("DockerId"), app);
    EXPECT_EQ(told.at("Containers")[0].at("Networks")[0].at("IPv4Addresses"),
              Json::array({primary}));
    EXPECT_NE(exec_in(app, "ip -4 addr show dev ecs-eth0").find("169.254.17"), std::string::npos);
    EXPECT_EQ(veths().size(), 1U);
    agent_->remove_task("vpc.json");
    expect_nothing_left();
    EXPECT_TRUE(agent_->log_lines({"a step of a task failed"}).empty()) << agent_->log();
}

TEST_F(OnPodman, LimitsOfATaskAreInForce) {
    agent_->put_task("small.json", task("small", {container("app", runs_until_told())},
                                        R"("memory": "64", "networkMode": "bridge")"));
    const auto app = running("small");
    const auto path =
        shell("cat /proc/" + std::to_string(inspect(app)["State"]["Pid"].get<int>()) + "/cgroup");
    EXPECT_NE(path.find("memory:/ecs/" + id_of(app) + '/'), std::string::npos) << path;
}

TEST_F(OnPodman, AContainerThatNobodyDeclaredIsSeenFromItsFirstToItsLastMoment) {
    const DockerNetwork user({"podman-test-user"});
    std::string id;
    {
        const Container lone({"--network", "podman-test-user", demo_image, "sleep", "300"});
        id = lone.id();
        // Podman 4 says nothing of a new network: it is known when the agent has looked at the container.
        EXPECT_TRUE(eventually(seconds(5), [&] { return !introspected_task(id).is_null(); }));
        const auto told = get_in(id, "http://169.254.170.2/v4");
        EXPECT_EQ(told.at("DockerId"), id);
        EXPECT_EQ(told.at("Networks")[0].at("IPv4Addresses"),
                  Json::array({network_of(id, "podman-test-user")["IPAddress"]}));
        // Its bridge has its address with the first container on it.
        const auto gateway = network_of(id, "podman-test-user")["Gateway"].get<std::string>();
        EXPECT_TRUE(eventually(seconds(5), [&] {
            return shell("curl -s -o /dev/null -w '%{http_code}' http://" + gateway +
                         ":51678/v1/metadata || true") == "200";
        }));
        const Container member({"--network", "container:" + id, demo_image, "sleep", "300"});
        EXPECT_TRUE(eventually(seconds(5), [&] {
            const auto about = introspected_task(member.id());
            return !about.is_null() && about.at("Containers").size() == 2;
        }));
        EXPECT_EQ(get_in(member.id(), "http://169.254.170.2/v4/task").at("TaskARN"),
                  introspected_task(id).at("Arn"));
    }
    EXPECT_TRUE(eventually(seconds(5), [&] { return introspected_task(id).is_null(); }))
        << "by its event of another name";
}

TEST_F(OnPodman, EndsAreToldWithTheirExitCodesAndATaskIsRunAgain) {
    agent_->put_task("job.json", task("job", {container("app", "exit 7")}));
    EXPECT_TRUE(agent_->logs({"container stopped", "container=app", "exit_code=7"}, seconds(15)));
    EXPECT_TRUE(eventually(seconds(15), [&] {
        return agent_->log_lines({"container started", "container=app"}).size() >= 2;
    })) << agent_->log();
}

TEST_F(OnPodman, TasksOutliveTheAgent) {
    agent_->put_task("web.json", idle_task("web", "bridge"));
    const auto app = running("web");
    const auto before = without_readings(task_about(app));
    agent_->kill9();
    agent_->start();
    EXPECT_EQ(running("web"), app);
    EXPECT_EQ(without_readings(task_about(app)), before);
    agent_->remove_task("web.json");
    expect_nothing_left();
}

} // namespace integration
