#pragma once
// Which of ECS's fields this host does not do, or leaves out, and which of them a pattern of the host file describes.
// Pure; any thread.

#include <array>
#include <string>
#include <string_view>

namespace agent::tables {

/// Their paths without numbers: what the host may decide of, the rows of the table in docs/task-definitions.md.
constexpr std::array<std::string_view, 15> unsupported_fields{
    "runtimePlatform.cpuArchitecture",
    "proxyConfiguration",
    "enableFaultInjection",
    "containerDefinitions[].healthCheck.command",
    "containerDefinitions[].logConfiguration.logDriver",
    "containerDefinitions[].repositoryCredentials",
    "containerDefinitions[].firelensConfiguration",
    "inferenceAccelerators",
    "containerDefinitions[].resourceRequirements[].value",
    "containerDefinitions[].disableNetworking",
    "containerDefinitions[].credentialSpecs",
    "volumes[].configuredAtLaunch",
    "volumes[].efsVolumeConfiguration",
    "volumes[].fsxWindowsFileServerVolumeConfiguration",
    "volumes[].s3filesVolumeConfiguration",
};

/// Whether a pattern ('*', '?') describes such a path: all of it, or a part of it from name to name ("healthCheck",
/// "healthCheck.command", "volumes").
bool describes(std::string_view pattern, std::string_view field);

/// "a, b, c": all of unsupported_fields.
std::string list_of_unsupported_fields();

} // namespace agent::tables
