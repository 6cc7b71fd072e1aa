#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;
using C = ContainerDefinition;

Result<std::string> read_directory(const Json& value, const Place& place) {
    TRY(std::string directory, read_text(value, place));
    if (!directory.empty() && !directory.starts_with('/'))
        return expected(place, "an absolute path", value);
    return directory;
}

Result<std::string> read_hostname(const Json& value, const Place& place) {
    TRY(std::string name, read_text(value, place));
    const auto allowed = [](char c) { return (is_word(c) && c != '_') || c == '-' || c == '.'; };
    if (name.size() > 63 || !std::ranges::all_of(name, allowed))
        return expected(place, "at most 63 letters, digits, '-' and '.'", value);
    return name;
}

/// "container" or "container:alias", each like a container's name.
Result<std::string> read_link(const Json& value, const Place& place) {
    TRY(std::string link, read_text(value, place));
    const auto colon = link.find(':');
    const auto sound = [&](std::string_view name) {
        return static_cast<bool>(read_name(Json(std::string(name)), place));
    };
    if (!sound(std::string_view(link).substr(0, colon)) ||
        (colon != std::string::npos && !sound(std::string_view(link).substr(colon + 1))))
        return expected(place, "\"container\" or \"container:alias\"", value);
    return link;
}

Result<> check_version_consistency(const Json& value, const Place& place, C& /*into*/) {
    if (value != "enabled" && value != "disabled" && value != "")
        return expected(place, R"("enabled" or "disabled")", value);
    return {};
}

Table<C> repository_credentials_table() {
    static constexpr auto rows = std::to_array<FieldRow<C>>({
        honoured<&C::repository_credentials, read_text>("credentialsParameter"),
    });
    return {rows};
}

/// Terraform takes it there and drops it.
Result<> check_network_mode(const Json& value, const Place& place, C& /*into*/) {
    TRY(read_text(value, place));
    return {};
}

/// A check without CMD or CMD-SHELL in front, which the engine would pass over without a word.
bool is_passed_over(const HealthCheck& check) {
    constexpr std::array<std::string_view, 3> kinds{"CMD", "CMD-SHELL", "NONE"};
    return !check.command.empty() && std::ranges::find(kinds, check.command.front()) == kinds.end();
}

/// What a container goes without here, by the values of its fields.
Result<> leave_out_values(C& container, const Place& place) {
    if (container.health_check && is_passed_over(*container.health_check)) {
        TRY(leave_out(
            join(join(place, "healthCheck"), "command"), Unsupported::notice,
            "it begins with neither CMD nor CMD-SHELL, so that there is no health check"));
        container.health_check.reset();
    }
    if (container.log_configuration && container.log_configuration->driver == "awsfirelens") {
        TRY(leave_out(join(join(place, "logConfiguration"), "logDriver"), Unsupported::notice,
                      "FireLens is not run, so that the log goes to the engine's own driver"));
        container.log_configuration.reset();
    }
    return {};
}

struct ResourceRequirement {
    std::string type;
    std::string value;
};

constexpr std::array<std::string_view, 2> resource_types{"GPU", "InferenceAccelerator"};
constexpr std::int64_t most_gpus = 1024;

Table<ResourceRequirement> resource_table() {
    using R = ResourceRequirement;
    static constexpr auto rows = std::to_array<FieldRow<R>>({
        {"type", Support::constant, store<&R::type, read_choice<resource_types>>},
        required<&R::value, read_text>("value"),
    });
    return {rows};
}

/// How many GPUs are asked for.
Result<std::int64_t> read_gpus(const Json& value, const Place& place) {
    std::vector<ResourceRequirement> wanted;
    TRY(read_elements(value, place, wanted,
                      [](const Json& element, const Place& where, ResourceRequirement& item) {
                          return read_object(element, where, resource_table(), item);
                      }));
    std::int64_t gpus = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto where = join(join(place, i), "value");
        if (wanted[i].type.empty())
            return refuse(join(join(place, i), "type"), "required");
        if (wanted[i].type != "GPU") {
            TRY(leave_out(where, Unsupported::refuse, "this host hands out no accelerators"));
            continue;
        }
        const auto count = whole_number(wanted[i].value);
        if (!count || *count < 1 || *count > most_gpus)
            return expected(where, "a number of GPUs from 1 such as \"1\"", wanted[i].value);
        gpus += *count;
    }
    return gpus;
}

