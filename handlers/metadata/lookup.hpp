#pragma once
// Versions 3 and 4: which container or task is meant, by the endpoint id in the URL or, without
// one, by source address; and what is said when there is none. The versions differ in a Dialect.
// An id that is empty ("/v3/", "/v4/") is an id that nobody has, as the contract says.

#include "handlers/http/message.hpp"
#include "handlers/metadata/context.hpp"

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

/// `/v3/{id}`. 500 while the container's networks are not known.
http::Response container_by_id(const http::Request& request, Context& context,
                               const Dialect& dialect);
/// `/v3/{id}/task`; `render` is one of the dialect's.
http::Response task_by_id(const http::Request& request, Context& context, const Dialect& dialect,
                          BodyCache::Render render);

/// `/v3`. Refuses, with what to do instead, when several containers have the address.
base::Async<http::Response> container_by_address(const http::Request& request, Context& context,
                                                 const Dialect& dialect);
/// `/v3/task`
base::Async<http::Response> task_by_address(const http::Request& request, Context& context,
                                            const Dialect& dialect, BodyCache::Render render);

/// Who sent the request; nobody for an IPv6 source, since container addresses are looked up by
/// IPv4.
base::Async<model::Caller> caller_of(const http::Request& request, Context& context);

/// "unable to associate '172.17.0.9' with task"
std::string nobody_has(std::string_view address);

} // namespace handlers::metadata
