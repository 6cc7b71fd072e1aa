#pragma once
// A task definition as a user wrote it, after parsing and checking: plain data, no behaviour. What
// a task is at run time (its ids, its containers' states) is model::Task. Values; any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::definition {

enum class NetworkMode { bridge, host, none, awsvpc };
enum class Protocol { tcp, udp };

/// "bridge", "host", "none", "awsvpc": ECS's words.
std::string_view to_string(NetworkMode mode);
/// "tcp", "udp".
std::string_view to_string(Protocol protocol);

/// An environment variable or a tag.
struct KeyValue {
    std::string key;
    std::string value;
    bool operator==(const KeyValue&) const = default;
};

struct PortMapping {
    std::uint16_t container_port = 0; ///< 1 to 65535
    /// 0: Docker chooses. In host and awsvpc mode always the container port, however it was
    /// written.
    std::uint16_t host_port = 0;
    Protocol protocol = Protocol::tcp;
    bool operator==(const PortMapping&) const = default;
};

struct MountPoint {
    std::string source_volume;  ///< the name of a Volume of the task
    std::string container_path; ///< absolute, as written, without ':'
    bool read_only = false;
    bool operator==(const MountPoint&) const = default;
};

struct Volume {
    std::string name;
    std::string host_source_path; ///< absolute, as written, without ':'
    bool operator==(const Volume&) const = default;
};

struct ContainerDefinition {
    std::string name;
    std::string image;
    std::vector<std::string> command;     ///< empty: the image's
    std::vector<std::string> entry_point; ///< empty: the image's
    std::vector<KeyValue> environment;    ///< as written; no name twice
    bool essential = true;
    std::int64_t cpu = 0;               ///< CPU units, 0 when not said
    std::optional<std::int64_t> memory; ///< MiB
    std::vector<PortMapping> port_mappings;
    std::vector<MountPoint> mount_points;
    std::map<std::string, std::string> docker_labels;
    std::optional<bool> metadata_enable; ///< ours; wins over the task's
    bool operator==(const ContainerDefinition&) const = default;
};

struct TaskDefinition {
    std::string family;
    std::string revision = "1"; ///< describe-task-definition's, else "1"
    NetworkMode network_mode = NetworkMode::bridge;
    std::vector<ContainerDefinition> containers; ///< definition order; at least one
    std::vector<Volume> volumes;
    std::vector<KeyValue> tags;          ///< as written; no key twice
    std::optional<bool> metadata_enable; ///< ours: whether containers get the metadata file
    bool operator==(const TaskDefinition&) const = default;
};

} // namespace agent::definition
