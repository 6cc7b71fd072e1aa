#include "agent/containers/linux_parameters.hpp"

#include "agent/containers/add_unless_empty.hpp"
#include "base/sizes.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace agent::containers {

using Json = nlohmann::ordered_json;

namespace {

/// "size=64m,noexec"
std::string tmpfs_options(const definition::Tmpfs& tmpfs) {
    auto options = "size=" + std::to_string(tmpfs.size_mib) + 'm';
    for (const auto& option : tmpfs.mount_options)
        options += ',' + option;
    return options;
}

} // namespace

void add_linux_parameters(Json& host_config, const definition::ContainerDefinition& definition) {
    const auto& parameters = definition.linux_parameters;
    add_unless_empty(host_config, "CapAdd", parameters.add_capabilities);
    add_unless_empty(host_config, "CapDrop", parameters.drop_capabilities);
    for (const auto& device : parameters.devices)
        host_config["Devices"].push_back({{"PathOnHost", device.host_path},
                                          {"PathInContainer", device.container_path},
                                          {"CgroupPermissions", device.permissions}});
    if (parameters.init_process)
        host_config["Init"] = *parameters.init_process;
    if (parameters.shared_memory_mib)
        host_config["ShmSize"] = *parameters.shared_memory_mib * base::mebibyte;
    for (const auto& tmpfs : parameters.tmpfs)
        host_config["Tmpfs"][tmpfs.container_path] = tmpfs_options(tmpfs);
    if (parameters.max_swap_mib) {
        // Docker's figure is memory and swap together.
        host_config["MemorySwap"] =
            (*definition.memory + *parameters.max_swap_mib) * base::mebibyte;
        if (parameters.swappiness)
            host_config["MemorySwappiness"] = *parameters.swappiness;
    }
}

} // namespace agent::containers
