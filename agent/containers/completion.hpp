#pragma once
// What a container is given by the agent, whichever way it comes: by a proxy of Docker's API, as a task
// of Docker's services, or by NRI. A door reads what it is told into a Request, asks plan() what is due,
// mints the ids that this needs, and sends what complete() says. Nothing of the user's is overwritten;
// what another container of ours has left (docker commit, a tool that copies containers) is replaced.
// Pure; any thread.

#include "agent/rules/decision.hpp"
#include "metadatafile/placement.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent::containers {

/// A mount as Docker's API has it.
struct Mount {
    std::string type;   ///< "bind", "volume", "tmpfs"
    std::string source; ///< a path, or a volume's name
    std::string target;
    std::string driver;   ///< of a volume, "" for the engine's
    bool selinux = false; ///< the engine is to label what is bound, for all containers

    bool operator==(const Mount&) const = default;
};

/// The driver of the volumes that the agent serves to Docker's services.
inline constexpr std::string_view metadata_volume_driver = "ecs-metadata";

/// A container that is about to be made, as far as a door is told.
struct Request {
    rules::Subject subject;
    /// The user's, "NAME=value" or "NAME"; where they cannot be told apart, the image's with it.
    std::vector<std::string> environment;
    /// Nothing where the image is not known.
    std::optional<std::vector<std::string>> image_environment;
    /// All targets that are known; nothing where the door is not told of any.
    std::optional<std::vector<Mount>> mounts;
    /// Containers whose mounts it shares. A door that knows them adds them to `mounts`, and empties this.
    std::vector<std::string> volumes_from;
    std::optional<std::string>
        file_in_image; ///< what metadatafile::paths_to_probe() found in the way
    /// given_endpoint_id() is one that waits for its container: another door of ours has been here.
    bool completed = false;
    /// Whether the subject's labels are its own, or its image's among them.
    bool labels_are_own = true;
    bool takes_labels = true; ///< whether labels can be given through this door
    bool takes_mounts = true;
};

/// What of the agent's configuration matters.
struct Host {
    model::ArnScope scope;
    rules::HostFile rules;
    bool metadata_files = true;     ///< ECS_ENABLE_CONTAINER_METADATA
    bool task_roles = true;         ///< ECS_ENABLE_TASK_IAM_ROLE
    bool task_roles_on_host = true; ///< …_NETWORK_HOST
    bool authorization = false;     ///< ECS_CREDENTIALS_AUTHORIZATION
    std::string metadata_root; ///< metadatafile::root_directory(): what is bound from it is ours
};

/// Something that a container might have had.
enum class Gift { everything, metadata_file, role, region, variable, label, endpoint };

/// What is not given, and why, in a sentence for people. Holds no secret.
struct Withheld {
    Gift gift = Gift::everything;
    std::string what; ///< the variable or label, "" where the gift says it
    std::string why;

    bool operator==(const Withheld&) const = default;
};

/// What is due. What a door has to mint follows: an endpoint id, and by what is said here a task (for
/// the task key, or a new one), a directory for the metadata file, an id of the role's credentials.
struct Plan {
    rules::Decision decision;
    bool gives = false; ///< else the request goes on as it is
    std::string role;   ///< an ARN, "" for none
    bool metadata_file = false;
    std::vector<Withheld> withheld;
};

Plan plan(const Request& request, const Host& host);

/// The ids and places that were minted for a plan.
struct Minted {
    std::string endpoint_id; ///< for Docker's services Swarm's template, "{{.Task.ID}}"
    std::string task_arn;
    std::vector<std::string> role_variables; ///< "NAME=value", as role_variables() makes them
    /// Type, source and driver of the mount; its target is chosen here. Nothing: there is none after all.
    std::optional<Mount> metadata;
};

struct Additions {
    std::vector<std::string> variables; ///< "NAME=value": added, or in the place of what was ours
    std::vector<std::string> unset;     ///< names of variables that another container has left
    std::map<std::string, std::string> labels;
    std::optional<Mount> mount;     ///< read-only; in the place of one of ours with the same target
    std::vector<Withheld> withheld; ///< the plan's, and what the minting adds to it

    bool empty() const {
        return variables.empty() && unset.empty() && labels.empty() && !mount.has_value();
    }
};

/// Nothing for a plan that gives nothing.
Additions complete(const Request& request, const Host& host, const Plan& plan,
                   const Minted& minted);

} // namespace agent::containers
