#include "agent/containers/add_unless_empty.hpp"
#include "agent/containers/create_document.hpp"
#include "agent/containers/sysctls.hpp"
#include "base/sizes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::containers {

using Json = nlohmann::ordered_json;

namespace {

/// It needs nothing, and is given nothing.
Json base_document(const model::Container& container, const std::string& network) {
    return {
        {"Image", container.image},
        {"Labels", container.labels},
        {"HostConfig",
         {{"NetworkMode", network},
          {"CpuShares", 2},
          {"CapDrop", {"ALL"}},
          {"SecurityOpt", {"no-new-privileges"}},
          {"ReadonlyRootfs", true},
          {"LogConfig", {{"Type", "none"}, {"Config", Json::object()}}}}},
    };
}

void add_rest(Json& host, const definition::StringMap& sysctls, const std::string& cgroup_parent) {
    add_unless_empty(host, "Sysctls", sysctls);
    add_unless_empty(host, "CgroupParent", cgroup_parent);
}

std::int64_t largest_shared_memory(const definition::TaskDefinition& definition) {
    std::int64_t largest = 0;
    for (const auto& container : definition.containers)
        largest = std::max(largest, container.linux_parameters.shared_memory_mib.value_or(0));
    return largest;
}

} // namespace

std::string pause_document(const definition::TaskDefinition& definition,
                           const model::Container& container, const std::string& network,
                           const std::string& cgroup_parent) {
    auto document = base_document(container, network);
    add_rest(document["HostConfig"], network_sysctls(definition), cgroup_parent);
    return document.dump();
}

std::string namespace_pause_document(const definition::TaskDefinition& definition,
                                     const model::Container& container,
                                     const std::string& cgroup_parent) {
    auto document = base_document(container, "none");
    auto& host = document["HostConfig"];
    if (definition.ipc_mode == definition::Sharing::task) {
        host["IpcMode"] = "shareable";
        if (const auto size = largest_shared_memory(definition); size > 0)
            host["ShmSize"] = size * base::mebibyte;
    }
    add_rest(host, ipc_sysctls(definition), cgroup_parent);
    return document.dump();
}

} // namespace agent::containers
