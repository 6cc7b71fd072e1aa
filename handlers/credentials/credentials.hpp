#pragma once
// Credentials by id (http-contract 3), and by source address where the host allows it. Each request for
// them is told to the audit log; the id is in no log.

#include "handlers/metadata/context.hpp"
#include "handlers/resolved_request.hpp"

namespace handlers::credentials {

/// `/v1/credentials?id=`
base::Async<http::Response> version_1(const ResolvedRequest& asked, metadata::Context& context);
/// `/v2/credentials/{id*}`
base::Async<http::Response> version_2(const ResolvedRequest& asked, metadata::Context& context);

// As Amazon's local-container-endpoints has them, but of the one role that the asker has.
/// `/creds`
base::Async<http::Response> of_caller(const ResolvedRequest& asked, metadata::Context& context);
/// `/role/{id}`: the role's name
base::Async<http::Response> of_caller_by_name(const ResolvedRequest& asked,
                                              metadata::Context& context);
/// `/role-arn/{id+}`
base::Async<http::Response> of_caller_by_arn(const ResolvedRequest& asked,
                                             metadata::Context& context);

} // namespace handlers::credentials
