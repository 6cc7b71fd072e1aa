#pragma once
// The parts of task and container documents that several versions share, in the contract's key
// order and with its omissions (http-contract 4.1–4.3). Pure functions.

#include "model/instance.hpp"
#include "model/task.hpp"
#include "model/world.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace handlers::metadata {

using Json = nlohmann::ordered_json;

/// Does a port say which of the host's addresses it is bound to?
enum class HostIp { hidden, shown };

/// `Ports`, omitted when empty. In awsvpc mode the host port is the container's.
void add_ports(Json& document, const model::Task& task, const model::Container& container,
               HostIp host_ip);
/// `CreatedAt`, … : omitted while it has not happened.
void add_time(Json& document, std::string_view key, const std::optional<base::Time>& time);
/// `Volumes`, omitted when empty.
void add_volumes(Json& document, const model::Container& container);

/// From `DockerId` to `Type`. One that awaits its restart by its policy is shown as running.
Json container_document(const model::Task& task, const model::Container& container, HostIp host_ip);
/// `Health` of a container that has a health check: {} while unknown.
void add_health(Json& document, const model::Container& container);

/// Whether Networks can be told now; always so when Docker has named them.
bool networks_ready(const model::Task& task, const model::Container& container);
/// `Networks` as v2, v3 and introspection have them; left out while not ready.
void add_networks(Json& document, const model::Task& task, const model::Container& container);
/// `NetworkMode` and the addresses of an awsvpc task.
void add_awsvpc_addresses(Json& element, const model::NetworkAttachment& primary);
/// The networks that a container is in: its own, or those of the one whose namespace it shares.
const std::vector<model::NetworkAttachment>& networks_of(const model::Task& task,
                                                         const model::Container& container);

/// From `Cluster` to `KnownStatus`.
Json task_document(const model::Task& task);
/// `Limits`, the three times, `AvailabilityZone`.
void add_limits_and_times(Json& document, const model::Task& task);
/// `TaskTags`, `ContainerInstanceTags`; each omitted when empty.
void add_tags(Json& document, const model::Instance& instance, const model::Task& task);

// The bodies of v2 and v3, which are the same; for BodyCache.
std::string render_container(const model::World& world, const model::Task& task,
                             const model::Container* container);
std::string render_task(const model::World& world, const model::Task& task,
                        const model::Container* none);
std::string render_task_with_tags(const model::World& world, const model::Task& task,
                                  const model::Container* none);

/// "172.31.32.0/20" for 172.31.32.1 and 20, of either family; "" for what is no address.
std::string subnet_of(std::string_view address, unsigned prefix);

} // namespace handlers::metadata
