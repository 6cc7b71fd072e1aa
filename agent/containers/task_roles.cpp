#include "agent/containers/task_roles.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/docker/inspect_to_model.hpp"
#include "base/ids.hpp"

#include <algorithm>

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

void give_roles(model::Task& task, const definition::TaskDefinition& definition,
                const model::Instance& instance, const RoleSettings& settings) {
    const bool on_host = task.network_mode == model::NetworkMode::host;
    if (!definition.task_role_arn.empty() && settings.task_roles &&
        (!on_host || settings.task_roles_on_host)) {
        task.role = {model::role_arn(definition.task_role_arn, instance.scope),
                     base::random_uuid()};
        if (settings.authorization)
            task.authorization_token = base::random_hex(token_bytes);
    }
    if (definition.execution_role_arn.empty() || !settings.execution_roles ||
        !logs_to_aws(definition))
        return;
    task.execution_role = {model::role_arn(definition.execution_role_arn, instance.scope),
                           base::random_uuid()};
}

void restore_roles(model::Task& task, const docker::ContainerInspect& inspect) {
    const auto id = id_in(docker::environment_value(inspect, credentials_variable));
    if (task.role && !id.empty()) {
        task.role->credentials_id = id;
        const auto token = docker::environment_value(inspect, token_variable);
        task.authorization_token = is_of_ours(token_variable, token) ? token : std::string_view();
    }
    const auto option = inspect.host_config.log_options.find(std::string(log_credentials_option));
    if (!task.execution_role || option == inspect.host_config.log_options.end())
        return;
    if (const auto execution_id = id_in(option->second); !execution_id.empty())
        task.execution_role->credentials_id = execution_id;
}

std::vector<std::string> role_variables(const model::Task& task) {
    if (!task.role)
        return {};
    std::vector<std::string> variables{std::string(credentials_variable) + '=' +
                                       std::string(credentials_path) + task.role->credentials_id};
    if (!task.authorization_token.empty())
        variables.push_back(std::string(token_variable) + '=' + task.authorization_token);
    return variables;
}

std::string log_credentials_path(const model::Task& task) {
    if (!task.execution_role)
        return {};
    return std::string(credentials_path) + task.execution_role->credentials_id;
}

} // namespace agent::containers
