// The agent ends, in order or not, and is started again: containers go on, and nobody is told
// anything else than before.

#include "tests/integration/support/tasks.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// All that must be the same for a container after the agent is back.
struct Identity {
    std::string docker_id;
    std::string started_at;
    std::string endpoint_id;
    std::string task_arn;
    std::string lease;
    std::string file; ///< without its time, and without the container instance
    Json container;

    bool operator==(const Identity&) const = default;
};

void PrintTo(const Identity& identity, std::ostream* out) {
    *out << identity.docker_id << ' ' << identity.started_at << ' ' << identity.endpoint_id << ' '
         << identity.task_arn << ' ' << identity.lease << ' ' << identity.file
         << identity.container.dump();
}

} // namespace

class Restart : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->start();
        run_task("b.json", idle_task("b", "bridge"), "b");
        run_task("v.json", idle_task("v", "awsvpc"), "v");
        ASSERT_TRUE(eventually(seconds(3), [&] {
            return is_ready(container_of("b", "app")) && is_ready(container_of("v", "app"));
        }));
    }

    Identity identity_of(const std::string& family) {
        Identity identity;
        identity.docker_id = container_of(family, "app");
        const auto inspected = inspect(identity.docker_id);
        identity.started_at = inspected["State"]["StartedAt"];
        identity.task_arn = inspected["Config"]["Labels"]["com.amazonaws.ecs.task-arn"];
        identity.endpoint_id = endpoint_id_of(identity.docker_id);
        const auto leases = query_state(*agent_, "select owner, address from leases");
        for (const auto& lease : leases)
            if (identity.task_arn.ends_with(lease.substr(0, lease.find('|'))))
                identity.lease = lease;
        identity.file =
            exec_in(identity.docker_id, "grep -v -e LastUpdatedAt -e ContainerInstance -e "
                                        "Container_Instance $ECS_CONTAINER_METADATA_FILE");
        identity.container = ask_about(identity.docker_id).json();
        return identity;
    }

    /// From inside: by id, and by source address.
    void expect_answers_inside(const std::string& family) {
        const auto id = container_of(family, "app");
        EXPECT_EQ(get_in(id, "$ECS_CONTAINER_METADATA_URI_V4").at("DockerId"), id);
        EXPECT_EQ(get_in(id, "http://169.254.170.2/v2/metadata").at("Family"), family);
    }
};

TEST_F(Restart, LeavesEverythingInPlaceWhenTheAgentEndsInOrder) {
    const auto before = veths();
    EXPECT_EQ(agent_->stop(), 0);
    EXPECT_FALSE(container_of("b", "app").empty());
    EXPECT_FALSE(container_of("v", "app").empty());
    EXPECT_FALSE(container_of("v", "~internal~ecs~pause").empty());
    EXPECT_EQ(veths(), before);
    EXPECT_EQ(run({"ip", "link", "show", "ecs-bridge"}).status, 0);
    EXPECT_NE(must({"nft", "list", "tables"}).find("ecs_node_agent"), std::string::npos);
    EXPECT_EQ(query_state(*agent_, "select count(*) from leases"), std::vector<std::string>{"1"});
    EXPECT_TRUE(std::filesystem::exists(agent_->data_dir() + "/metadata/default"));
}

TEST_F(Restart, GoesOnWithTheSameTasksAfterAnEndInOrder) {
    const auto bridge = identity_of("b");
    const auto vpc = identity_of("v");
    EXPECT_NE(vpc.lease, "");
    const auto instance = http_get("127.0.0.1", introspection_port, "/v1/metadata").body;
    EXPECT_EQ(agent_->stop(), 0);
    agent_->start();
    EXPECT_EQ(http_get("127.0.0.1", introspection_port, "/v1/metadata").body, instance);
    EXPECT_EQ(identity_of("b"), bridge);
    EXPECT_EQ(identity_of("v"), vpc);
    expect_answers_inside("b");
    expect_answers_inside("v");
}

