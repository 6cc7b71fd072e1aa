#pragma once
// What this host says of containers that no task definition declares: its rules' file, and what of the
// configuration matters for them.

#include "agent/config/load.hpp"
#include "agent/containers/completion.hpp"
#include "agent/doors/cluster_key.hpp"
#include "agent/rules/accepted_host_file.hpp"
#include "agent/rules/host_file.hpp"
#include "base/error.hpp"

namespace agent::doors {

/// The host file as the configuration names it; one that was named must be there. The errors of
/// rules::load_host_file(). Blocks.
base::Result<rules::HostFile> read_host_file(const config::Loaded& loaded);

/// The same for the daemon, which goes on with what the file said when it was last right. Blocks.
base::Result<rules::AcceptedHostFile> accept_host_file(const config::Loaded& loaded);

/// The secret of the cluster as the configuration names its file. The errors of ClusterKey::load(). Blocks.
base::Result<std::optional<ClusterKey>> read_cluster_key(const config::Loaded& loaded);

containers::Host host_of(const config::Config& config, rules::HostFile rules);

} // namespace agent::doors
