#pragma once
// GET and PUT /api/{id}/task-protection/v1/state: whether a task is protected from being stopped by its
// file, and until when (http-contract 8). Loop thread; reading is the World's, changing the
// ProtectionKeeper's. Failures are answers.

#include "base/async.hpp"
#include "handlers/metadata/context.hpp"
#include "handlers/resolved_request.hpp"

namespace handlers::agentapi {

/// The task of the container with this endpoint id; what has expired reads as not protected.
http::Response get_protection(const ResolvedRequest& asked, metadata::Context& context);

/// Answers when the change is durable.
base::Async<http::Response> update_protection(const ResolvedRequest& asked,
                                              metadata::Context& context);

} // namespace handlers::agentapi
