// The daemon's steps, those that need neither Docker nor the host's network.

#include "agent/daemon/network_settings.hpp"
#include "agent/daemon/reload.hpp"
#include "agent/daemon/steps.hpp"
#include "agent/daemon/take_lock.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/gate.hpp"
#include "fakes/scripted_docker_server.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace agent::daemon {
namespace {

using base::Errc;
using fakes::answer;
using Level = base::log::Level;

class StepsTest : public testing::Test {
protected:
    StepsTest() {
        app.loaded.config.data_dir = folder.path("data");
        app.loaded.config.disable_imds = true;
    }
    ~StepsTest() override {
        app.state.disk.join();
        app.pools.join();
    }
    base::Result<> open() { return loop.run(open_state(app)); }
    base::Result<> identify() { return loop.run(identify_host(app)); }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    App app{loop.executor(), {}};
};

TEST(Steps, GoUpInTheOrderThatEachNeeds) {
    std::vector<std::string> names;
    for (const auto& step : daemon_steps()) {
        names.emplace_back(step.name);
        EXPECT_NE(step.up, nullptr);
        EXPECT_NE(step.on_failure, config::ExitCode::ok) << step.name;
    }
    const std::vector<std::string> expected{"take_lock",     "check_host",       "open_state",
                                            "identify_host", "open_bridge",      "open_docker",
                                            "prepare_tasks", "load_credentials", "connect_docker",
                                            "start_servers", "run_tasks",        "notify_ready"};
    EXPECT_EQ(names, expected);
}

const Step& step_of(std::string_view name) {
    const auto found = std::ranges::find(daemon_steps(), name, &Step::name);
    EXPECT_NE(found, daemon_steps().end()) << name;
    return *found;
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

TEST_F(StepsTest, StateIsMadeInTheDataFolderForRootOnly) {
    ASSERT_TRUE(open());
    struct stat found {};
    ASSERT_EQ(::stat(folder.path("data/agent.db").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    EXPECT_EQ(app.state.leases->pool().subnet().prefix_length(), 22);
}

TEST_F(StepsTest, DamagedStateIsSetAsideAndNotFatal) {
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
TEST_F(StepsTest, StateOfANewerVersionIsLeftAloneAndEndsTheDaemonWithAStatusOfItsOwn) {
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
    const auto& step = step_of("open_state");
    EXPECT_EQ(exit_code_of(step, refused.error()), config::ExitCode::newer_state);
    EXPECT_EQ(static_cast<int>(config::ExitCode::newer_state), 6);
    EXPECT_EQ(exit_code_of(step, base::Error(Errc::io, "")), config::ExitCode::failure);
    EXPECT_EQ(exit_code_of(step_of("open_bridge"), refused.error()), config::ExitCode::environment);
    EXPECT_EQ(log.count(Level::error, "set aside"), 0U) << log.all();
}

TEST_F(StepsTest, StateThatCannotBeOpenedIsFatal) {
    folder.write("data", "a file in the way");
    EXPECT_EQ(open().error().code(), Errc::conflict);
}

TEST_F(StepsTest, LeasesOfAnEarlierPoolAreToldAndKeptApart) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(app.state.leases->assign("owner"));
    app.state.store.reset();
    app.state.leases.reset();
    app.loaded.config.link_local_pool = {0xA9FEB000, 24};
    ASSERT_TRUE(open());
    EXPECT_EQ(log.count(Level::warn, "a lease of an earlier pool is kept apart"), 1U) << log.all();
    EXPECT_FALSE(app.state.leases->find("owner"));
}

TEST_F(StepsTest, HostIsWhatTheConfigurationSays) {
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

TEST_F(StepsTest, ContainerInstanceKeepsItsRandomId) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(identify());
    const auto first = app.world->instance().container_instance_arn;
    EXPECT_EQ(model::last_part(first).size(), 32U) << first;
    app.world.reset();
    ASSERT_TRUE(identify());
    EXPECT_EQ(app.world->instance().container_instance_arn, first);
}

class WithImdsTest : public StepsTest {
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
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(identify());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(1500));
    EXPECT_EQ(log.count(Level::warn, "instance metadata service does not answer"), 1U);
    EXPECT_EQ(app.world->instance().scope.region, "us-east-1");
}

TEST_F(WithImdsTest, CloudIsNotAskedWhereItIsSwitchedOff) {
    app.loaded.config.disable_imds = true;
    ASSERT_TRUE(open());
    ASSERT_TRUE(identify());
    EXPECT_TRUE(server.requests().empty());
}

/// The steps up to the credentials, without the bridge: Docker is not asked before the next one.
class LoadCredentialsTest : public StepsTest {
protected:
    LoadCredentialsTest() {
        auto& config = app.loaded.config;
        config.docker_host = "unix://" + folder.path("nobody.sock");
        config.credentials_file = folder.path("credentials.yaml");
        config.audit_log_file = folder.path("log/audit.log");
    }
    ~LoadCredentialsTest() override {
        loop.tasks().spawn("stop", stop_tasks(app));
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }

    /// With this in the file.
    base::Result<> load_text(const std::string& text, mode_t mode = 0600) {
        folder.write("credentials.yaml", text);
        EXPECT_EQ(::chmod(app.loaded.config.credentials_file.c_str(), mode), 0);
        return load();
    }
    base::Result<> load() {
        if (auto opened = open(); !opened)
            return opened;
        if (auto identified = identify(); !identified)
            return identified;
        if (auto opened = loop.run(open_docker(app)); !opened)
            return opened;
        if (auto prepared = loop.run(prepare_tasks(app)); !prepared)
            return prepared;
        return loop.run(step_of("load_credentials").up(app));
    }
    /// Somebody configured the place of the file.
    void name_the_file() {
        app.loaded.origins["credentials_file"] = {config::Layer::environment, "test"};
    }
};

const std::string web = "arn:aws:iam::111122223333:role/web";

TEST_F(LoadCredentialsTest, RolesHaveWhatTheFileSays) {
    const auto loaded = load_text(R"(providers:
  keys: {type: static, file: /etc/ecs/keys.json}
roles:
  - {role: ")" + web + R"(*", provider: keys}
deny: [")" + web + R"(-prod"]
)");
    ASSERT_TRUE(loaded) << loaded.error().what();
    EXPECT_TRUE(app.serving.broker->hands_out(web));
    EXPECT_FALSE(app.serving.broker->hands_out(web + "-prod"));
    EXPECT_FALSE(app.serving.broker->hands_out("arn:aws:iam::111122223333:role/other"));
}

TEST_F(LoadCredentialsTest, WithoutTheUsualFileNoRoleHasAnything) {
    const auto loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().what();
    EXPECT_FALSE(app.serving.broker->hands_out(web));
}

TEST_F(LoadCredentialsTest, FileThatWasNamedMustBeThere) {
    name_the_file();
    const auto loaded = load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::not_found);
    EXPECT_NE(loaded.error().what().find(app.loaded.config.credentials_file), std::string::npos)
        << loaded.error().what();
}

TEST_F(LoadCredentialsTest, WrongFileEndsTheDaemonWithTheStatusOfAWrongConfiguration) {
    const auto loaded = load_text("providers: {keys: {type: nonsense}}\n");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::invalid_argument);
    EXPECT_NE(loaded.error().what().find(app.loaded.config.credentials_file), std::string::npos)
        << loaded.error().what();
    EXPECT_EQ(step_of("load_credentials").on_failure, config::ExitCode::configuration);
    EXPECT_EQ(static_cast<int>(config::ExitCode::configuration), 3);
}

TEST_F(LoadCredentialsTest, FileThatOthersMayWriteIsWrongToo) {
    const auto loaded = load_text("providers: {}\n", 0622);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::permission);
}

