#include "agent/containers/task_roles.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/docker/inspect_to_model.hpp"
#include "base/ids.hpp"

#include <algorithm>
#include <utility>

namespace agent::containers {

namespace {

constexpr std::size_t token_bytes = 32;

/// The id in a path that we gave; "" for one that is a user's own.
std::string_view id_in(std::string_view path) {
    return is_of_ours(credentials_variable, path) ? path.substr(credentials_path.size())
                                                  : std::string_view();
}

bool logs_to_aws(const definition::TaskDefinition& definition) {
    return std::ranges::any_of(definition.containers, [](const auto& container) {
        return container.log_configuration && container.log_configuration->driver == "awslogs";
    });
}

} // namespace

model::TaskRole make_role(std::string arn, bool authorization) {
    return {std::move(arn), base::random_uuid(),
            authorization ? base::random_hex(token_bytes) : std::string()};
}

void give_roles(model::Task& task, const definition::TaskDefinition& definition,
                const model::Instance& instance, const RoleSettings& settings) {
    const bool on_host = task.network_mode == model::NetworkMode::host;
    if (!definition.task_role_arn.empty() && settings.task_roles &&
        (!on_host || settings.task_roles_on_host))
        task.role = make_role(model::role_arn(definition.task_role_arn, instance.scope),
                              settings.authorization);
    if (definition.execution_role_arn.empty() || !settings.execution_roles ||
        !logs_to_aws(definition))
        return;
    // The engine asks for its log drivers, and has no token.
    task.execution_role =
        make_role(model::role_arn(definition.execution_role_arn, instance.scope), false);
}

void restore_roles(model::Task& task, const docker::ContainerInspect& inspect) {
    const auto id = id_in(docker::environment_value(inspect, credentials_variable));
    if (task.role && !id.empty()) {
        task.role->credentials_id = id;
        task.role->authorization_token = given_token(inspect.config.env);
    }
    const auto option = inspect.host_config.log_options.find(std::string(log_credentials_option));
    if (!task.execution_role || option == inspect.host_config.log_options.end())
        return;
    if (const auto execution_id = id_in(option->second); !execution_id.empty())
        task.execution_role->credentials_id = execution_id;
}

std::vector<std::string> role_variables(const std::optional<model::TaskRole>& role) {
    if (!role)
        return {};
    std::vector<std::string> variables{std::string(credentials_variable) + '=' +
                                       std::string(credentials_path) + role->credentials_id};
    if (!role->authorization_token.empty())
        variables.push_back(std::string(token_variable) + '=' + role->authorization_token);
    return variables;
}

std::string log_credentials_path(const model::Task& task) {
    if (!task.execution_role)
        return {};
    return std::string(credentials_path) + task.execution_role->credentials_id;
}

} // namespace agent::containers
