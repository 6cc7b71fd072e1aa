// To whom an id is answered, and what.

#include "broker_fixture.hpp"

namespace agent::credentials {
namespace {

class BrokerTest : public BrokerFixture {
protected:
    BrokerTest() { configure(all_roles()); }

    /// The answer tells nothing that an unknown id's does not.
    void expect_unknown(std::string_view id, std::string_view address,
                        std::string_view token = {}) {
        const auto answer = ask(id, address, token);
        EXPECT_EQ(answer.kind, Kind::unknown) << id << " from " << address;
        EXPECT_EQ(answer.body, nullptr);
        EXPECT_EQ(answer.reason, "");
        EXPECT_EQ(answer.task_arn, "");
        EXPECT_EQ(answer.retry_after, Answer().retry_after);
    }
};

TEST_F(BrokerTest, TaskGetsTheCredentialsOfItsRole) {
    world.put(bridge_task());
    const auto answer = ask("id-of-bridge", bridge_address);
    ASSERT_EQ(answer.kind, Kind::ready);
    EXPECT_TRUE(has(answer, R"({"RoleArn":"arn:aws:iam::123456789012:role/web","AccessKeyId":"ID",)"
                            R"("SecretAccessKey":"KEY","Token":"","Expiration":")"))
        << *answer.body;
    EXPECT_EQ(answer.task_arn, bridge_task().arn);
    EXPECT_EQ(answer.role, handlers::CredentialsRole::task);
    EXPECT_EQ(log.all(), "");
}

TEST_F(BrokerTest, EachTaskHasItsOwnId) {
    world.put(awsvpc_task());
    world.put(bridge_task());
    world.put(host_task());
    EXPECT_EQ(kind("id-of-awsvpc", awsvpc_address), Kind::ready);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    EXPECT_EQ(kind("id-of-host", host_address), Kind::ready);
    EXPECT_EQ(kind("id-of-host", loopback), Kind::ready);
}

TEST_F(BrokerTest, IdIsAnsweredToAddressesOfItsTaskOnly) {
    world.put(awsvpc_task());
    world.put(bridge_task());
    world.put(host_task());
    ASSERT_EQ(kind("id-of-awsvpc", awsvpc_address), Kind::ready);
    for (const auto* address : {bridge_address, host_address, loopback, nobodys_address, "", "::1"})
        expect_unknown("id-of-awsvpc", address);
    for (const auto* address : {awsvpc_address, host_address, loopback, nobodys_address, ""})
        expect_unknown("id-of-bridge", address);
    for (const auto* address : {awsvpc_address, bridge_address, nobodys_address, ""})
        expect_unknown("id-of-host", address);
}

TEST_F(BrokerTest, EveryContainerOfATaskMayAsk) {
    auto task = bridge_task();
    auto second = task.containers[0];
    second.docker_id = "app-b2";
    second.networks[0].ipv4 = "172.18.0.7";
    task.containers.push_back(second);
    world.put(task);
    EXPECT_EQ(kind("id-of-bridge", bridge_address), Kind::ready);
    EXPECT_EQ(kind("id-of-bridge", "172.18.0.7"), Kind::ready);
}

TEST_F(BrokerTest, WhatIsNobodysIdIsUnknown) {
    world.put(bridge_task());
    for (const auto* id : {"", "id", "id-of-bridge ", "ID-OF-BRIDGE", "id-of-bridge/"})
        expect_unknown(id, bridge_address);
    world.put(task_of("d0000000000000000000000000000000", model::NetworkMode::bridge));
    expect_unknown("", bridge_address);
}

TEST_F(BrokerTest, AddressIsLookedUpWhetherTheIdIsSomebodysOrNot) {
    world.put(bridge_task());
    ask_once("id-of-bridge", bridge_address);
    EXPECT_EQ(callers.asked, 1);
    ask_once("nobodys", bridge_address);
    EXPECT_EQ(callers.asked, 2) << "the time that it takes tells which";
}

TEST_F(BrokerTest, ExecutionRoleIsTheHosts) {
    for (auto task : {awsvpc_task(), bridge_task(), host_task()}) {
        task.execution_role = model::TaskRole{logs_role, "execution-" + task.id};
        task.role->authorization_token = "token"; // the engine has none
        world.put(task);
        for (const auto* address : {host_address, loopback}) {
            const auto answer = ask("execution-" + task.id, address);
            ASSERT_EQ(answer.kind, Kind::ready) << address;
            EXPECT_TRUE(has(answer, R"("RoleArn":"arn:aws:iam::123456789012:role/logs")"));
            EXPECT_EQ(answer.role, handlers::CredentialsRole::execution);
            EXPECT_EQ(answer.task_arn, task.arn);
        }
        for (const auto* address : {awsvpc_address, bridge_address, nobodys_address})
            expect_unknown("execution-" + task.id, address, "token");
    }
}

TEST_F(BrokerTest, TokenHasToBeTheTasks) {
    auto task = bridge_task();
    task.role->authorization_token = "the-token";
    world.put(task);
    EXPECT_EQ(kind("id-of-bridge", bridge_address, "the-token"), Kind::ready);
    for (const auto* token : {"", "the-toke", "the-token2", "The-Token", "Bearer the-token"})
        expect_unknown("id-of-bridge", bridge_address, token);
    expect_unknown("id-of-bridge", nobodys_address, "the-token");
}

TEST_F(BrokerTest, TokenThatNobodyAskedForDoesNotMatter) {
    world.put(bridge_task());
    EXPECT_EQ(kind("id-of-bridge", bridge_address, "something"), Kind::ready);
}

TEST_F(BrokerTest, IdCountsAloneWhereThatIsSwitchedSo) {
    let_the_id_count_alone();
    auto task = awsvpc_task();
    task.execution_role = model::TaskRole{logs_role, "execution"};
    unchecked_world.put(task);
    for (const auto* address : {awsvpc_address, bridge_address, nobodys_address, ""}) {
        EXPECT_EQ(kind("id-of-awsvpc", address), Kind::ready) << address;
        EXPECT_EQ(kind("execution", address), Kind::ready) << address;
        expect_unknown("nobodys", address);
    }
    EXPECT_EQ(callers.asked, 0);
}

TEST_F(BrokerTest, TokenCountsAlsoWhereTheAddressDoesNot) {
    let_the_id_count_alone();
    auto task = awsvpc_task();
    task.role->authorization_token = "the-token";
    unchecked_world.put(task);
    EXPECT_EQ(kind("id-of-awsvpc", nobodys_address, "the-token"), Kind::ready);
    expect_unknown("id-of-awsvpc", awsvpc_address, "another");
    expect_unknown("id-of-awsvpc", awsvpc_address);
}

TEST_F(BrokerTest, RoleThatIsDeniedIsRefusedToItsTaskOnly) {
    auto configuration = all_roles();
    configuration.deny = {"*:role/web"};
    configure(std::move(configuration));
    world.put(bridge_task());
    const auto answer = ask("id-of-bridge", bridge_address);
    EXPECT_EQ(answer.kind, Kind::refused);
    EXPECT_EQ(answer.reason, "The role may not be handed out on this host");
    EXPECT_EQ(answer.body, nullptr);
    EXPECT_EQ(answer.task_arn, bridge_task().arn);
    expect_unknown("id-of-bridge", nobodys_address);
    EXPECT_FALSE(broker->hands_out(web_role));
    EXPECT_TRUE(broker->hands_out(logs_role));
}

TEST_F(BrokerTest, RoleWithoutAProviderIsRefusedToItsTaskOnly) {
    auto configuration = all_roles();
    configuration.default_provider = "";
    configuration.roles = {{logs_role, "file"}};
    configure(std::move(configuration));
    world.put(bridge_task());
    const auto answer = ask("id-of-bridge", bridge_address);
    EXPECT_EQ(answer.kind, Kind::refused);
    EXPECT_EQ(answer.reason, "No provider is configured for the role");
    expect_unknown("id-of-bridge", nobodys_address);
    EXPECT_FALSE(broker->hands_out(web_role));
    EXPECT_TRUE(broker->hands_out(logs_role));
}

TEST_F(BrokerTest, TaskRoleWithoutCredentialsIsLoggedAndAnExecutionRoleIsNot) {
    configure(Configuration());
    auto task = bridge_task();
    task.execution_role = model::TaskRole{logs_role, "execution"};
    world.put(task);
    using base::log::Level;
    EXPECT_EQ(log.count(Level::warn, "a task's role has no credentials here task=" + task.arn +
                                         " role=" + web_role +
                                         " reason=\"No provider is configured for the role\""),
              1U)
        << log.all();
    EXPECT_EQ(log.all().find(logs_role), std::string::npos)
        << "the engine's own are used: " << log.all();
    EXPECT_EQ(log.all().find("id-of-bridge"), std::string::npos) << "ids are secret";
    task.known = model::TaskStatus::running;
    world.put(task);
    EXPECT_EQ(log.count(Level::warn, web_role), 1U) << "once: " << log.all();
}

TEST_F(BrokerTest, AnswerIsPendingWhileThereIsNothing) {
    folder.remove("keys.json");
    world.put(bridge_task());
    const auto answer = ask_once("id-of-bridge", bridge_address);
    EXPECT_EQ(answer.kind, Kind::pending);
    EXPECT_EQ(answer.body, nullptr);
    EXPECT_GE(answer.retry_after, std::chrono::seconds(1));
    EXPECT_EQ(answer.task_arn, bridge_task().arn);
    expect_unknown("id-of-bridge", nobodys_address);
    EXPECT_EQ(log.count(base::log::Level::warn, "cannot fetch credentials; trying again"), 1U)
        << log.all();
    write_keys("LATE");
    EXPECT_TRUE(has(ask("id-of-bridge", bridge_address), "LATE"));
}

TEST_F(BrokerTest, ProgramIsToldTheTaskItsRoleAndItsIdAsSession) {
    Configuration configuration;
    ProcessSpec process;
    process.command = {"/bin/sh", "-c",
                       R"(printf '{"AccessKeyId":"%s","SecretAccessKey":"%s"}' \
                          "$AWS_ROLE_SESSION_NAME" "$AWS_ROLE_ARN,$ECS_TASK_ARN")"};
    configuration.providers.emplace("program", process);
    configuration.default_provider = "program";
    configure(std::move(configuration));
    auto task = bridge_task();
    task.execution_role = model::TaskRole{logs_role, "execution"};
    world.put(task);
    const auto of_task = ask("id-of-bridge", bridge_address);
    EXPECT_TRUE(has(of_task, R"("AccessKeyId":"b0000000000000000000000000000000")"));
    EXPECT_TRUE(has(of_task, R"("SecretAccessKey":")" + web_role + "," + task.arn + '"'));
    const auto of_engine = ask("execution", host_address);
    EXPECT_TRUE(has(of_engine, R"("AccessKeyId":"b0000000000000000000000000000000")"));
    EXPECT_TRUE(has(of_engine, R"("SecretAccessKey":")" + logs_role + "," + task.arn + '"'));
}

TEST_F(BrokerTest, IsGivenToWhomItIsAnswered) {
    const auto agree = [&] {
        int given = 0;
        for (const auto* id :
             {"id-of-awsvpc", "id-of-bridge", "id-of-host", "execution", "nobodys", ""})
            for (const auto* address :
                 {awsvpc_address, bridge_address, host_address, loopback, nobodys_address, ""})
                for (const auto* token : {"", "the-token"}) {
                    const bool is_given = broker->is_given_to({id, address, token});
                    EXPECT_EQ(is_given, ask(id, address, token).kind != Kind::unknown)
                        << id << " from " << address << " with " << token;
                    given += is_given ? 1 : 0;
                }
        return given;
    };
    const auto put = [](model::World& into) {
        auto first = awsvpc_task();
        first.execution_role = model::TaskRole{logs_role, "execution"};
        auto second = bridge_task();
        second.role->authorization_token = "the-token";
        into.put(first);
        into.put(second);
        into.put(host_task());
    };
    put(world);
    EXPECT_EQ(agree(), 2 + 1 + 4 + 4);
    configure(Configuration()); // refused, but theirs
    EXPECT_EQ(agree(), 2 + 1 + 4 + 4);
    let_the_id_count_alone();
    put(unchecked_world);
    EXPECT_EQ(agree(), 12 + 6 + 12 + 12);
}

} // namespace
} // namespace agent::credentials
