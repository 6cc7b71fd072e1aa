#include "handlers/v3/metadata.hpp"

#include "handlers/metadata/documents.hpp"
#include "handlers/metadata/lookup.hpp"

namespace handlers::v3 {

namespace {

constexpr metadata::Dialect dialect{"V3",
                                    500,
                                    "Unable to generate network response for container ",
                                    metadata::render_container,
                                    metadata::render_task,
                                    metadata::render_task_with_tags};

} // namespace

http::Response container(const http::Request& request, metadata::Context& context) {
    return container_by_id(request, context, dialect);
}

http::Response task(const http::Request& request, metadata::Context& context) {
    return task_by_id(request, context, dialect, dialect.task);
}

http::Response task_with_tags(const http::Request& request, metadata::Context& context) {
    return task_by_id(request, context, dialect, dialect.task_with_tags);
}

base::Async<http::Response> own_container(const http::Request& request,
                                          metadata::Context& context) {
    return container_by_address(request, context, dialect);
}

base::Async<http::Response> own_task(const http::Request& request, metadata::Context& context) {
    return task_by_address(request, context, dialect, dialect.task);
}

base::Async<http::Response> own_task_with_tags(const http::Request& request,
                                               metadata::Context& context) {
    return task_by_address(request, context, dialect, dialect.task_with_tags);
}

} // namespace handlers::v3
