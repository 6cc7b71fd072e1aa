#pragma once
// The routes that versions 3 and 4 both have, for a version's Dialect: what a route table takes.

#include "handlers/metadata/associations.hpp"
#include "handlers/metadata/lookup.hpp"

namespace handlers::metadata {

template <const Dialect& dialect>
struct Versioned {
    using Asked = ResolvedRequest;
    using Response = http::Response;

    static Response container(const Asked& asked, Context& context) {
        return metadata::container(asked, context, dialect);
    }
    static Response task(const Asked& asked, Context& context) {
        return metadata::task(asked, context, dialect, dialect.task);
    }
    static Response task_with_tags(const Asked& asked, Context& context) {
        return metadata::task(asked, context, dialect, dialect.task_with_tags);
    }
    static Response associations(const Asked& asked, Context& /*context*/) {
        return list_associations(asked, dialect);
    }
    static Response unnamed_association(const Asked& asked, Context& /*context*/) {
        return metadata::unnamed_association(asked, dialect);
    }
    static Response association(const Asked& asked, Context& /*context*/) {
        return one_association(asked, dialect);
    }
};

} // namespace handlers::metadata
