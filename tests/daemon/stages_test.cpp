// The daemon's stages, those that need neither Docker nor the host's network.

#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/take_lock.hpp"
#include "daemon/stages_fixture.hpp"
#include "fakes/scripted_docker_server.hpp"
#include "pace.hpp"

#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace agent::daemon {
namespace {

using base::Errc;
using fakes::answer;
using Level = base::log::Level;

TEST(Stages, GoUpInTheOrderThatEachNeeds) {
    std::vector<std::string> names;
    for (const auto& stage : daemon_stages()) {
        names.emplace_back(stage.name);
        EXPECT_NE(stage.up, nullptr);
        EXPECT_NE(stage.on_failure, config::ExitCode::ok) << stage.name;
    }
    const std::vector<std::string> expected{
        "take_lock",      "check_host",    "open_state",       "identify_host", "open_bridge",
        "open_docker",    "prepare_tasks", "load_credentials", "load_rules",    "open_volumes",
        "connect_docker", "start_servers", "open_doors",       "run_tasks",     "notify_ready"};
    EXPECT_EQ(names, expected);
}

/// Runs in a network namespace of its own: the lock is one in each, and the host's may be in use.
void apart(void (*work)()) {
    std::thread([work] {
        const bool alone =
            ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
        ASSERT_TRUE(alone);
        work();
    }).join();
}

TEST(TakeLock, IsHeldByOneAndNamesIt) {
    apart([] {
        const auto first = lock_host();
        ASSERT_TRUE(first) << first.error().what();
        const auto second = lock_host();
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code(), Errc::conflict);
        EXPECT_NE(second.error().what().find("process " + std::to_string(::getpid())),
                  std::string::npos)
            << second.error().what();
    });
}

TEST(TakeLock, GoesWithItsHolder) {
    apart([] {
        { ASSERT_TRUE(lock_host()); }
        EXPECT_TRUE(lock_host());
    });
}

TEST_F(StagesTest, StateIsMadeInTheDataFolderForRootOnly) {
    ASSERT_TRUE(open());
    struct stat found {};
    ASSERT_EQ(::stat(folder.path("data/agent.db").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    EXPECT_EQ(app.state.leases->pool().subnet().prefix_length(), 22);
}

TEST_F(StagesTest, DamagedStateIsSetAsideAndNotFatal) {
    folder.write("data/agent.db", std::string(8192, 'x'));
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.error().what();
    EXPECT_EQ(log.count(Level::error, "the state file is damaged; set aside"), 1U) << log.all();
    EXPECT_TRUE(app.state.store->declared_tasks().value().empty());
    bool kept = false;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path("data")))
        kept = kept || entry.path().filename().string().starts_with("agent.db.corrupt-");
    EXPECT_TRUE(kept);
}

// D19
TEST_F(StagesTest, StateOfANewerVersionIsLeftAloneAndEndsTheDaemonWithAStatusOfItsOwn) {
    ASSERT_TRUE(open());
    app.state.store.reset();
    app.state.leases.reset();
    const auto newer = std::to_string(state::todays_schema().version() + 1);
    ASSERT_TRUE(base::Database::open(folder.path("data/agent.db"))
                    .value()
                    .execute("PRAGMA user_version = " + newer));
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what().find("is of a newer version of the agent"), std::string::npos)
        << refused.error().what();
    const auto& stage = stage_of("open_state");
    EXPECT_EQ(exit_code_of(stage, refused.error()), config::ExitCode::newer_state);
    EXPECT_EQ(static_cast<int>(config::ExitCode::newer_state), 6);
    EXPECT_EQ(exit_code_of(stage, base::Error(Errc::io, "")), config::ExitCode::failure);
    EXPECT_EQ(exit_code_of(stage_of("open_bridge"), refused.error()),
              config::ExitCode::environment);
    EXPECT_EQ(log.count(Level::error, "set aside"), 0U) << log.all();
}

TEST_F(StagesTest, StateThatCannotBeOpenedIsFatal) {
    folder.write("data", "a file in the way");
    EXPECT_EQ(open().error().code(), Errc::conflict);
}

TEST_F(StagesTest, LeasesOfAnEarlierPoolAreToldAndKeptApart) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(app.state.leases->assign("owner"));
    app.state.store.reset();
    app.state.leases.reset();
    app.loaded.config.link_local_pool = {0xA9FEB000, 24};
    ASSERT_TRUE(open());
    EXPECT_EQ(log.count(Level::warn, "a lease of an earlier pool is kept apart"), 1U) << log.all();
    EXPECT_FALSE(app.state.leases->find("owner"));
}

