// The unions of what consumers need of each document, and what the contract adds to them.

#include "type_rules.hpp"

#include <span>

namespace conformance {

namespace {

struct Row {
    const char* path;
    Kind kind;
    Presence presence = Presence::optional;
};

constexpr auto required = Presence::required;

constexpr Row of_container[] = {
    {"DockerId", Kind::docker_id, required},
    {"Name", Kind::filled, required},
    {"DockerName", Kind::filled, required},
    {"Image", Kind::filled, required},
    {"ImageID", Kind::text, required},
    {"Labels", Kind::texts},
    {"DesiredStatus", Kind::status, required},
    {"KnownStatus", Kind::status, required},
    {"ExitCode", Kind::whole},
    {"Limits.CPU", Kind::whole, required},
    {"Limits.Memory", Kind::whole, required},
    {"CreatedAt", Kind::time},
    {"StartedAt", Kind::time},
    {"FinishedAt", Kind::time},
    {"Type", Kind::filled, required},
    {"Ports[].ContainerPort", Kind::port, required},
    {"Ports[].Protocol", Kind::filled, required},
    {"Ports[].HostPort", Kind::port},
    {"Networks[].NetworkMode", Kind::filled, required},
    {"Networks[].IPv4Addresses[]", Kind::text},
    {"Networks[].IPv6Addresses[]", Kind::filled},
    {"Health.status", Kind::filled},
    {"Health.statusSince", Kind::time},
    {"Health.exitCode", Kind::whole},
    {"Health.output", Kind::text},
    {"Volumes[].DockerName", Kind::filled},
    {"Volumes[].Source", Kind::filled},
    {"Volumes[].Destination", Kind::filled, required},
};

constexpr Row of_container_in_v4[] = {
    {"LogDriver", Kind::filled, required},
    {"LogOptions", Kind::texts},
    {"ContainerARN", Kind::arn, required},
    {"RestartCount", Kind::whole},
    {"Snapshotter", Kind::filled},
    {"Ports[].HostIp", Kind::filled},
    {"Networks[].AttachmentIndex", Kind::whole},
    {"Networks[].MACAddress", Kind::filled},
    {"Networks[].IPv4SubnetCIDRBlock", Kind::cidr},
    {"Networks[].IPv6SubnetCIDRBlock", Kind::cidr},
    {"Networks[].DomainNameServers[]", Kind::filled},
    {"Networks[].DomainNameSearchList[]", Kind::filled},
    {"Networks[].PrivateDNSName", Kind::filled},
    {"Networks[].SubnetGatewayIpv4Address", Kind::cidr},
    {"Networks[].SubnetGatewayIpv6Address", Kind::cidr},
};

constexpr Row of_task[] = {
    {"Cluster", Kind::filled, required},
    {"TaskARN", Kind::arn, required},
    {"Family", Kind::filled, required},
    {"Revision", Kind::filled, required},
    {"DesiredStatus", Kind::status, required},
    {"KnownStatus", Kind::status, required},
    {"Limits.CPU", Kind::number},
    {"Limits.Memory", Kind::whole},
    {"PullStartedAt", Kind::time},
    {"PullStoppedAt", Kind::time},
    {"ExecutionStoppedAt", Kind::time},
    {"AvailabilityZone", Kind::filled, required},
    {"TaskTags", Kind::texts},
    {"ContainerInstanceTags", Kind::texts},
    {"Containers", Kind::filled_list, required},
};

constexpr Row of_task_in_v4[] = {
    {"LaunchType", Kind::filled, required},
    {"VPCID", Kind::filled},
    {"ServiceName", Kind::filled},
    {"FaultInjectionEnabled", Kind::flag, required},
    {"AvailabilityZoneID", Kind::filled},
    {"ClockDrift.ClockErrorBound", Kind::number, required},
    {"ClockDrift.ReferenceTimestamp", Kind::time},
    {"ClockDrift.ClockSynchronizationStatus", Kind::filled, required},
    {"EphemeralStorageMetrics.Utilized", Kind::whole, required},
    {"EphemeralStorageMetrics.Reserved", Kind::whole, required},
    {"Errors[].ErrorField", Kind::filled, required},
    {"Errors[].ErrorCode", Kind::filled},
    {"Errors[].ErrorMessage", Kind::filled},
    {"Errors[].StatusCode", Kind::whole},
    {"Errors[].RequestId", Kind::filled},
    {"Errors[].ResourceARN", Kind::arn},
};

constexpr Row of_stats[] = {
    {"read", Kind::time, required},
    {"preread", Kind::time_or_zero, required},
    {"name", Kind::filled, required},
    {"id", Kind::docker_id, required},
    {"num_procs", Kind::whole, required},
    {"storage_stats", Kind::object, required},
    {"pids_stats.current", Kind::whole},
    {"pids_stats.limit", Kind::whole},
    {"cpu_stats", Kind::object, required},
    {"precpu_stats", Kind::object, required},
    {"memory_stats", Kind::object, required},
    {"blkio_stats", Kind::object, required},
    {"pids_stats", Kind::object, required},
    {"cpu_stats.cpu_usage.total_usage", Kind::whole, required},
    {"cpu_stats.cpu_usage.usage_in_kernelmode", Kind::whole, required},
    {"cpu_stats.cpu_usage.usage_in_usermode", Kind::whole, required},
    {"cpu_stats.cpu_usage.percpu_usage[]", Kind::whole},
    {"cpu_stats.system_cpu_usage", Kind::whole},
    {"cpu_stats.online_cpus", Kind::whole},
    {"cpu_stats.throttling_data.periods", Kind::whole, required},
    {"cpu_stats.throttling_data.throttled_periods", Kind::whole, required},
    {"cpu_stats.throttling_data.throttled_time", Kind::whole, required},
    {"precpu_stats.cpu_usage.total_usage", Kind::whole, required},
    {"precpu_stats.cpu_usage.usage_in_kernelmode", Kind::whole, required},
    {"precpu_stats.cpu_usage.usage_in_usermode", Kind::whole, required},
    {"precpu_stats.cpu_usage.percpu_usage[]", Kind::whole},
    {"precpu_stats.system_cpu_usage", Kind::whole},
    {"precpu_stats.online_cpus", Kind::whole},
    {"precpu_stats.throttling_data.periods", Kind::whole, required},
    {"precpu_stats.throttling_data.throttled_periods", Kind::whole, required},
    {"precpu_stats.throttling_data.throttled_time", Kind::whole, required},
    {"memory_stats.usage", Kind::whole, required},
    {"memory_stats.max_usage", Kind::whole},
    {"memory_stats.limit", Kind::whole, required},
    {"memory_stats.failcnt", Kind::whole},
    {"memory_stats.stats", Kind::wholes, required},
    {"networks{}.rx_bytes", Kind::whole, required},
    {"networks{}.rx_packets", Kind::whole, required},
    {"networks{}.rx_errors", Kind::whole, required},
    {"networks{}.rx_dropped", Kind::whole, required},
    {"networks{}.tx_bytes", Kind::whole, required},
    {"networks{}.tx_packets", Kind::whole, required},
    {"networks{}.tx_errors", Kind::whole, required},
    {"networks{}.tx_dropped", Kind::whole, required},
    {"blkio_stats.io_service_bytes_recursive", Kind::list_or_null, required},
    {"blkio_stats.io_service_bytes_recursive[].major", Kind::whole, required},
    {"blkio_stats.io_service_bytes_recursive[].minor", Kind::whole, required},
    {"blkio_stats.io_service_bytes_recursive[].op", Kind::text, required},
    {"blkio_stats.io_service_bytes_recursive[].value", Kind::whole, required},
    {"blkio_stats.io_serviced_recursive", Kind::list_or_null, required},
    {"blkio_stats.io_serviced_recursive[].major", Kind::whole, required},
    {"blkio_stats.io_serviced_recursive[].minor", Kind::whole, required},
    {"blkio_stats.io_serviced_recursive[].op", Kind::text, required},
    {"blkio_stats.io_serviced_recursive[].value", Kind::whole, required},
    {"blkio_stats.io_queue_recursive", Kind::list_or_null, required},
    {"blkio_stats.io_queue_recursive[].major", Kind::whole, required},
    {"blkio_stats.io_queue_recursive[].minor", Kind::whole, required},
    {"blkio_stats.io_queue_recursive[].op", Kind::text, required},
    {"blkio_stats.io_queue_recursive[].value", Kind::whole, required},
    {"blkio_stats.io_service_time_recursive", Kind::list_or_null, required},
    {"blkio_stats.io_service_time_recursive[].major", Kind::whole, required},
    {"blkio_stats.io_service_time_recursive[].minor", Kind::whole, required},
    {"blkio_stats.io_service_time_recursive[].op", Kind::text, required},
    {"blkio_stats.io_service_time_recursive[].value", Kind::whole, required},
    {"blkio_stats.io_wait_time_recursive", Kind::list_or_null, required},
    {"blkio_stats.io_wait_time_recursive[].major", Kind::whole, required},
    {"blkio_stats.io_wait_time_recursive[].minor", Kind::whole, required},
    {"blkio_stats.io_wait_time_recursive[].op", Kind::text, required},
    {"blkio_stats.io_wait_time_recursive[].value", Kind::whole, required},
    {"blkio_stats.io_merged_recursive", Kind::list_or_null, required},
    {"blkio_stats.io_merged_recursive[].major", Kind::whole, required},
    {"blkio_stats.io_merged_recursive[].minor", Kind::whole, required},
    {"blkio_stats.io_merged_recursive[].op", Kind::text, required},
    {"blkio_stats.io_merged_recursive[].value", Kind::whole, required},
    {"blkio_stats.io_time_recursive", Kind::list_or_null, required},
    {"blkio_stats.io_time_recursive[].major", Kind::whole, required},
    {"blkio_stats.io_time_recursive[].minor", Kind::whole, required},
    {"blkio_stats.io_time_recursive[].op", Kind::text, required},
    {"blkio_stats.io_time_recursive[].value", Kind::whole, required},
    {"blkio_stats.sectors_recursive", Kind::list_or_null, required},
    {"blkio_stats.sectors_recursive[].major", Kind::whole, required},
    {"blkio_stats.sectors_recursive[].minor", Kind::whole, required},
    {"blkio_stats.sectors_recursive[].op", Kind::text, required},
    {"blkio_stats.sectors_recursive[].value", Kind::whole, required},
};

constexpr Row of_stats_in_v4[] = {
    {"network_rate_stats.rx_bytes_per_sec", Kind::number, required},
    {"network_rate_stats.tx_bytes_per_sec", Kind::number, required},
};

constexpr Row of_credentials_error[] = {
    {"code", Kind::filled, required},
    {"message", Kind::filled, required},
    {"HTTPErrorCode", Kind::whole, required},
};

constexpr Row of_index[] = {
    {"AvailableCommands", Kind::filled_list, required},
    {"AvailableCommands[]", Kind::filled},
};

constexpr Row of_instance[] = {
    {"Cluster", Kind::filled, required},
    {"ContainerInstanceArn", Kind::arn, required},
    {"Version", Kind::agent_version, required},
};

constexpr Row of_introspected_task[] = {
    {"Arn", Kind::arn, required},
    {"DesiredStatus", Kind::status},
    {"KnownStatus", Kind::status, required},
    {"Family", Kind::filled, required},
    {"Version", Kind::filled, required},
    {"Containers[].DockerId", Kind::docker_id, required},
    {"Containers[].DockerName", Kind::filled, required},
    {"Containers[].Name", Kind::filled, required},
    {"Containers[].Image", Kind::filled, required},
    {"Containers[].ImageID", Kind::filled, required},
    {"Containers[].CreatedAt", Kind::time},
    {"Containers[].StartedAt", Kind::time},
    {"Containers[].Ports[].ContainerPort", Kind::port, required},
    {"Containers[].Ports[].Protocol", Kind::filled, required},
    {"Containers[].Ports[].HostPort", Kind::port, required},
    {"Containers[].Networks[].NetworkMode", Kind::filled, required},
    {"Containers[].Networks[].IPv4Addresses[]", Kind::filled},
    {"Containers[].Volumes[].DockerName", Kind::filled},
    {"Containers[].Volumes[].Source", Kind::filled},
    {"Containers[].Volumes[].Destination", Kind::filled, required},
    {"Containers[].RestartCount", Kind::whole},
};

constexpr Row of_file[] = {
    {"Cluster", Kind::filled, required},
    {"TaskDefinitionFamily", Kind::filled, required},
    {"TaskDefinitionRevision", Kind::filled, required},
    {"ContainerName", Kind::filled, required},
    {"ContainerInstanceARN", Kind::arn, required},
    {"TaskARN", Kind::arn, required},
    {"ContainerID", Kind::docker_id, required},
    {"DockerContainerName", Kind::filled, required},
    {"ImageID", Kind::filled, required},
    {"ImageName", Kind::filled, required},
    {"PortMappings[].ContainerPort", Kind::port, required},
    {"PortMappings[].HostPort", Kind::port, required},
    {"PortMappings[].BindIp", Kind::text},
    {"PortMappings[].ContainerPortRange", Kind::text},
    {"PortMappings[].BindIP", Kind::text},
    {"PortMappings[].Protocol", Kind::filled, required},
    {"Networks[].NetworkMode", Kind::filled, required},
    {"Networks[].IPv4Addresses[]", Kind::text},
    {"Networks[].IPv6Addresses[]", Kind::filled},
    {"MetadataFileStatus", Kind::ready, required},
    {"AvailabilityZone", Kind::filled, required},
    {"HostPrivateIPv4Address", Kind::filled},
    {"HostPublicIPv4Address", Kind::filled},
    {"Version", Kind::text, required},
    {"Status", Kind::text, required},
    {"ClusterArn", Kind::arn, required},
    {"Container_Instance", Kind::filled, required},
    {"TaskArn", Kind::arn, required},
    {"NetworkMode", Kind::filled, required},
    {"Gateway", Kind::text, required},
    {"IPAddress", Kind::text, required},
    {"IPv6Gateway", Kind::text, required},
    {"LastUpdatedAt", Kind::seconds, required},
};

/// Adds rows, their paths below `prefix`.
void add(Rules& rules, std::span<const Row> rows, const std::string& prefix = "") {
    for (const auto& row : rows)
        rules.push_back({prefix + row.path, row.kind, row.presence});
}

Rules made_of(std::span<const Row> rows) {
    Rules rules;
    add(rules, rows);
    return rules;
}

} // namespace

Rules container_rules(Version version) {
    auto rules = made_of(of_container);
    if (version == Version::v4)
        add(rules, of_container_in_v4);
    return rules;
}

Rules task_rules(Version version) {
    auto rules = made_of(of_task);
    add(rules, of_container, "Containers[].");
    if (version == Version::v4) {
        add(rules, of_task_in_v4);
        add(rules, of_container_in_v4, "Containers[].");
    }
    return rules;
}

Rules stats_rules(Version version) {
    auto rules = made_of(of_stats);
    if (version == Version::v4)
        add(rules, of_stats_in_v4);
    return rules;
}

Rules task_stats_rules(Version version) {
    Rules rules{{"{}", version == Version::v4 ? Kind::object : Kind::object_or_null}};
    add(rules, of_stats, "{}.");
    if (version == Version::v4)
        add(rules, of_stats_in_v4, "{}.");
    return rules;
}

Rules credentials_error_rules() {
    return made_of(of_credentials_error);
}

Rules index_rules() {
    return made_of(of_index);
}

Rules instance_rules() {
    return made_of(of_instance);
}

Rules introspected_task_rules() {
    return made_of(of_introspected_task);
}

Rules introspected_tasks_rules() {
    Rules rules;
    add(rules, of_introspected_task, "Tasks[].");
    return rules;
}

Rules metadata_file_rules() {
    return made_of(of_file);
}

} // namespace conformance
