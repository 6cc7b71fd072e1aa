#pragma once
// The routes that versions 3 and 4 both have, for a version's Dialect: what a route table takes.

#include "handlers/metadata/associations.hpp"
#include "handlers/metadata/lookup.hpp"

namespace handlers::metadata {

template <const Dialect& dialect>
struct Versioned {
    using Request = http::Request;
    using Response = http::Response;

    // By the id in the URL.
    static Response container(const Request& request, Context& context) {
        return container_by_id(request, context, dialect);
    }
    static Response task(const Request& request, Context& context) {
        return task_by_id(request, context, dialect, dialect.task);
    }
    static Response task_with_tags(const Request& request, Context& context) {
        return task_by_id(request, context, dialect, dialect.task_with_tags);
    }
    static Response associations(const Request& request, Context& context) {
        return list_associations(request, context, dialect);
    }
    static Response unnamed_association(const Request& request, Context& context) {
        return metadata::unnamed_association(request, context, dialect);
    }
    static Response association(const Request& request, Context& context) {
        return one_association(request, context, dialect);
    }

    // By source address.
    static base::Async<Response> own_container(const Request& request, Context& context) {
        return container_by_address(request, context, dialect);
    }
    static base::Async<Response> own_task(const Request& request, Context& context) {
        return task_by_address(request, context, dialect, dialect.task);
    }
    static base::Async<Response> own_task_with_tags(const Request& request, Context& context) {
        return task_by_address(request, context, dialect, dialect.task_with_tags);
    }
};

} // namespace handlers::metadata
