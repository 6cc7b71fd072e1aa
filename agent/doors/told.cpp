#include "agent/doors/told.hpp"

#include "agent/containers/completion.hpp"
#include "agent/containers/contract_variables.hpp"
#include "base/log.hpp"
#include "metadatafile/paths.hpp"
#include "model/identity.hpp"
#include "model/names.hpp"

namespace agent::doors {

std::string told_endpoint_id(const docker::ContainerInspect& inspect) {
    std::string told(containers::given_endpoint_id(inspect.config.env));
    const auto task = model::label_of(inspect.config.labels, model::label_swarm_task);
    const bool is_swarms = !told.empty() && told == task && inspect.name.ends_with('.' + told);
    return is_swarms || containers::is_random_id(told) ? told : std::string();
}

std::string told_credentials_id(const docker::ContainerInspect& inspect,
                                const std::optional<ClusterKey>& key) {
    std::string told(containers::given_credentials_id(inspect.config.env));
    if (told.empty() || containers::is_random_id(containers::given_endpoint_id(inspect.config.env)))
        return containers::is_random_id(told) ? told : std::string();
    const auto& labels = inspect.config.labels;
    const auto task = model::label_of(labels, model::label_swarm_task);
    const auto service = model::label_of(labels, model::label_swarm_service);
    if (key && !task.empty() && told == key->credentials_id(task, service))
        return told;
    base::log::warn("a service's task gets no role by the id that it was told",
                    {{"service", service},
                     {"task", task},
                     {"why", key ? "it was not made with this cluster's key"
                                 : "this host has no key of the cluster"}});
    return {};
}

std::string told_token(const docker::ContainerInspect& inspect) {
    return std::string(containers::given_token(inspect.config.env));
}

std::string labelled_task(const docker::StringMap& labels, const model::ArnScope& scope) {
    const auto arn = model::label_of(labels, model::label_task_arn);
    const auto cluster = model::label_of(labels, model::label_cluster);
    if (arn.empty() || cluster.empty())
        return {};
    return arn == scope.in_cluster(cluster).task_arn(model::last_part(arn)) ? arn : std::string();
}

std::string bound_directory(const docker::ContainerInspect& inspect, const std::string& root,
                            const std::string& endpoint_id) {
    const auto ours = root + '/' + std::string(metadatafile::undeclared) + '/' + endpoint_id + '/';
    for (const auto& mount : inspect.mounts)
        if (mount.source.starts_with(ours) && !mount.rw)
            return mount.source;
    return {};
}

std::string volume_directory(const docker::ContainerInspect& inspect, const std::string& root) {
    for (const auto& mount : inspect.mounts)
        if (mount.type == "volume" && mount.driver == containers::metadata_volume_driver &&
            metadatafile::check_name(mount.name))
            return metadatafile::volume_directory_below(root, mount.name);
    return {};
}

} // namespace agent::doors
