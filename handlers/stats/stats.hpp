#pragma once
// What containers use, in Docker's shape: the handlers of the stats routes of versions 2, 3 and 4
// (http-contract 5). Each looks anew at every request; the containers of a task are looked at side by
// side. One that does not run, or that nobody can tell about, is null (v2, v3) or {} (v4) among its
// siblings and never fails them.

#include "base/async.hpp"
#include "handlers/metadata/context.hpp"
#include "handlers/resolved_request.hpp"

namespace handlers::v2 {

/// `/v2/stats/{id+}`: containers of the caller's own task only.
base::Async<http::Response> container_stats(const ResolvedRequest& asked,
                                            metadata::Context& context);
/// `/v2/stats`, `/v2/stats/`
base::Async<http::Response> task_stats(const ResolvedRequest& asked, metadata::Context& context);

} // namespace handlers::v2

namespace handlers::v3 {

/// `/v3/{id}/stats`, `/v3/stats`. By source address it refuses when several containers have it.
base::Async<http::Response> container_stats(const ResolvedRequest& asked,
                                            metadata::Context& context);
/// `/v3/{id}/task/stats`, `/v3/task/stats`
base::Async<http::Response> task_stats(const ResolvedRequest& asked, metadata::Context& context);

} // namespace handlers::v3

/// As those of version 3, with network_rate_stats.
namespace handlers::v4 {

base::Async<http::Response> container_stats(const ResolvedRequest& asked,
                                            metadata::Context& context);
base::Async<http::Response> task_stats(const ResolvedRequest& asked, metadata::Context& context);

} // namespace handlers::v4
