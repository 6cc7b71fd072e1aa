#pragma once
// Associations of the caller's task (http-contract 4.5), the same in versions 3 and 4 but for the
// version's name in the texts.

#include "handlers/metadata/lookup.hpp"

namespace handlers::metadata {

/// `/v3/{id}/associations/{type}`: the names that the asking container has of this type.
http::Response list_associations(const ResolvedRequest& asked, const Dialect& dialect);
/// `/v3/{id}/associations/{type}/{name+}`: the value as it was declared.
http::Response one_association(const ResolvedRequest& asked, const Dialect& dialect);
/// `/v3/{id}/associations/{type}/`: 400, since the name is missing.
http::Response unnamed_association(const ResolvedRequest& asked, const Dialect& dialect);

} // namespace handlers::metadata