Json write_gpus(const C& container) {
    if (container.gpus == 0)
        return {};
    return Json::array({{{"type", "GPU"}, {"value", std::to_string(container.gpus)}}});
}

/// Seconds. ECS's own greatest, 120, is Fargate's only.
constexpr std::int64_t max_timeout = 86'400;

} // namespace

Table<C> container_table() {
    static constexpr auto rows = std::to_array<FieldRow<C>>({
        required<&C::name, read_name>("name"),
        required<&C::image, read_image>("image"),
        honoured<&C::command, read_texts>("command"),
        honoured<&C::entry_point, read_texts>("entryPoint"),
        secret(objects<&C::environment, variable_table>("environment")),
        {"environmentFiles", Support::honoured,
         store<&C::environment_files, read_environment_files>, write_environment_files,
         [](const std::string& path, std::vector<std::string>& into) {
             list_fields(environment_file_table(), path + "[]", into);
         }},
        objects<&C::secrets, secret_table>("secrets"),
        part<repository_credentials_table>("repositoryCredentials"),
        honoured<&C::essential, read_flag>("essential"),
        honoured<&C::cpu, read_whole<0, max_ecs_integer>>("cpu"),
        honoured<&C::memory, read_memory>("memory"),
        honoured<&C::memory_reservation, read_memory>("memoryReservation"),
        objects<&C::port_mappings, port_table>("portMappings"),
        objects<&C::mount_points, mount_point_table>("mountPoints"),
        objects<&C::volumes_from, volume_from_table>("volumesFrom"),
        honoured<&C::links, read_each<read_link>>("links"),
        objects<&C::depends_on, dependency_table>("dependsOn"),
        honoured<&C::start_timeout, read_seconds<2, max_timeout>>("startTimeout"),
        honoured<&C::stop_timeout, read_seconds<2, max_timeout>>("stopTimeout"),
        object<&C::health_check, health_check_table>("healthCheck"),
        object<&C::restart_policy, restart_policy_table>("restartPolicy"),
        object<&C::log_configuration, log_configuration_table>("logConfiguration"),
        objects<&C::ulimits, ulimit_table>("ulimits"),
        honoured<&C::user, read_text>("user"),
        honoured<&C::working_directory, read_directory>("workingDirectory"),
        honoured<&C::hostname, read_hostname>("hostname"),
        honoured<&C::privileged, read_flag>("privileged"),
        honoured<&C::read_only_root, read_flag>("readonlyRootFilesystem"),
        object<&C::linux_parameters, linux_table>("linuxParameters"),
        honoured<&C::dns_servers, read_each<read_ip_address>>("dnsServers"),
        honoured<&C::dns_search_domains, read_each<read_some_text>>("dnsSearchDomains"),
        objects<&C::extra_hosts, extra_host_table>("extraHosts"),
        honoured<&C::docker_labels, read_labels>("dockerLabels"),
        objects<&C::system_controls, system_control_table>("systemControls"),
        honoured<&C::security_options, read_security_options>("dockerSecurityOptions"),
        honoured<&C::interactive, read_flag>("interactive"),
        honoured<&C::pseudo_terminal, read_flag>("pseudoTerminal"),
        honoured<&C::metadata_enable, read_flag>("metadataEnable"),
        passed_over<C>("versionConsistency", check_version_consistency),
        refused<C>("credentialSpecs", "gMSA is for Windows"),
        refused<C>("disableNetworking", "set the task's networkMode to \"none\""),
        left_out<C>("firelensConfiguration",
                    "FireLens is not run; its router is a container as any other"),
        passed_over<C>("networkMode", check_network_mode),
        {"resourceRequirements", Support::honoured, store<&C::gpus, read_gpus>, write_gpus,
         [](const std::string& path, std::vector<std::string>& into) {
             list_fields(resource_table(), path + "[]", into);
         }},
    });
    return {rows, leave_out_values};
}

} // namespace agent::definition
