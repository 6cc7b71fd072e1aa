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
    return refuse(dialect, "unable to get task arn from request: " + no_task_of(id));
}

} // namespace

http::Response list_associations(const ResolvedRequest& asked, const Dialect& dialect) {
    const auto& [task, container] = asked.about;
    if (container == nullptr || container->docker_id.empty())
        return refuse(dialect,
                      "unable to get container id from request: " + no_docker_id_of(asked.id));
    const auto type = asked.request.capture("type");
    nlohmann::ordered_json names; // null when there is none, as the contract has it
    for (const auto& each : task->associations)
        if (each.type == type &&
            std::ranges::find(each.containers, container->name) != each.containers.end())
            names.push_back(each.name);
    nlohmann::ordered_json body;
    body["Associations"] = std::move(names);
    return {200, http::json_type, base::to_go_json(body)};
}

http::Response one_association(const ResolvedRequest& asked, const Dialect& dialect) {
    if (!asked.about)
        return no_such_task(dialect, asked.id);
    const auto type = asked.request.capture("type");
    const auto name = asked.request.capture("name");
    const auto& all = asked.about.task->associations;
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

http::Response unnamed_association(const ResolvedRequest& asked, const Dialect& dialect) {
    if (!asked.about)
        return no_such_task(dialect, asked.id);
    return refuse(dialect, "unable to get association name from request");
}

} // namespace handlers::metadata
