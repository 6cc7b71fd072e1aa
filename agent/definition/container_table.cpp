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
        refused<C>("firelensConfiguration",
                   "FireLens is not run; give logConfiguration a log driver of "
                   "Docker's"),
        refused<C>("resourceRequirements", "GPUs and accelerators are not handed "
                                           "out; linuxParameters.devices may do"),
    });
    return {rows};
}

} // namespace agent::definition
