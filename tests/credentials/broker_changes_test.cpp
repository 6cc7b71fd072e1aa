// What becomes of ids when tasks come, change and go, and when roles are configured anew.

#include "broker_fixture.hpp"

#include <sys/stat.h>

#include <fstream>

namespace agent::credentials {
namespace {

using base::Errc;
using base::log::Level;

constexpr auto stopped = model::TaskStatus::stopped;

class BrokerChangesTest : public BrokerFixture {
protected:
    BrokerChangesTest() { configure(all_roles()); }

    /// Fetches that go on.
    std::size_t fetches() { return loop.tasks().size(); }
    void expect_fetches(std::size_t count) {
        loop.run_until([&] { return fetches() == count; });
        EXPECT_EQ(fetches(), count);
    }
};

TEST_F(BrokerChangesTest, CredentialsAreFetchedAsSoonAsATaskIsAccepted) {
    EXPECT_EQ(fetches(), 0U);
    auto task = bridge_task();
    task.known = model::TaskStatus::none;
    task.containers.clear();
    world.put(task);
    EXPECT_EQ(fetches(), 1U);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::unknown) << "nobody has the address yet";
    task.containers = bridge_task().containers;
    world.put(task);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    expect_fetches(1);
}

TEST_F(BrokerChangesTest, IdGoesWhenItsTaskStops) {
    auto task = bridge_task();
    task.execution_role = model::TaskRole{logs_role, "execution"};
    world.put(task);
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    ASSERT_EQ(kind("execution", host_address), Kind::ready);
    expect_fetches(2);
    task.desired = stopped; // its containers may still need them
    world.put(task);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    task.known = stopped;
    world.put(task);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::unknown);
    EXPECT_EQ(kind("execution", host_address), Kind::unknown);
    expect_fetches(0);
}

TEST_F(BrokerChangesTest, IdGoesWithItsTask) {
    world.put(bridge_task());
    world.put(awsvpc_task());
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    world.remove(bridge_task().arn);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::unknown);
    EXPECT_FALSE(broker->is_given_to({"id-of-bridge", bridge_address, ""}));
    EXPECT_EQ(kind("id-of-awsvpc", awsvpc_address), Kind::ready) << "another's stays";
    expect_fetches(1);
}

TEST_F(BrokerChangesTest, TaskThatHasStoppedBeforeHasNone) {
    auto task = bridge_task();
    task.known = stopped;
    world.put(task);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::unknown);
    EXPECT_EQ(fetches(), 0U);
}

TEST_F(BrokerChangesTest, OtherChangesOfATaskFetchNothing) {
    auto task = bridge_task();
    world.put(task);
    const auto before = ask("id-of-bridge", bridge_address);
    task.known = model::TaskStatus::running;
    task.tags = {{"a", "b"}};
    world.put(task);
    const auto after = ask("id-of-bridge", bridge_address);
    EXPECT_EQ(after.body, before.body) << "it was fetched and rendered again";
    expect_fetches(1);
}

TEST_F(BrokerChangesTest, IdThatATaskGetsInsteadReplacesIt) {
    auto task = bridge_task();
    world.put(task);
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    task.role->credentials_id = "another";
    world.put(task);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::unknown);
    EXPECT_EQ(kind("another", bridge_address), Kind::ready);
    expect_fetches(1);
}

TEST_F(BrokerChangesTest, AddressThatGoesToAnotherTaskTakesNothingAlong) {
    world.put(bridge_task());
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    auto first = bridge_task();
    first.containers[0].known = model::ContainerStatus::stopped;
    world.put(first);
    auto second = bridge_task();
    second.arn += "2";
    second.containers[0].docker_id = "app-d";
    second.role = model::TaskRole{web_role, "id-of-second"};
    world.put(second);
    EXPECT_EQ(kind("id-of-second", bridge_address), Kind::ready);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::unknown);
}

TEST_F(BrokerChangesTest, WhatIsConfiguredAnewIsGivenToTasksThatAreThere) {
    configure(Configuration());
    world.put(bridge_task());
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::refused);
    EXPECT_FALSE(broker->hands_out(web_role));
    configure(all_roles());
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    EXPECT_TRUE(broker->hands_out(web_role));
}

