#pragma once
// Versions 3 and 4: the container or task that a request is about, by the endpoint id in the URL or,
// without one, by source address; and what is said when there is none. The versions differ in a
// Dialect. An id that is empty ("/v3/", "/v4/") is an id that nobody has, as the contract says.

#include "handlers/metadata/context.hpp"
#include "handlers/resolved_request.hpp"

#include <string_view>

namespace handlers::metadata {

struct Dialect {
    std::string_view name;             ///< "V3", as its texts begin
    unsigned lookup_status;            ///< when nobody has the id
    std::string_view networks_missing; ///< text before the quoted Docker id
    BodyCache::Render container;
    BodyCache::Render task;
    BodyCache::Render task_with_tags;
};

/// `/v3/{id}`, `/v3`. 500 while the container's networks are not known. By address it refuses, with
/// what to do instead, when several containers have it.
http::Response container(const ResolvedRequest& asked, Context& context, const Dialect& dialect);
/// `/v3/{id}/task`, `/v3/task`; `render` is one of the dialect's.
http::Response task(const ResolvedRequest& asked, Context& context, const Dialect& dialect,
                    BodyCache::Render render);

/// "unable to associate '172.17.0.9' with task"
std::string nobody_has(std::string_view address);
/// "unable to get docker ID from v3 endpoint ID: …"
std::string no_docker_id_of(std::string_view endpoint_id);
/// "unable to get task Arn from v3 endpoint ID: …"
std::string no_task_of(std::string_view endpoint_id);

} // namespace handlers::metadata
