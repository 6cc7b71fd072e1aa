#include "agent/doors/host.hpp"

#include "metadatafile/paths.hpp"

#include <utility>

namespace agent::doors {

base::Result<rules::HostFile> read_host_file(const config::Loaded& loaded) {
    return rules::load_host_file(loaded.config.host_file, config::is_set(loaded, "host_file"));
}

base::Result<rules::AcceptedHostFile> accept_host_file(const config::Loaded& loaded) {
    return rules::accept_host_file(loaded.config.host_file, config::is_set(loaded, "host_file"),
                                   loaded.config.data_dir + '/' +
                                       std::string(rules::accepted_host_file_name));
}

base::Result<std::optional<ClusterKey>> read_cluster_key(const config::Loaded& loaded) {
    return ClusterKey::load(loaded.config.swarm_key_file, config::is_set(loaded, "swarm_key_file"));
}

containers::Host host_of(const config::Config& config, rules::HostFile rules) {
    containers::Host host;
    host.scope = {config.region, config.account_id, config.cluster};
    host.rules = std::move(rules);
    host.metadata_files = config.enable_container_metadata;
    host.task_roles = config.enable_task_iam_role;
    host.task_roles_on_host = config.enable_task_iam_role_network_host;
    host.authorization = config.credentials_authorization;
    host.metadata_root = metadatafile::root_directory(config.data_dir);
    return host;
}

} // namespace agent::doors
