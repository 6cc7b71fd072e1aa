#include "handlers/v2/metadata.hpp"

#include "handlers/metadata/documents.hpp"
#include "handlers/metadata/lookup.hpp"

namespace handlers::v2 {

namespace {

http::Response unknown_caller(const http::Request& request) {
    return http::json_string(400, "Unable to get task arn from request: " +
                                      metadata::nobody_has(request.peer.address));
}

} // namespace

base::Async<http::Response> container(const http::Request& request, metadata::Context& context) {
    const auto caller = co_await metadata::caller_of(request, context);
    if (!caller)
        co_return unknown_caller(request);
    const auto id = request.capture("id");
    const auto* found = caller.task->find_container(id);
    if (found == nullptr)
        co_return http::json_string(
            400, std::string("Unable to generate metadata for container '").append(id).append("'"));
    co_return http::json(context.bodies.get(caller.task, found, metadata::render_container));
}

base::Async<http::Response> task(const http::Request& request, metadata::Context& context) {
    const auto caller = co_await metadata::caller_of(request, context);
    if (!caller)
        co_return unknown_caller(request);
    co_return http::json(context.bodies.get(caller.task, nullptr, metadata::render_task));
}

base::Async<http::Response> task_with_tags(const http::Request& request,
                                           metadata::Context& context) {
    const auto caller = co_await metadata::caller_of(request, context);
    if (!caller)
        co_return unknown_caller(request);
    co_return http::json(context.bodies.get(caller.task, nullptr, metadata::render_task_with_tags));
}

} // namespace handlers::v2
