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

std::string why_no_container(const ResolvedRequest& asked) {
    if (asked.subject != Subject::caller)
        return no_docker_id_of(asked.id);
    const auto& address = asked.request.peer.address;
    return asked.about ? several_have(*asked.about.task, address) : nobody_has(address);
}

} // namespace

std::string nobody_has(std::string_view address) {
    return "unable to associate " + in_quotes(address) + " with task";
}

std::string no_docker_id_of(std::string_view endpoint_id) {
    return std::string("unable to get docker ID from v3 endpoint ID: ").append(endpoint_id);
}

std::string no_task_of(std::string_view endpoint_id) {
    return std::string("unable to get task Arn from v3 endpoint ID: ").append(endpoint_id);
}

http::Response container(const ResolvedRequest& asked, Context& context, const Dialect& dialect) {
    const auto& [task, container] = asked.about;
    // Before Docker has made it there is no container to tell about.
    if (container == nullptr || container->docker_id.empty())
        return http::json_string(dialect.lookup_status,
                                 no_container(dialect, why_no_container(asked)));
    return show_container(context, dialect, task, *container);
}

http::Response task(const ResolvedRequest& asked, Context& context, const Dialect& dialect,
                    BodyCache::Render render) {
    if (!asked.about)
        return http::json_string(dialect.lookup_status,
                                 no_task(dialect, asked.subject == Subject::caller
                                                      ? nobody_has(asked.request.peer.address)
                                                      : no_task_of(asked.id)));
    return http::json(context.bodies.get(asked.about.task, nullptr, render));
}

} // namespace handlers::metadata
