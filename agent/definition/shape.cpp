// The tables of a task definition's fields, with ECS's names. A field that ECS knows and that is
// not here is told apart from a misspelt one, so each table lists both.

#include "agent/definition/document_builder.hpp"
#include "agent/definition/fields.hpp"

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::int64_t max_ecs_integer = INT32_MAX;
constexpr std::int64_t min_memory = 4;
constexpr std::string_view reserved_labels = "com.amazonaws.ecs.";

/// A reader that stores what `Read` returns in a member.
template <auto Member, auto Read, class T>
Result<> keep(const Json& value, const std::string& path, T& into) {
    TRY(auto read, Read(value, path));
    into.*Member = std::move(read);
    return {};
}

Result<std::vector<std::string>> read_texts(const Json& value, const std::string& path) {
    std::vector<std::string> texts;
    TRY(read_list(value, path, texts, read_text));
    return texts;
}

Result<std::string> read_variable_name(const Json& value, const std::string& path) {
    TRY(std::string name, read_text(value, path));
    if (name.empty())
        return refuse(path, "must not be empty");
    if (name.find('=') != std::string::npos)
        return refuse(path, "must not contain '='");
    return name;
}

Result<KeyValue> read_variable(const Json& value, const std::string& path) {
    static constexpr std::array<FieldRow<KeyValue>, 2> rows{{
        {"name", Support::required, keep<&KeyValue::key, read_variable_name, KeyValue>},
        {"value", Support::optional, keep<&KeyValue::value, read_text, KeyValue>},
    }};
    KeyValue variable;
    TRY(read_object<KeyValue>(value, path, rows, variable));
    return variable;
}

/// Characters, not bytes: ECS's limits on tags are in those.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Result<std::string> read_tag_key(const Json& value, const std::string& path) {
    TRY(std::string key, read_text(value, path));
    if (key.empty() || characters(key) > 128)
        return refuse(path, "must have 1 to 128 characters");
    if (key.starts_with("aws:"))
        return refuse(path, "the prefix aws: is reserved");
    return key;
}

Result<std::string> read_tag_value(const Json& value, const std::string& path) {
    TRY(std::string text, read_text(value, path));
    if (characters(text) > 256)
        return refuse(path, "must have at most 256 characters");
    return text;
}

Result<KeyValue> read_tag(const Json& value, const std::string& path) {
    static constexpr std::array<FieldRow<KeyValue>, 2> rows{{
        {"key", Support::required, keep<&KeyValue::key, read_tag_key, KeyValue>},
        {"value", Support::optional, keep<&KeyValue::value, read_tag_value, KeyValue>},
    }};
    KeyValue tag;
    TRY(read_object<KeyValue>(value, path, rows, tag));
    return tag;
}

Result<std::uint16_t> read_container_port(const Json& value, const std::string& path) {
    TRY(const auto port, read_integer(value, path, 1, 65535));
    return static_cast<std::uint16_t>(port);
}

Result<std::uint16_t> read_host_port(const Json& value, const std::string& path) {
    TRY(const auto port, read_integer(value, path, 0, 65535));
    return static_cast<std::uint16_t>(port);
}

Result<Protocol> read_protocol(const Json& value, const std::string& path) {
    if (value == "tcp")
        return Protocol::tcp;
    if (value == "udp")
        return Protocol::udp;
    return expected(path, "\"tcp\" or \"udp\"", value);
}

Result<PortMapping> read_port_mapping(const Json& value, const std::string& path) {
    static constexpr std::array<FieldRow<PortMapping>, 6> rows{{
        {"containerPort", Support::required,
         keep<&PortMapping::container_port, read_container_port, PortMapping>},
        {"hostPort", Support::optional, keep<&PortMapping::host_port, read_host_port, PortMapping>},
        {"protocol", Support::optional, keep<&PortMapping::protocol, read_protocol, PortMapping>},
        {"name"},
        {"appProtocol"},
        {"containerPortRange"},
    }};
    PortMapping mapping;
    TRY(read_object<PortMapping>(value, path, rows, mapping));
    return mapping;
}

