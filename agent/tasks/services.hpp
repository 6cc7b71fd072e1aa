#pragma once
// What tasks are run by: references to what the daemon owns, and its settings.
// Everything here outlives the supervisor.

#include "agent/addresses/link_local.hpp"
#include "agent/cgroup/task_cgroups.hpp"
#include "agent/containers/host_port_claims.hpp"
#include "agent/containers/image_probe.hpp"
#include "agent/containers/metadata_files.hpp"
#include "agent/containers/secrets.hpp"
#include "agent/containers/task_roles.hpp"
#include "agent/definition/host.hpp"
#include "agent/docker/client.hpp"
#include "agent/image/image_puller.hpp"
#include "agent/observer/observer.hpp"
#include "agent/stand_ins/stand_ins.hpp"
#include "agent/state/disk.hpp"
#include "agent/state/store.hpp"
#include "base/async.hpp"
#include "base/slots.hpp"
#include "model/world.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent::tasks {

struct Settings {
    std::string tasks_directory;
    definition::Host definitions; ///< what its files are read with
    std::string awsvpc_network;
    std::string awsvpc_subnet; ///< "" lets Docker choose
    std::map<std::string, std::string> task_tags;
    std::chrono::seconds stop_grace{30};                  ///< from SIGTERM to SIGKILL
    std::chrono::milliseconds cleanup_wait{600'000};      ///< from a task's stop to its removal
    std::chrono::milliseconds first_restart_delay{1'000}; ///< of a declared task that ended
    /// For a container that others want healthy, and that has no startTimeout.
    std::chrono::milliseconds start_timeout{180'000};
    std::chrono::milliseconds told_wait{30'000}; ///< a wait that lasts longer is told
    /// How long the next task of a file waits for containers of earlier ones that run again; more than a
    /// stop may take.
    std::chrono::milliseconds earlier_limit{300'000};
    /// From when most of the folder's files are missing until they count as removed.
    std::chrono::milliseconds missing_grace{30'000};
    bool pull_upfront = false;
    bool pull_failure_ends_task = false; ///< also where the container is not essential
    bool enforce_limits = true;          ///< of whole tasks, by cgroups
    bool cgroup_for_every_task = false;  ///< not only where the definition limits the task
    std::string cgroup_path = "/sys/fs/cgroup";
    std::chrono::microseconds cgroup_cpu_period{100'000};
    /// For hostPort 0 and ranges; nothing: Docker chooses the former, of the kernel's range are the latter.
    std::optional<containers::PortRange> dynamic_host_ports;
    containers::HostPortSet reserved_ports; ///< no container is given one
    addresses::InstanceMetadata instance_metadata = addresses::InstanceMetadata::reachable;
    bool enable_metadata = true;
    containers::RoleSettings roles;
    std::vector<std::string> engine_runtimes; ///< known once it answered
    bool selinux = false; ///< the engine labels for SELinux; known once it answered
};

/// Threads for what blocks, a pool for each kind of slowness.
struct Workers {
    base::WorkerPool& tasks_folder;
    base::WorkerPool& environment_files;
    base::WorkerPool& network;
    base::WorkerPool& cgroups;        ///< made and looked for
    base::WorkerPool& cgroup_removal; ///< waits for processes that are about to end
};

using stand_ins::StandInsPtr;
using CgroupsPtr = std::shared_ptr<const base::Result<cgroup::TaskCgroups>>;

struct Services {
    base::Executor loop;
    Workers workers;
    docker::Client& docker;
    observer::Observer& observer;
    model::World& world;
    addresses::LinkLocal& link_local;
    containers::MetadataFiles& metadata_files;
    containers::ImageProbe& image_probe;
    image::ImagePuller& image_puller;
    containers::Secrets& secrets;
    state::Store& store; ///< used on `disk` only
    state::Disk& disk;
    base::Slots& start_slots; ///< containers created or started at once
    base::Slots& pause_turn;  ///< one: Docker makes twins of a network that two ask for
    /// Null where tasks' limits are not enforced, and until the engine has told its driver; an error
    /// where they cannot be. Whoever works with one holds it: Docker may come back with another
    /// driver.
    CgroupsPtr cgroups;
    Settings settings;
    /// Whether there are credentials for a role's ARN; null: for none. A log driver that is not told
    /// where to ask goes on as the engine does by itself.
    std::function<bool(std::string_view role_arn)> is_role_provided = {};
    /// What stands on this host for what definitions name; never null.
    StandInsPtr stand_ins = std::make_shared<StandInsPtr::element_type>();
    /// The engine has said that it has no AWS keys for a log driver; asked anew when it comes back, and at
    /// a reload.
    bool engine_lacks_log_keys = false;
    containers::HostPortClaims host_ports = {}; ///< of the tasks that run
};

} // namespace agent::tasks
