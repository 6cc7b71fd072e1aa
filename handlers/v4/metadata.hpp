#pragma once
// Task metadata version 4, the handlers of its routes: by endpoint id, and our own forms without an
// id, by source address.

#include "handlers/http/message.hpp"
#include "handlers/metadata/context.hpp"

namespace handlers::v4 {

http::Response container(const http::Request& request, metadata::Context& context);
http::Response task(const http::Request& request, metadata::Context& context);
http::Response task_with_tags(const http::Request& request, metadata::Context& context);

base::Async<http::Response> own_container(const http::Request& request, metadata::Context& context);
base::Async<http::Response> own_task(const http::Request& request, metadata::Context& context);
base::Async<http::Response> own_task_with_tags(const http::Request& request,
                                               metadata::Context& context);

} // namespace handlers::v4
