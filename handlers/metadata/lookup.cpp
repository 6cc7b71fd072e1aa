#include "handlers/metadata/lookup.hpp"

#include "handlers/metadata/documents.hpp"

namespace handlers::metadata {

namespace {

std::string in_quotes(std::string_view text) {
    return std::string("'").append(text).append("'");
}

std::string no_container(const Dialect& dialect, std::string_view why) {
    return std::string(dialect.name)
        .append(" container metadata handler: unable to get container ID from request: ")
        .append(why);
}

std::string no_task(const Dialect& dialect, std::string_view why) {
    return std::string(dialect.name)
        .append(" task metadata handler: unable to get task arn from request: ")
        .append(why);
}

http::Response show_container(Context& context, const Dialect& dialect, const model::TaskPtr& task,
                              const model::Container& container) {
    // What has ended is answered without networks where nobody knows any more which it had.
    const bool ended = container.known == model::ContainerStatus::stopped;
    if (!ended && !networks_ready(*task, container))
        return http::json_string(500, std::string(dialect.networks_missing) +
                                          in_quotes(container.docker_id));
    return http::json(context.bodies.get(task, &container, dialect.container));
}

/// Whose namespace has the address? Empty when it is none of the task's.
std::string_view owner_of(const model::Task& task, std::string_view address) {
    if (address == task.link_local_ipv4 && task.pause() != nullptr)
        return task.pause()->docker_id;
    for (const auto& container : task.containers)
        for (const auto& network : container.networks)
            if (network.ipv4 == address)
                return container.docker_id;
    return {};
}

std::string several_have(const model::Task& task, std::string_view address) {
    const auto owner = owner_of(task, address);
    const auto joined = std::string("container:").append(owner);
    std::string names;
    for (const auto& container : task.containers)
        if (container.type == model::ContainerType::normal &&
            (container.docker_id == owner || container.network_mode == joined))
            names.append(names.empty() ? "" : ", ").append(in_quotes(container.name));
    return "address " + in_quotes(address) + " is shared by the containers " + names +
           ": use the id in ECS_CONTAINER_METADATA_URI_V4";
}

} // namespace

std::string nobody_has(std::string_view address) {
    return "unable to associate " + in_quotes(address) + " with task";
}

http::Response container_by_id(const http::Request& request, Context& context,
                               const Dialect& dialect) {
    const auto id = request.capture("id");
    const auto found = context.world.find_by_endpoint_id(id);
    // Before Docker has made it there is no container to tell about.
    if (!found || found.container->docker_id.empty())
        return http::json_string(
            dialect.lookup_status,
            no_container(dialect,
                         std::string("unable to get docker ID from v3 endpoint ID: ").append(id)));
    return show_container(context, dialect, found.task, *found.container);
}

http::Response task_by_id(const http::Request& request, Context& context, const Dialect& dialect,
                          BodyCache::Render render) {
    const auto id = request.capture("id");
    const auto found = context.world.find_by_endpoint_id(id);
    if (!found)
        return http::json_string(
            dialect.lookup_status,
            no_task(dialect,
                    std::string("unable to get task Arn from v3 endpoint ID: ").append(id)));
    return http::json(context.bodies.get(found.task, nullptr, render));
}

base::Async<model::Caller> caller_of(const http::Request& request, Context& context) {
    const bool ipv4 = request.peer.address.find(':') == std::string::npos;
    if (!ipv4)
        co_return model::Caller();
    auto address = request.peer.address;
    co_return co_await context.callers.find(std::move(address));
}

base::Async<http::Response> container_by_address(const http::Request& request, Context& context,
                                                 const Dialect& dialect) {
    const auto& address = request.peer.address;
    const auto caller = co_await caller_of(request, context);
    if (!caller)
        co_return http::json_string(dialect.lookup_status,
                                    no_container(dialect, nobody_has(address)));
    if (caller.container == nullptr)
        co_return http::json_string(dialect.lookup_status,
                                    no_container(dialect, several_have(*caller.task, address)));
    co_return show_container(context, dialect, caller.task, *caller.container);
}

base::Async<http::Response> task_by_address(const http::Request& request, Context& context,
                                            const Dialect& dialect, BodyCache::Render render) {
    const auto caller = co_await caller_of(request, context);
    if (!caller)
        co_return http::json_string(dialect.lookup_status,
                                    no_task(dialect, nobody_has(request.peer.address)));
    co_return http::json(context.bodies.get(caller.task, nullptr, render));
}

} // namespace handlers::metadata
