#pragma once
// The roles that a task acts as: the ids under which its credentials are asked for, how containers
// and log drivers are told them, and how they are found again. Pure.

#include "agent/definition/task_definition.hpp"
#include "agent/docker/types.hpp"
#include "model/instance.hpp"
#include "model/task.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

/// With a fresh id, and a fresh token where one is to be asked for beside it.
model::TaskRole make_role(std::string arn, bool authorization);

struct RoleSettings {
    bool task_roles = true;         ///< ECS_ENABLE_TASK_IAM_ROLE
    bool task_roles_on_host = true; ///< …_NETWORK_HOST: in host mode too
    bool execution_roles = true;    ///< ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE
    bool authorization = false;     ///< a token is asked for beside the id
};

/// Gives a new task its roles, with fresh ids.
void give_roles(model::Task& task, const definition::TaskDefinition& definition,
                const model::Instance& instance, const RoleSettings& settings);

/// The same roles with the ids and the token that a container of the task was told once.
void restore_roles(model::Task& task, const docker::ContainerInspect& inspect);

/// "NAME=value" for the containers that act as it; nothing where there is none.
std::vector<std::string> role_variables(const std::optional<model::TaskRole>& role);

/// Where the engine asks for what a log driver needs; "" where the task has no execution role.
std::string log_credentials_path(const model::Task& task);

/// Docker's option of the awslogs driver for it.
inline constexpr std::string_view log_credentials_option = "awslogs-credentials-endpoint";

} // namespace agent::containers
