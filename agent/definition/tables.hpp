#pragma once
// The tables of ECS's objects; which file has which is said here. Private to agent/definition.

#include "agent/definition/values.hpp"

namespace agent::definition {

// task_table.cpp
Table<TaskDefinition> task_table();
/// What `aws ecs describe-task-definition` prints: a definition with the tags beside it.
Table<TaskDefinition> described_table();

// association_table.cpp
Table<model::Association> association_table();

// host_platform.cpp
/// Takes a runtimePlatform that is this host's; names the host's in the refusal of another.
base::Result<> check_platform(const Json& value, const Place& place, TaskDefinition& into);

// task_size.cpp
/// CPU units (256, "256") or vCPUs ("0.25 vCPU"); returns vCPUs.
base::Result<double> read_task_cpu(const Json& value, const Place& place);
/// MiB (512, "512") or GB ("0.5 GB"); returns MiB.
base::Result<std::int64_t> read_task_memory(const Json& value, const Place& place);

// volume_table.cpp
Table<Volume> volume_table();

// container_table.cpp
Table<ContainerDefinition> container_table();

// port_table.cpp
Table<PortMapping> port_table();

// linux_table.cpp
Table<LinuxParameters> linux_table();

// environment_table.cpp
Table<KeyValue> variable_table();
/// One of environmentFiles: its path on this host.
struct EnvironmentFile {
    std::string path;
};
Table<EnvironmentFile> environment_file_table();
base::Result<std::vector<std::string>> read_environment_files(const Json& value,
                                                              const Place& place);
Json write_environment_files(const ContainerDefinition& container);
Table<Secret> secret_table();

// lifecycle_table.cpp
Table<Dependency> dependency_table();
Table<HealthCheck> health_check_table();
Table<RestartPolicy> restart_policy_table();

// host_table.cpp: what a container is given of its host
Table<MountPoint> mount_point_table();
Table<VolumeFrom> volume_from_table();
Table<Ulimit> ulimit_table();
Table<ExtraHost> extra_host_table();
Table<KeyValue> system_control_table();
Table<LogConfiguration> log_configuration_table();
base::Result<std::vector<std::string>> read_security_options(const Json& value, const Place& place);

// rules.cpp
/// The rules between fields, asked when every field is well-formed by itself; also sets what
/// follows from the network mode.
base::Result<> apply_rules(TaskDefinition& task, const Place& place);
// rules_of_networks.cpp
/// Ports, and what a container's network or IPC mode has no room for.
base::Result<> apply_network_rules(TaskDefinition& task, const Place& containers);
// rules_of_order.cpp
/// What containers say of each other: dependsOn, links, volumesFrom.
base::Result<> check_order(const TaskDefinition& task, const Place& containers);

} // namespace agent::definition
