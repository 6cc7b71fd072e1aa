#pragma once
// Task metadata version 2, the handlers of its routes: all by source address. Unlike in the
// contract, callers outside awsvpc mode get Networks as in version 3: only we answer them at all,
// and what reads version 2 looks for them.

#include "handlers/http/message.hpp"
#include "handlers/metadata/context.hpp"

namespace handlers::v2 {

/// `/v2/metadata/{id}`: containers of the caller's own task only.
base::Async<http::Response> container(const http::Request& request, metadata::Context& context);
base::Async<http::Response> task(const http::Request& request, metadata::Context& context);
base::Async<http::Response> task_with_tags(const http::Request& request,
                                           metadata::Context& context);

} // namespace handlers::v2