TEST_F(Restart, GoesOnWithTheSameTasksAfterAKill) {
    const auto bridge = identity_of("b");
    const auto vpc = identity_of("v");
    for (int round = 0; round < 3; ++round) {
        agent_->kill9();
        agent_->start();
        EXPECT_EQ(identity_of("b"), bridge);
        EXPECT_EQ(identity_of("v"), vpc);
        expect_answers_inside("b");
        expect_answers_inside("v");
    }
    EXPECT_EQ(veths().size(), 1U);
}

TEST_F(Restart, NoticesWhatHappenedWhileItWasAway) {
    agent_->kill9();
    const auto bridge = container_of("b", "app");
    const auto id = endpoint_id_of(bridge);
    docker({"stop", bridge});
    agent_->remove_task("v.json");
    agent_->start();
    // A task that ended meanwhile runs again as a new one; one whose file went is gone.
    EXPECT_TRUE(eventually(seconds(15), [&] {
        const auto now = container_of("b", "app");
        return !now.empty() && now != bridge && any_container_of("v", "app").empty();
    }));
    EXPECT_NE(endpoint_id_of(container_of("b", "app")), id);
    EXPECT_TRUE(eventually(seconds(5), [&] { return veths().empty(); }));
    EXPECT_TRUE(query_state(*agent_, "select * from leases").empty());
}

TEST_F(Restart, KeepsIdentityAndAddressesWhenTheStateFileWasDeleted) {
    const auto bridge = identity_of("b");
    const auto vpc = identity_of("v");
    agent_->kill9();
    for (const auto* suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(agent_->state_file() + suffix);
    agent_->start();
    EXPECT_TRUE(all_the_time(seconds(2), [&] {
        return container_of("b", "app") == bridge.docker_id &&
               container_of("v", "app") == vpc.docker_id;
    }));
    EXPECT_EQ(identity_of("b"), bridge);
    EXPECT_EQ(identity_of("v"), vpc);
}

TEST_F(Restart, SetsADamagedStateFileAsideAndGoesOn) {
    const auto bridge = identity_of("b");
    EXPECT_EQ(agent_->stop(), 0);
    std::filesystem::remove(agent_->state_file() + "-wal");
    std::ofstream(agent_->state_file()) << "this was never a database, whatever its name says\n";
    agent_->start();
    EXPECT_FALSE(agent_->log_lines({"error", "the state file is damaged"}).empty());
    const auto files = shell("ls " + agent_->data_dir());
    EXPECT_GE(lines_of(files).size(), 3U) << files;
    EXPECT_EQ(shell("grep -l 'never a database' " + agent_->data_dir() + "/agent.db*").empty(),
              false);
    EXPECT_TRUE(eventually(seconds(10), [&] {
        const auto now = container_of("b", "app");
        return !now.empty() && ask_about(now).status == 200;
    }));
    shell("rm " + agent_->data_dir() + "/agent.db.*");
}

class Reload : public AgentTest {};

TEST_F(Reload, ReadsTheConfigurationAgainAndKeepsTheOldOneWhereTheNewIsWrong) {
    agent_->start();
    std::ofstream(agent_->config_file()) << "log_level: debug\n";
    agent_->signal(SIGHUP);
    EXPECT_TRUE(agent_->logs({"info configuration reloaded"}));
    EXPECT_TRUE(agent_->log_lines({"Z debug "}).empty());
    const DockerNetwork network({"ecs-int-reload"});
    EXPECT_TRUE(agent_->logs({"Z debug ", "introspection listens"}));
    std::ofstream(agent_->config_file()) << "log_level: sometimes\n";
    agent_->signal(SIGHUP);
    EXPECT_TRUE(agent_->logs({"error the configuration is not reloaded", "log_level"}));
    EXPECT_EQ(http_get("127.0.0.1", introspection_port, "/healthz").status, 200);
    std::ofstream(agent_->config_file()).flush();
}

} // namespace integration
