#include "agent/containers/sysctls.hpp"

namespace agent::containers {

using definition::StringMap;
using definition::TaskDefinition;

namespace {

enum class Owner { container, network, ipc };

bool is_ipc(std::string_view name) {
    return name.starts_with("kernel.msg") || name.starts_with("kernel.sem") ||
           name.starts_with("kernel.shm") || name.starts_with("fs.mqueue.");
}

Owner owner_of(const TaskDefinition& definition, std::string_view name) {
    if (definition.network_mode == model::NetworkMode::awsvpc && name.starts_with("net."))
        return Owner::network;
    if (definition.ipc_mode == definition::Sharing::task && is_ipc(name))
        return Owner::ipc;
    return Owner::container;
}

void collect(StringMap& into, const TaskDefinition& definition,
             const definition::ContainerDefinition& container, Owner owner) {
    for (const auto& [name, value] : container.system_controls)
        if (owner_of(definition, name) == owner)
            into[name] = value;
}

StringMap of_all(const TaskDefinition& definition, Owner owner) {
    StringMap sysctls;
    for (const auto& container : definition.containers)
        collect(sysctls, definition, container, owner);
    return sysctls;
}

} // namespace

StringMap container_sysctls(const TaskDefinition& definition,
                            const definition::ContainerDefinition& container) {
    StringMap sysctls;
    collect(sysctls, definition, container, Owner::container);
    return sysctls;
}

StringMap network_sysctls(const TaskDefinition& definition) {
    return of_all(definition, Owner::network);
}

StringMap ipc_sysctls(const TaskDefinition& definition) {
    return of_all(definition, Owner::ipc);
}

} // namespace agent::containers