Result<std::string> read_container_path(const Json& value, const std::string& path) {
    return read_bind_path(value, path, false);
}

Result<std::string> read_host_path(const Json& value, const std::string& path) {
    return read_bind_path(value, path, true);
}

Result<MountPoint> read_mount_point(const Json& value, const std::string& path) {
    static constexpr std::array<FieldRow<MountPoint>, 3> rows{{
        {"sourceVolume", Support::required,
         keep<&MountPoint::source_volume, read_text, MountPoint>},
        {"containerPath", Support::required,
         keep<&MountPoint::container_path, read_container_path, MountPoint>},
        {"readOnly", Support::optional, keep<&MountPoint::read_only, read_flag, MountPoint>},
    }};
    MountPoint mount;
    TRY(read_object<MountPoint>(value, path, rows, mount));
    return mount;
}

Result<> read_host(const Json& value, const std::string& path, Volume& into) {
    static constexpr std::array<FieldRow<Volume>, 1> rows{{
        {"sourcePath", Support::optional, keep<&Volume::host_source_path, read_host_path, Volume>},
    }};
    // ECS prints {} for a volume without a host path; asked for in read_volume().
    return read_object<Volume>(value, path, rows, into);
}

Result<Volume> read_volume(const Json& value, const std::string& path) {
    static constexpr std::array<FieldRow<Volume>, 7> rows{{
        {"name", Support::required, keep<&Volume::name, read_name, Volume>},
        {"host", Support::optional, read_host},
        {"configuredAtLaunch"},
        {"dockerVolumeConfiguration"},
        {"efsVolumeConfiguration"},
        {"fsxWindowsFileServerVolumeConfiguration"},
        {"s3filesVolumeConfiguration"},
    }};
    Volume volume;
    TRY(read_object<Volume>(value, path, rows, volume));
    if (volume.host_source_path.empty())
        return Error(Errc::unsupported,
                     join(path, "host.sourcePath") +
                         ": required; volumes without a path on the host are not supported yet");
    return volume;
}

Result<std::int64_t> read_cpu(const Json& value, const std::string& path) {
    return read_integer(value, path, 0, max_ecs_integer);
}

Result<std::int64_t> read_memory(const Json& value, const std::string& path) {
    TRY(const auto memory, read_integer(value, path, 0, max_ecs_integer));
    if (memory < min_memory)
        return refuse(path,
                      "at least 4 MiB are needed (6 for Docker Engine 20.10 and newer), got " +
                          std::to_string(memory));
    return memory;
}

Result<std::map<std::string, std::string>> read_labels(const Json& value, const std::string& path) {
    if (!value.is_object())
        return expected(path, "an object", value);
    std::map<std::string, std::string> labels;
    for (const auto& [name, text] : value.items()) {
        const auto label_path = join(path, name);
        if (name.empty() || name.find('\0') != std::string::npos)
            return refuse(path, "a label's name must not be empty or contain a NUL character");
        if (name.starts_with(reserved_labels))
            return refuse(label_path,
                          "labels beginning with com.amazonaws.ecs. are set by the agent");
        TRY(labels[name], read_text(text, label_path));
    }
    return labels;
}

/// The reader for a list of objects.
template <auto Member, auto Read, class T>
Result<> keep_list(const Json& value, const std::string& path, T& into) {
    return read_list(value, path, into.*Member, Read);
}

