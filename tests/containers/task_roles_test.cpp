// The roles of a task: which it has, what its containers are told of them, and how that is found again.

#include "agent/containers/task_roles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace agent::containers {
namespace {

using Texts = std::vector<std::string>;

const std::string role = "arn:aws:iam::444455556666:role/service/web";
const std::string execution_role = "arn:aws:iam::444455556666:role/logs";
const std::string old_id = "7d8e9f0a-1b2c-4d3e-8f4a-5b6c7d8e9f0a";
const std::string other_id = "11111111-2222-4333-8444-555555555555";
const std::string old_token(64, 'a');

/// Both roles, and two containers that log in these ways; "" as the engine does by itself.
definition::TaskDefinition with_roles(const std::string& driver = "awslogs",
                                      const std::string& second_driver = "") {
    definition::TaskDefinition task;
    task.task_role_arn = role;
    task.execution_role_arn = execution_role;
    for (const auto& each : {driver, second_driver}) {
        auto& container = task.containers.emplace_back();
        if (!each.empty())
            container.log_configuration.emplace().driver = each;
    }
    return task;
}

model::Instance host_of_roles() {
    model::Instance host;
    host.scope = {"cn-north-1", "111122223333", "default"};
    return host;
}

model::Task given(const definition::TaskDefinition& definition, const RoleSettings& settings = {},
                  model::NetworkMode mode = model::NetworkMode::bridge) {
    model::Task task;
    task.network_mode = mode;
    give_roles(task, definition, host_of_roles(), settings);
    return task;
}

/// As a container of ours is that was told this.
docker::ContainerInspect told(const Texts& environment, const std::string& log_path = "") {
    docker::ContainerInspect inspect;
    inspect.config.env = environment;
    if (!log_path.empty())
        inspect.host_config.log_options = {{"awslogs-group", "g"},
                                           {std::string(log_credentials_option), log_path}};
    return inspect;
}

Texts uri_of(const std::string& path) {
    return {"PATH=/bin", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=" + path};
}

bool is_uuid(std::string_view text) {
    return text.size() == 36 && std::ranges::count(text, '-') == 4;
}

TEST(GiveRoles, BothHaveIdsOfTheirOwnThatNobodyGuesses) {
    const auto task = given(with_roles());
    ASSERT_TRUE(task.role && task.execution_role);
    EXPECT_EQ(task.role->arn, role);
    EXPECT_EQ(task.execution_role->arn, execution_role);
    EXPECT_TRUE(is_uuid(task.role->credentials_id)) << task.role->credentials_id;
    EXPECT_TRUE(is_uuid(task.execution_role->credentials_id));
    EXPECT_NE(task.role->credentials_id, task.execution_role->credentials_id);
    EXPECT_NE(task.role->credentials_id, given(with_roles()).role->credentials_id);
    EXPECT_EQ(task.role->authorization_token, "");
}

TEST(GiveRoles, NamesAreOfTheHostsAccount) {
    auto definition = with_roles();
    definition.task_role_arn = "web";
    definition.execution_role_arn = "logs";
    const auto task = given(definition);
    EXPECT_EQ(task.role->arn, "arn:aws-cn:iam::111122223333:role/web");
    EXPECT_EQ(task.execution_role->arn, "arn:aws-cn:iam::111122223333:role/logs");
}

TEST(GiveRoles, TaskHasNoneThatItsDefinitionDoesNotName) {
    auto definition = with_roles();
    definition.task_role_arn.clear();
    EXPECT_FALSE(given(definition).role);
    EXPECT_TRUE(given(definition).execution_role);
    definition.execution_role_arn.clear();
    EXPECT_FALSE(given(definition).execution_role);
}

TEST(GiveRoles, AreSwitchedOffEachByItsOwnSetting) {
    RoleSettings settings;
    settings.task_roles = false;
    EXPECT_FALSE(given(with_roles(), settings).role);
    EXPECT_TRUE(given(with_roles(), settings).execution_role);
    settings = {};
    settings.execution_roles = false;
    EXPECT_TRUE(given(with_roles(), settings).role);
    EXPECT_FALSE(given(with_roles(), settings).execution_role);
}

TEST(GiveRoles, HostModeHasASwitchMore) {
    using model::NetworkMode;
    RoleSettings settings;
    EXPECT_TRUE(given(with_roles(), settings, NetworkMode::host).role);
    settings.task_roles_on_host = false;
    EXPECT_FALSE(given(with_roles(), settings, NetworkMode::host).role);
    EXPECT_TRUE(given(with_roles(), settings, NetworkMode::host).execution_role)
        << "the engine is on the host in any case";
    for (const auto mode : {NetworkMode::bridge, NetworkMode::awsvpc, NetworkMode::none})
        EXPECT_TRUE(given(with_roles(), settings, mode).role);
    settings = {};
    settings.task_roles = false;
    EXPECT_FALSE(given(with_roles(), settings, NetworkMode::host).role);
}

TEST(GiveRoles, TokenIsThereWhereItIsAskedFor) {
    RoleSettings settings;
    settings.authorization = true;
    const auto task = given(with_roles(), settings);
    const auto& token = task.role->authorization_token;
    EXPECT_EQ(token.size(), 64U);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos) << token;
    EXPECT_NE(token, given(with_roles(), settings).role->authorization_token);
    EXPECT_EQ(task.execution_role->authorization_token, "") << "the engine has none";
}

TEST(GiveRoles, ExecutionRoleIsForThoseWhoLogToAws) {
    EXPECT_FALSE(given(with_roles("", "")).execution_role);
    EXPECT_FALSE(given(with_roles("json-file", "fluentd")).execution_role);
    EXPECT_TRUE(given(with_roles("json-file", "awslogs")).execution_role) << "one is enough";
}

TEST(RoleVariables, SayWhereARolesCredentialsAre) {
    EXPECT_EQ(role_variables(std::nullopt), Texts());
    EXPECT_EQ(role_variables(model::TaskRole{role, old_id, old_token}),
              (Texts{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + old_id,
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN=" + old_token}));
    EXPECT_EQ(role_variables(model::TaskRole{role, old_id}),
              Texts{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + old_id});
}

TEST(LogCredentialsPath, IsThatOfTheExecutionRole) {
    model::Task task;
    task.role = {role, old_id};
    EXPECT_EQ(log_credentials_path(task), "");
    task.execution_role = {execution_role, other_id};
    EXPECT_EQ(log_credentials_path(task), "/v2/credentials/" + other_id);
}

TEST(TakeBackRoles, AreTheIdsAndTheTokenThatAContainerWasTold) {
    RoleSettings settings;
    settings.authorization = true;
    const auto before = given(with_roles(), settings);
    auto task = given(with_roles(), settings);
    restore_roles(task, told(role_variables(before.role), log_credentials_path(before)));
    EXPECT_EQ(task, before);
}

TEST(TakeBackRoles, ContainerThatWasToldNoTokenIsAskedForNone) {
    RoleSettings settings;
    settings.authorization = true;
    auto task = given(with_roles(), settings);
    restore_roles(task, told(uri_of("/v2/credentials/" + old_id)));
    EXPECT_EQ(task.role->credentials_id, old_id);
    EXPECT_EQ(task.role->authorization_token, "") << "it would not send the new one";
}

TEST(TakeBackRoles, ContainerThatWasToldATokenIsAskedForItOn) {
    auto task = given(with_roles());
    auto environment = uri_of("/v2/credentials/" + old_id);
    environment.push_back("AWS_CONTAINER_AUTHORIZATION_TOKEN=" + old_token);
    restore_roles(task, told(environment));
    EXPECT_EQ(task.role->authorization_token, old_token) << "whatever is set by now";
}

TEST(TakeBackRoles, WhatAUserSaysIsNoIdOfOurs) {
    RoleSettings settings;
    settings.authorization = true;
    const auto fresh = given(with_roles(), settings);
    for (const auto& path :
         {std::string(), std::string("/own"), std::string("/v2/credentials/"),
          std::string("/v2/credentials/own"), "/v1/credentials/" + old_id, old_id,
          "http://127.0.0.1/v2/credentials/" + old_id, "/v2/credentials/" + old_id + "/more",
          "/v2/credentials/" + old_id.substr(1), "/v2/credentials/" + std::string(36, '0')}) {
        auto task = fresh;
        auto environment = uri_of(path);
        environment.push_back("AWS_CONTAINER_AUTHORIZATION_TOKEN=own");
        restore_roles(task, told(environment, path));
        EXPECT_EQ(task, fresh) << path;
    }
    auto task = fresh;
    restore_roles(task, told({"PATH=/bin", "MY_AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/"
                                           "credentials/" +
                                               old_id}));
    EXPECT_EQ(task, fresh);
}

// It was never asked for before the agent was started again, so not all of its clients send it.
TEST(TakeBackRoles, TokenOfAUsersOwnIsNotAskedFor) {
    auto task = given(with_roles());
    auto environment = uri_of("/v2/credentials/" + old_id);
    environment.push_back("AWS_CONTAINER_AUTHORIZATION_TOKEN=Bearer of-the-users-own-sidecar");
    restore_roles(task, told(environment));
    EXPECT_EQ(task.role->credentials_id, old_id);
    EXPECT_EQ(task.role->authorization_token, "");
}

TEST(TakeBackRoles, RoleThatTheTaskHasNoLongerStaysAway) {
    model::Task task;
    auto environment = uri_of("/v2/credentials/" + old_id);
    environment.push_back("AWS_CONTAINER_AUTHORIZATION_TOKEN=" + old_token);
    restore_roles(task, told(environment, "/v2/credentials/" + other_id));
    EXPECT_EQ(task, model::Task());
}

TEST(TakeBackRoles, OneOfTheTwoIsTakenWithoutTheOther) {
    const auto fresh = given(with_roles());
    auto task = fresh;
    restore_roles(task, told(uri_of("/v2/credentials/" + old_id)));
    EXPECT_EQ(task.role->credentials_id, old_id);
    EXPECT_EQ(task.execution_role, fresh.execution_role);
    task = fresh;
    restore_roles(task, told({}, "/v2/credentials/" + other_id));
    EXPECT_EQ(task.role, fresh.role);
    EXPECT_EQ(task.execution_role->credentials_id, other_id);
}

} // namespace
} // namespace agent::containers
