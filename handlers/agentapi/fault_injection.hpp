#pragma once
// Fault injection (http-contract 9): the routes are there and say that no task has it enabled, as
// for every task whose definition does not ask for it.

#include "handlers/metadata/context.hpp"
#include "handlers/resolved_request.hpp"

namespace handlers::agentapi {

/// POST `/api/{id}/fault/v1/…`: 400, or 404 for an unknown id.
http::Response inject_fault(const ResolvedRequest& asked, metadata::Context& context);

} // namespace handlers::agentapi
