#pragma once
// What the Docker Engine says about its objects, as far as this project needs it. Plain values,
// independent of the API version they came from; decode.hpp makes them. A field that the engine did
// not send is empty, zero or nullopt.

#include "base/error.hpp"
#include "base/time.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::docker {

/// Text by name, ordered by name.
using StringMap = std::map<std::string, std::string>;

/// "1.41".
struct ApiVersion {
    int major = 0;
    int minor = 0;
    auto operator<=>(const ApiVersion&) const = default;
    std::string to_string() const;
};

/// Reads "1.24". invalid_argument for anything else.
base::Result<ApiVersion> parse_api_version(std::string_view text);

/// What /version says, and what was made of it.
struct EngineVersion {
    std::string engine;     ///< "20.10.24"
    ApiVersion api_version; ///< the newest that the engine speaks
    ApiVersion min_api_version;
    ApiVersion used; ///< the one that this client speaks from now on; set by Client::connect()
};

struct EngineInfo {
    std::string id;
    std::string name; ///< the host's name
    std::vector<std::string> security_options;
    std::string cgroup_driver;
    std::string cgroup_version; ///< "1" or "2"; empty before API 1.41
    std::string root_dir;
    std::vector<std::string> runtimes; ///< "runc", "nvidia"
    /// Its store gives repository digests to images that no registry has, too: containerd's, and
    /// Podman's. Docker's own gives them only to what came from a registry or went to one.
    bool every_image_has_digests = false;

    /// Whether containers run under SELinux: `selinux`, or `name=selinux[,…]` since API 1.26.
    bool selinux() const;
};

struct ContainerSummary {
    std::string id;
    std::vector<std::string> names; ///< with the leading '/'
    std::string image;
    std::string image_id;
    std::string state; ///< "created", "running", "paused", "restarting", "exited", "dead"
    StringMap labels;
    std::int64_t created = 0; ///< seconds since 1970
    std::string network_mode;
};

struct ContainerHealth {
    std::string status; ///< "starting", "healthy", "unhealthy", "none"
    std::string last_output;
    std::int64_t last_exit_code = 0;
    std::optional<base::Time> last_end; ///< nothing before the first probe ended
};

struct ContainerState {
    std::string status;
    bool running = false;
    bool paused = false;
    bool restarting = false;
    bool dead = false;
    bool oom_killed = false;
    std::int64_t pid = 0;
    std::int64_t exit_code = 0;
    std::string error;
    std::optional<base::Time> started_at;
    std::optional<base::Time> finished_at;
    std::optional<ContainerHealth> health; ///< only with a health check
};

struct ContainerConfig {
    std::string image; ///< as it was named at create
    std::string hostname;
    std::vector<std::string> env; ///< "NAME=value"
    StringMap labels;
    std::vector<std::string> exposed_ports; ///< "80/tcp"
};

struct HostConfig {
    std::string network_mode; ///< "default", "bridge", "host", "none", "container:<id>", or a
                              ///< network's name
    std::vector<std::string> binds;
    std::vector<std::string> volumes_from;
    std::int64_t nano_cpus = 0;
    std::int64_t cpu_shares = 0;
    std::int64_t memory = 0; ///< bytes
    std::int64_t memory_reservation = 0;
    std::string cgroup_parent;
    std::string log_driver;
    StringMap log_options;
    std::vector<std::string> dns; ///< name servers of its own; empty: the host's
    std::vector<std::string> dns_search;
};

struct Mount {
    std::string type; ///< "bind", "volume", "tmpfs"
    std::string name;
    std::string source;
    std::string destination;
    std::string mode;
    bool rw = false;
    std::string driver = {}; ///< of a volume
};

struct PortBinding {
    std::string host_ip;
    std::uint16_t host_port = 0;
    bool operator==(const PortBinding&) const = default;
};

/// A container's place on one network.
struct NetworkEndpoint {
    std::string network_id;
    std::string ip;
    int prefix_len = 0;
    std::string gateway;
    std::string ipv6;
    int ipv6_prefix_len = 0;
    std::string ipv6_gateway;
    std::string mac;
};

/// Empty for a container that has joined another's namespace: they are the other's.
struct NetworkSettings {
    std::string sandbox_key; ///< path of the network namespace; empty when not running
    /// By "80/tcp"; exposed and not published = no binding.
    std::map<std::string, std::vector<PortBinding>> ports;
    std::map<std::string, NetworkEndpoint> networks; ///< by the network's name
};

struct ContainerInspect {
    std::string id;
    std::string name;     ///< with the leading '/'
    std::string image_id; ///< "sha256:…"
    std::optional<base::Time> created;
    std::int64_t restart_count = 0;
    ContainerState state;
    ContainerConfig config;
    HostConfig host_config;
    std::vector<Mount> mounts;
    bool has_network_settings = false;
    NetworkSettings network_settings;
};

struct ImageInspect {
    std::string id; ///< "sha256:…"
    std::vector<std::string> repo_tags;
    std::vector<std::string> repo_digests;
    /// Repositories that it was pulled from, or pushed to, without their registries' ports:
    /// "docker.io/library/busybox", "localhost/app". Nothing where the engine keeps no such record
    /// (before API 1.53).
    std::optional<std::vector<std::string>> pulled_from;
    std::string architecture;
    StringMap labels;
    std::vector<std::string> env;
    std::vector<std::string> volumes; ///< paths
};

struct IpamConfig {
    std::string subnet;
    std::string gateway;
};

struct Network {
    std::string id;
    std::string name;
    std::string driver;
    std::string scope;
    bool internal = false;
    bool enable_ipv6 = false;
    std::vector<IpamConfig> ipam;
    StringMap options;
    StringMap labels;
};

struct Volume {
    std::string name;
    std::string driver;
    std::string mountpoint; ///< on the host; drivers of plugins need not have one
    std::string scope;      ///< "local", "global"
    StringMap labels;
    StringMap options; ///< the driver's, as they were given at create
};

struct Event {
    std::string type;   ///< "container", "network", "image", "volume", …
    std::string action; ///< "start", "die", "health_status: healthy", …
    std::string actor_id;
    StringMap attributes;
    std::int64_t time_nano = 0; ///< nanoseconds since 1970, the engine's clock
};

/// One line of a pull's or an import's progress.
struct ProgressLine {
    std::string id; ///< of the layer that it is about; the tag, in the first line of a pull
    std::string status;
    std::int64_t current = 0; ///< bytes of that layer so far
    std::int64_t total = 0;
    std::string error; ///< not empty when the engine gave up
};

/// What lies at a path in a container's file system.
struct PathStat {
    bool is_directory = false;
    bool is_symlink = false;
    std::string link_target;
};

} // namespace agent::docker