TEST_F(BrokerChangesTest, WhatIsDeniedAnewIsWithdrawn) {
    world.put(bridge_task());
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    auto denying = all_roles();
    denying.deny = {"*"};
    configure(std::move(denying));
    const auto denied = ask("id-of-bridge", bridge_address);
    EXPECT_EQ(denied.kind, Kind::refused);
    EXPECT_EQ(denied.reason, "The role may not be handed out on this host");
    EXPECT_EQ(denied.body, nullptr);
    expect_fetches(0);
    configure(Configuration());
    const auto none = ask("id-of-bridge", bridge_address);
    EXPECT_EQ(none.kind, Kind::refused);
    EXPECT_EQ(none.reason, "No provider is configured for the role");
    configure(all_roles());
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    expect_fetches(1);
}

TEST_F(BrokerChangesTest, OldCredentialsAreGivenUntilNewOnesAreThere) {
    world.put(bridge_task());
    ASSERT_TRUE(has(ask("id-of-bridge", bridge_address), R"("AccessKeyId":"ID")"));
    write_keys("NEW", "other.json");
    configure(all_roles("other.json"));
    bool always_ready = true;
    loop.run_until([&] {
        const auto answer = ask_once("id-of-bridge", bridge_address);
        always_ready = always_ready && answer.kind == Kind::ready;
        return has(answer, "NEW");
    });
    EXPECT_TRUE(always_ready);
    EXPECT_TRUE(has(ask_once("id-of-bridge", bridge_address), R"("AccessKeyId":"NEW")"));
    expect_fetches(1);
}

TEST_F(BrokerChangesTest, OldCredentialsStayWhereTheNewProviderFails) {
    world.put(bridge_task());
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    configure(all_roles("absent.json"));
    loop.run_until([&] { return log.count(Level::warn, "cannot refresh credentials") > 0; });
    EXPECT_EQ(log.count(Level::warn, folder.path("absent.json")), 1U) << log.all();
    EXPECT_TRUE(has(ask_once("id-of-bridge", bridge_address), R"("AccessKeyId":"ID")"));
}

TEST_F(BrokerChangesTest, ConfigurationThatCannotBeUsedChangesNothing) {
    world.put(bridge_task());
    ASSERT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    auto broken = all_roles("other.json");
    AssumeRoleSpec role;
    role.source = "file";
    role.sts.endpoint = "nowhere";
    broken.providers.emplace("roles", role);
    broken.deny = {"*"};
    const auto configured = broker->configure(std::move(broken));
    ASSERT_FALSE(configured);
    EXPECT_EQ(configured.error().code(), Errc::invalid_argument);
    EXPECT_TRUE(configured.error().what().starts_with("provider roles: expected http://"))
        << configured.error().what();
    EXPECT_TRUE(has(ask("id-of-bridge", bridge_address), R"("AccessKeyId":"ID")"));
    EXPECT_TRUE(broker->hands_out(web_role));
    world.put(awsvpc_task());
    EXPECT_EQ(kind("id-of-awsvpc", awsvpc_address), Kind::ready) << "what was said is in force";
}

TEST_F(BrokerChangesTest, TaskThatEndsWhileItsAnswerIsAwaitedGetsNone) {
    Configuration configuration;
    ProcessSpec process;
    // It says nothing until somebody writes into the pipe.
    const auto pipe = folder.path("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    process.command = {"/bin/cat", pipe};
    configuration.providers.emplace("program", process);
    configuration.default_provider = "program";
    configure(std::move(configuration));
    world.put(bridge_task());
    const auto waiting = loop.start(broker->find({"id-of-bridge", bridge_address, ""}));
    loop.run_for(std::chrono::milliseconds(5));
    world.remove(bridge_task().arn);
    std::ofstream(pipe) << R"({"AccessKeyId":"ID","SecretAccessKey":"KEY"})";
    loop.run_until([&] { return waiting->has_value(); });
    ASSERT_TRUE(waiting->has_value());
    EXPECT_EQ((*waiting)->kind, Kind::unknown);
    EXPECT_EQ((*waiting)->body, nullptr);
    expect_fetches(0);
}

} // namespace
} // namespace agent::credentials
