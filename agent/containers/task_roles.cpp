#include "agent/containers/task_roles.hpp"

#include "agent/docker/inspect_to_model.hpp"
#include "base/ids.hpp"

#include <algorithm>

namespace agent::containers {

namespace {

constexpr std::string_view credentials_path = "/v2/credentials/";
constexpr std::string_view uri_variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr std::string_view token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr std::size_t token_bytes = 32;
constexpr std::size_t uuid_length = 36;

/// The id in a path that we gave; "" for one that is a user's own.
std::string_view id_in(std::string_view path) {
    if (!path.starts_with(credentials_path))
        return {};
    path.remove_prefix(credentials_path.size());
    const bool uuid = path.size() == uuid_length && std::ranges::count(path, '-') == 4;
    return uuid ? path : std::string_view();
}

/// Whether a token is one that we gave; a user may have one of his own, for something else.
bool is_ours(std::string_view token) {
    return token.size() == 2 * token_bytes &&
           token.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool logs_to_aws(const definition::TaskDefinition& definition) {
    return std::ranges::any_of(definition.containers, [](const auto& container) {
        return container.log_configuration && container.log_configuration->driver == "awslogs";
    });
}

} // namespace

std::string role_arn(std::string_view role, const model::ArnScope& scope) {
    if (role.starts_with("arn:"))
        return std::string(role);
    std::string arn = "arn:" + model::partition_of(scope.region) + ":iam::" + scope.account;
    return arn.append(":role/").append(role);
}

void give_roles(model::Task& task, const definition::TaskDefinition& definition,
                const model::Instance& instance, const RoleSettings& settings) {
    const bool on_host = task.network_mode == model::NetworkMode::host;
    if (!definition.task_role_arn.empty() && settings.task_roles &&
        (!on_host || settings.task_roles_on_host)) {
        task.role = {role_arn(definition.task_role_arn, instance.scope), base::random_uuid()};
        if (settings.authorization)
            task.authorization_token = base::random_hex(token_bytes);
    }
    if (definition.execution_role_arn.empty() || !settings.execution_roles ||
        !logs_to_aws(definition))
        return;
    task.execution_role = {role_arn(definition.execution_role_arn, instance.scope),
                           base::random_uuid()};
}

void restore_roles(model::Task& task, const docker::ContainerInspect& inspect) {
    const auto id = id_in(docker::environment_value(inspect, uri_variable));
    if (task.role && !id.empty()) {
        task.role->credentials_id = id;
        const auto token = docker::environment_value(inspect, token_variable);
        task.authorization_token = is_ours(token) ? token : std::string_view();
    }
    const auto option = inspect.host_config.log_options.find(std::string(log_credentials_option));
    if (!task.execution_role || option == inspect.host_config.log_options.end())
        return;
    if (const auto execution_id = id_in(option->second); !execution_id.empty())
        task.execution_role->credentials_id = execution_id;
}

std::vector<std::string> role_variables(const model::Task& task) {
    std::vector<std::string> variables;
    if (!task.role)
        return variables;
    variables.push_back(std::string(uri_variable) + '=' + std::string(credentials_path) +
                        task.role->credentials_id);
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