// D9: it is read by a worker, and a FIFO in its place is refused at once.
TEST_F(LoadCredentialsTest, ReloadReadsTheCredentialsFileAndKeepsWhatItSaidWhereThatIsWrong) {
    ASSERT_TRUE(load_text("providers: {instance: {type: imds}}\ndefault: instance\n"));
    EXPECT_TRUE(app.serving.broker->hands_out(web));
    const auto reload_now = [&] {
        Reload load = [loaded = app.loaded]() -> base::Result<config::Loaded> { return loaded; };
        loop.tasks().spawn("reload", reload(app, std::move(load)));
        loop.run_until([&] { return loop.tasks().size() == 0; });
    };
    folder.remove("credentials.yaml");
    ASSERT_EQ(::mkfifo(app.loaded.config.credentials_file.c_str(), 0600), 0);
    reload_now();
    EXPECT_EQ(log.count(Level::error, "credentials.yaml: expected a regular file"), 1U)
        << log.all();
    EXPECT_TRUE(app.serving.broker->hands_out(web));
    folder.remove("credentials.yaml");
    folder.write("credentials.yaml", "deny: [\"*\"]\n");
    ASSERT_EQ(::chmod(app.loaded.config.credentials_file.c_str(), 0600), 0);
    reload_now();
    EXPECT_FALSE(app.serving.broker->hands_out(web));
}