TEST_F(StagesTest, HostIsWhatTheConfigurationSays) {
    app.loaded.config.cluster = "prod";
    app.loaded.config.region = "cn-north-1";
    app.loaded.config.account_id = "111122223333";
    app.loaded.config.container_instance_id = std::string(32, 'a');
    ASSERT_TRUE(open());
    const auto identified = identify();
    ASSERT_TRUE(identified) << identified.error().what();
    const auto& instance = app.world->instance();
    EXPECT_EQ(instance.scope.cluster_arn(), "arn:aws-cn:ecs:cn-north-1:111122223333:cluster/prod");
    EXPECT_EQ(instance.container_instance_arn,
              "arn:aws-cn:ecs:cn-north-1:111122223333:container-instance/prod/" +
                  std::string(32, 'a'));
    EXPECT_EQ(instance.availability_zone, "cn-north-1a");
    EXPECT_TRUE(instance.agent_version.starts_with("Amazon ECS Agent - v1.105.1 ("))
        << instance.agent_version;
}

TEST_F(StagesTest, ContainerInstanceKeepsItsRandomId) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(identify());
    const auto first = app.world->instance().container_instance_arn;
    EXPECT_EQ(model::last_part(first).size(), 32U) << first;
    app.world.reset();
    ASSERT_TRUE(identify());
    EXPECT_EQ(app.world->instance().container_instance_arn, first);
}

class WithImdsTest : public StagesTest {
protected:
    WithImdsTest() {
        auto& loaded = app.loaded;
        loaded.config.disable_imds = false;
        loaded.config.imds_endpoint = server.url();
        loaded.origins["imds_endpoint"] = {config::Layer::environment, "test"};
    }
    void script(const std::string& document) {
        server.on("PUT /latest/api/token ", {answer(200, "the-token")});
        server.on("GET /latest/dynamic/instance-identity/document ", {answer(200, document)});
        server.on("GET /latest/meta-data/placement/availability-zone-id ",
                  {answer(200, "euw1-az2")});
        server.on("GET /latest/meta-data/mac ", {answer(200, "0e:49:61:0f:c3:11")});
        server.on("GET /latest/meta-data/network/interfaces/macs/0e:49:61:0f:c3:11/vpc-id ",
                  {answer(200, "vpc-0123")});
        server.on("GET /latest/meta-data/public-ipv4 ", {answer(404, "")});
    }
    fakes::ScriptedDockerServer server{fakes::ScriptedDockerServer::Door::tcp};
};

TEST_F(WithImdsTest, CloudSaysWhatNobodyConfigured) {
    app.loaded.config.account_id = "999988887777";
    app.loaded.origins["account_id"] = {config::Layer::yaml, "test"};
    script(R"({"region":"eu-west-1","accountId":"111122223333","availabilityZone":"eu-west-1b",
               "privateIp":"10.0.0.5"})");
    ASSERT_TRUE(open());
    const auto identified = identify();
    ASSERT_TRUE(identified) << identified.error().what();
    const auto& instance = app.world->instance();
    EXPECT_EQ(instance.scope.region, "eu-west-1");
    EXPECT_EQ(instance.scope.account, "999988887777") << "the configuration ranks higher";
    EXPECT_EQ(instance.availability_zone, "eu-west-1b");
    EXPECT_EQ(instance.availability_zone_id, "euw1-az2");
    EXPECT_EQ(instance.vpc_id, "vpc-0123");
    EXPECT_EQ(instance.host_private_ipv4, "10.0.0.5");
}

TEST_F(WithImdsTest, CloudThatDoesNotAnswerCostsASecondAtMostAndAWarning) {
    server.on("PUT /latest/api/token ", {fakes::hang()});
    ASSERT_TRUE(open());
    tests::slowness();
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(identify());
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_LT(took, tests::at_this_pace(std::chrono::milliseconds(1500)));
    EXPECT_EQ(log.count(Level::warn, "instance metadata service does not answer"), 1U);
    EXPECT_EQ(app.world->instance().scope.region, "us-east-1");
}

TEST_F(WithImdsTest, CloudIsNotAskedWhereItIsSwitchedOff) {
    app.loaded.config.disable_imds = true;
    ASSERT_TRUE(open());
    ASSERT_TRUE(identify());
    EXPECT_TRUE(server.requests().empty());
}

TEST(GuardSettings, GatewayIsThePoolsFirstHost) {
    config::Config config;
    config.link_local_pool = {0x0A090800, 24};
    config.bridge_name = "br-test";
    config.endpoint_port = 1234;
    const auto settings = guard_settings(config);
    EXPECT_EQ(settings.bridge.gateway.to_string(), "10.9.8.1");
    EXPECT_EQ(settings.bridge.prefix_length, 24);
    EXPECT_EQ(settings.bridge.name, "br-test");
    EXPECT_EQ(settings.bridge.endpoint.to_string(), "169.254.170.2");
    EXPECT_EQ(settings.table.bridge, "br-test");
    EXPECT_EQ(settings.table.agent, settings.bridge.gateway);
    EXPECT_EQ(settings.table.agent_port, 1234);
}

} // namespace
} // namespace agent::daemon
