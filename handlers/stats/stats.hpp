#pragma once
// What containers use, in Docker's shape: the handlers of the stats routes of versions 2, 3 and 4
// (http-contract 5). Each looks anew at every request; the containers of a task are looked at side by
// side. One that does not run, or that nobody can tell about, is null (v2, v3) or {} (v4) among its
// siblings and never fails them.

#include "base/async.hpp"
#include "handlers/http/message.hpp"
#include "handlers/metadata/context.hpp"

namespace handlers::v2 {

using http::Request;
using http::Response;
using metadata::Context;

/// `/v2/stats/{id+}`: containers of the caller's own task only.
base::Async<Response> container_stats(const Request& request, Context& context);
/// `/v2/stats`, `/v2/stats/`
base::Async<Response> task_stats(const Request& request, Context& context);

} // namespace handlers::v2

namespace handlers::v3 {

using http::Request;
using http::Response;
using metadata::Context;

/// `/v3/{id}/stats`
base::Async<Response> container_stats(const Request& request, Context& context);
/// `/v3/{id}/task/stats`
base::Async<Response> task_stats(const Request& request, Context& context);
/// `/v3/stats`, by source address. Refuses when several containers have the address.
base::Async<Response> own_container_stats(const Request& request, Context& context);
/// `/v3/task/stats`, by source address.
base::Async<Response> own_task_stats(const Request& request, Context& context);

} // namespace handlers::v3

/// As those of version 3, with network_rate_stats.
namespace handlers::v4 {

using http::Request;
using http::Response;
using metadata::Context;

base::Async<Response> container_stats(const Request& request, Context& context);
base::Async<Response> task_stats(const Request& request, Context& context);
base::Async<Response> own_container_stats(const Request& request, Context& context);
base::Async<Response> own_task_stats(const Request& request, Context& context);

} // namespace handlers::v4
