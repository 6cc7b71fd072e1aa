#pragma once
// What a container that is there was told by the agent, or has of it: ids, its task, where its metadata file
// is. An image that was made of one (docker commit) says the same; what is no container's own by its form
// is not taken for it. Any thread.

#include "agent/docker/types.hpp"
#include "agent/doors/cluster_key.hpp"
#include "model/arn.hpp"

#include <optional>
#include <string>

namespace agent::doors {

/// The endpoint id; "" for what is none of its own by its form. One of the agent's is random, so who has it
/// was given it. Swarm's name of a task is known to many: it counts where the engine has labelled and named
/// the container so, too. An image that was made of one has the label, not the name.
std::string told_endpoint_id(const docker::ContainerInspect& inspect);

/// The id of its role's credentials; "" where it was told none that counts. A service's was made of the
/// cluster's key by a manager's agent: one that anybody else has put there is worth nothing, and the log says
/// so.
std::string told_credentials_id(const docker::ContainerInspect& inspect,
                                const std::optional<ClusterKey>& key);

/// The token that is asked for beside an id that it was told and that counts; "" where it was told none of
/// ours.
std::string told_token(const docker::ContainerInspect& inspect);

/// The task of this host that its label names; "" for any other text.
std::string labelled_task(const docker::StringMap& labels, const model::ArnScope& scope);

// `root` is where metadata files are.

/// The directory of ours that is bound into the container with this endpoint id; "" without one.
std::string bound_directory(const docker::ContainerInspect& inspect, const std::string& root,
                            const std::string& endpoint_id);

/// The directory of a volume of ours that the engine has mounted into it; "" without one. The engine does not
/// always say where a volume is, but always what it is called.
std::string volume_directory(const docker::ContainerInspect& inspect, const std::string& root);

} // namespace agent::doors
