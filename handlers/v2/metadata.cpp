#include "handlers/v2/metadata.hpp"

#include "handlers/metadata/documents.hpp"
#include "handlers/metadata/lookup.hpp"

namespace handlers::v2 {

namespace {

http::Response unknown_caller(const http::Request& request) {
    return http::json_string(400, "Unable to get task arn from request: " +
                                      metadata::nobody_has(request.peer.address));
}

http::Response show_task(const ResolvedRequest& asked, metadata::Context& context,
                         BodyCache::Render render) {
    if (!asked.about)
        return unknown_caller(asked.request);
    return http::json(context.bodies.get(asked.about.task, nullptr, render));
}

} // namespace

http::Response container(const ResolvedRequest& asked, metadata::Context& context) {
    const auto& [task, container] = asked.about;
    if (!task)
        return unknown_caller(asked.request);
    if (container == nullptr)
        return http::json_string(400, std::string("Unable to generate metadata for container '")
                                          .append(asked.id)
                                          .append("'"));
    return http::json(context.bodies.get(task, container, metadata::render_container));
}

http::Response task(const ResolvedRequest& asked, metadata::Context& context) {
    return show_task(asked, context, metadata::render_task);
}

http::Response task_with_tags(const ResolvedRequest& asked, metadata::Context& context) {
    return show_task(asked, context, metadata::render_task_with_tags);
}

} // namespace handlers::v2
