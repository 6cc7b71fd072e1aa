#include "handlers/metadata/associations.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace handlers::metadata {

namespace {

http::Response refuse(const Dialect& dialect, std::string_view why) {
    return http::json_string(
        400, std::string(dialect.name).append(" container associations handler: ").append(why));
}

http::Response no_such_task(const Dialect& dialect, std::string_view id) {
    return refuse(dialect,
                  std::string("unable to get task arn from request: unable to get task Arn from v3 "
                              "endpoint ID: ")
                      .append(id));
}

} // namespace

http::Response list_associations(const http::Request& request, Context& context,
                                 const Dialect& dialect) {
    const auto id = request.capture("id");
    const auto found = context.world.find_by_endpoint_id(id);
    if (!found || found.container->docker_id.empty())
        return refuse(dialect,
                      std::string("unable to get container id from request: unable to get docker "
                                  "ID from v3 endpoint ID: ")
                          .append(id));
    nlohmann::ordered_json names; // null when there is none, as the contract has it
    for (const auto& each : found.task->associations)
        if (each.type == request.capture("type") &&
            std::ranges::find(each.containers, found.container->name) != each.containers.end())
            names.push_back(each.name);
    nlohmann::ordered_json body;
    body["Associations"] = std::move(names);
    return {200, http::json_type, base::to_go_json(body)};
}

http::Response one_association(const http::Request& request, Context& context,
                               const Dialect& dialect) {
    const auto id = request.capture("id");
    const auto found = context.world.find_by_endpoint_id(id);
    if (!found)
        return no_such_task(dialect, id);
    const auto type = request.capture("type");
    const auto name = request.capture("name");
    const auto& all = found.task->associations;
    const auto it = std::ranges::find_if(all, [&](const model::Association& each) {
        return each.type == type && each.name == name;
    });
    if (it == all.end())
        return http::json_string(
            400, std::string("Unable to write container association response: unable to get "
                             "association from association type ")
                     .append(type)
                     .append(" and association name ")
                     .append(name));
    return {200, http::json_type, it->value};
}

http::Response unnamed_association(const http::Request& request, Context& context,
                                   const Dialect& dialect) {
    const auto id = request.capture("id");
    if (!context.world.find_by_endpoint_id(id))
        return no_such_task(dialect, id);
    return refuse(dialect, "unable to get association name from request");
}

} // namespace handlers::metadata