Result<ContainerDefinition> read_container(const Json& value, const std::string& path) {
    using C = ContainerDefinition;
    static constexpr auto rows = std::to_array<FieldRow<C>>({
        {"name", Support::required, keep<&C::name, read_name, C>},
        {"image", Support::required, keep<&C::image, read_image, C>},
        {"command", Support::optional, keep<&C::command, read_texts, C>},
        {"entryPoint", Support::optional, keep<&C::entry_point, read_texts, C>},
        {"environment", Support::optional, keep_list<&C::environment, read_variable, C>},
        {"essential", Support::optional, keep<&C::essential, read_flag, C>},
        {"cpu", Support::optional, keep<&C::cpu, read_cpu, C>},
        {"memory", Support::optional, keep<&C::memory, read_memory, C>},
        {"portMappings", Support::optional, keep_list<&C::port_mappings, read_port_mapping, C>},
        {"mountPoints", Support::optional, keep_list<&C::mount_points, read_mount_point, C>},
        {"dockerLabels", Support::optional, keep<&C::docker_labels, read_labels, C>},
        {"metadataEnable", Support::optional, keep<&C::metadata_enable, read_flag, C>},
        {"credentialSpecs"},
        {"dependsOn"},
        {"disableNetworking"},
        {"dnsSearchDomains"},
        {"dnsServers"},
        {"dockerSecurityOptions"},
        {"environmentFiles"},
        {"extraHosts"},
        {"firelensConfiguration"},
        {"healthCheck"},
        {"hostname"},
        {"interactive"},
        {"links"},
        {"linuxParameters"},
        {"logConfiguration"},
        {"memoryReservation"},
        {"privileged"},
        {"pseudoTerminal"},
        {"readonlyRootFilesystem"},
        {"repositoryCredentials"},
        {"resourceRequirements"},
        {"restartPolicy"},
        {"secrets"},
        {"startTimeout"},
        {"stopTimeout"},
        {"systemControls"},
        {"ulimits"},
        {"user"},
        {"versionConsistency"},
        {"volumesFrom"},
        {"workingDirectory"},
    });
    C container;
    TRY(read_object<C>(value, path, rows, container));
    return container;
}

Result<NetworkMode> read_network_mode(const Json& value, const std::string& path) {
    for (const auto mode :
         {NetworkMode::bridge, NetworkMode::host, NetworkMode::none, NetworkMode::awsvpc})
        if (value == to_string(mode))
            return mode;
    return expected(path, "\"bridge\", \"host\", \"none\" or \"awsvpc\"", value);
}

Result<std::string> read_revision(const Json& value, const std::string& path) {
    TRY(const auto revision, read_integer(value, path, 1, max_ecs_integer));
    return std::to_string(revision);
}

} // namespace

Result<> read_tags(const Json& value, const std::string& path, TaskDefinition& into) {
    return read_list(value, path, into.tags, read_tag);
}

Result<> read_task_definition(const Json& value, const std::string& path, TaskDefinition& into) {
    using T = TaskDefinition;
    static constexpr auto rows = std::to_array<FieldRow<T>>({
        {"family", Support::required, keep<&T::family, read_name, T>},
        {"networkMode", Support::optional, keep<&T::network_mode, read_network_mode, T>},
        {"containerDefinitions", Support::required, keep_list<&T::containers, read_container, T>},
        {"volumes", Support::optional, keep_list<&T::volumes, read_volume, T>},
        {"tags", Support::optional, read_tags},
        {"metadataEnable", Support::optional, keep<&T::metadata_enable, read_flag, T>},
        {"revision", Support::printed_only, keep<&T::revision, read_revision, T>},
        {"compatibilities", Support::printed_only},
        {"deleteRequestedAt", Support::printed_only},
        {"deregisteredAt", Support::printed_only},
        {"registeredAt", Support::printed_only},
        {"registeredBy", Support::printed_only},
        {"requiresAttributes", Support::printed_only},
        {"status", Support::printed_only},
        {"taskDefinitionArn", Support::printed_only},
        {"cpu"},
        {"enableFaultInjection"},
        {"ephemeralStorage"},
        {"executionRoleArn"},
        {"inferenceAccelerators"},
        {"ipcMode"},
        {"memory"},
        {"pidMode"},
        {"placementConstraints"},
        {"proxyConfiguration"},
        {"requiresCompatibilities"},
        {"runtimePlatform"},
        {"taskRoleArn"},
    });
    return read_object<T>(value, path, rows, into);
}

} // namespace agent::definition
