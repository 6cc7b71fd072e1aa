#pragma once
// Task metadata version 2, the handlers of its routes: all by source address. Unlike in the
// contract, callers outside awsvpc mode get Networks as in version 3: only we answer them at all,
// and what reads version 2 looks for them.

#include "handlers/metadata/context.hpp"
#include "handlers/resolved_request.hpp"

namespace handlers::v2 {

/// `/v2/metadata/{id}`: containers of the caller's own task only.
http::Response container(const ResolvedRequest& asked, metadata::Context& context);
http::Response task(const ResolvedRequest& asked, metadata::Context& context);
http::Response task_with_tags(const ResolvedRequest& asked, metadata::Context& context);

} // namespace handlers::v2