TEST_F(LoadCredentialsTest, AuditLogIsWhereTheConfigurationSays) {
    ASSERT_TRUE(load());
    testing::internal::CaptureStdout();
    app.serving.audit_log->write({});
    app.serving.audit_log.reset();
    testing::internal::GetCapturedStdout();
    EXPECT_NE(folder.read("log/audit.log"), "");
}

TEST_F(LoadCredentialsTest, NoAuditLogIsWrittenWhereItIsSwitchedOff) {
    app.loaded.config.audit_log_disabled = true;
    ASSERT_TRUE(load());
    testing::internal::CaptureStdout();
    app.serving.audit_log->write({});
    app.serving.audit_log.reset();
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_FALSE(std::filesystem::exists(folder.path("log/audit.log")));
}

TEST_F(LoadCredentialsTest, CallersAreKnownBeforeTheServersStart) {
    ASSERT_TRUE(load());
    EXPECT_TRUE(app.serving.callers->is_host("127.0.0.1"));
    EXPECT_FALSE(app.serving.callers->is_host("192.0.2.77"));
}

TEST(Pools, HaveANameEach) {
    Pools pools;
    std::set<std::string, std::less<>> names;
    pools.each([&](std::string_view name, const base::WorkerPool& pool) {
        EXPECT_TRUE(names.emplace(name).second) << name;
        EXPECT_GE(pool.depth().threads, 1U) << name;
    });
    EXPECT_TRUE(names.contains("network"));
}

/// Docker's config.json names a helper that hangs.
class HungHelperTest : public LoadCredentialsTest {
protected:
    HungHelperTest() {
        using std::filesystem::perms;
        folder.write("config.json", R"({"credsStore":"hung"})");
        folder.write("docker-credential-hung",
                     "#!/bin/sh\n" + gate.wait() +
                         "\necho '{\"Username\":\"u\",\"Secret\":\"s\"}'\n");
        std::filesystem::permissions(folder.path("docker-credential-hung"), perms::owner_all);
        ::setenv("DOCKER_CONFIG", folder.path().c_str(), 1);
        ::setenv("PATH", (folder.path() + ':' + path_before).c_str(), 1);
    }
    ~HungHelperTest() override {
        ::unsetenv("DOCKER_CONFIG");
        ::setenv("PATH", path_before.c_str(), 1);
    }

    const std::string path_before = std::getenv("PATH");
    const fakes::Gate gate{folder.path("gate")};
};

// D5
TEST_F(HungHelperTest, HoldsBackNothingButThosePullsThatNeedIt) {
    ASSERT_TRUE(load());
    std::vector<std::shared_ptr<std::optional<std::optional<std::string>>>> logins;
    for (int i = 0; i < 6; ++i)
        logins.push_back(loop.start(app.docker.logins->header_for("r.example/app")));
    const auto& helpers = app.pools.login_helpers;
    loop.run_until([&] { return helpers.depth().running == 4 && helpers.depth().queued == 2; });
    EXPECT_EQ(helpers.depth().queued, 2U);
    app.pools.each([&](std::string_view name, base::WorkerPool& pool) {
        if (&pool == &helpers)
            return;
        EXPECT_EQ(pool.depth().running + pool.depth().queued, 0U) << name;
        auto work = [] { return true; };
        const auto done = loop.start(base::offload(pool, std::move(work)));
        loop.run_until([&] { return done->has_value(); });
        EXPECT_TRUE(done->has_value()) << name;
    });
    EXPECT_EQ(helpers.depth().running, 4U);
    gate.open();
    const auto is_there = [](const auto& login) { return login->has_value(); };
    loop.run_until([&] { return std::ranges::all_of(logins, is_there); });
    for (const auto& login : logins)
        EXPECT_TRUE(login->has_value() && login->value());
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
