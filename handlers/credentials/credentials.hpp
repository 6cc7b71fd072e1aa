#pragma once
// Credentials by id (http-contract 3). Each request for them is told to the audit log; the id is in
// no log.

#include "handlers/metadata/context.hpp"
#include "handlers/resolved_request.hpp"

namespace handlers::credentials {

/// `/v1/credentials?id=`
base::Async<http::Response> version_1(const ResolvedRequest& asked, metadata::Context& context);
/// `/v2/credentials/{id*}`
base::Async<http::Response> version_2(const ResolvedRequest& asked, metadata::Context& context);

} // namespace handlers::credentials
