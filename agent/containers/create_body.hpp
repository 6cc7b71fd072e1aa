#pragma once
// The bodies by which Docker's clients ask for containers: POST /containers/create, and for services
// /services/create and /services/{id}/update. Read as the engine reads them, and completed in place: what
// the client wrote stays byte for byte. Pure; any thread.
//
// Errors of all: invalid_argument for what is no such body, and too_large; then it goes on as it is, and
// the engine says what is wrong with it. None repeats what the body says.

#include "agent/containers/completion.hpp"
#include "base/error.hpp"

#include <string>
#include <string_view>

namespace agent::containers {

/// `name` is the query's, "" where it has none. What is not in a body is for the caller to fill in: the
/// image's environment, its labels, a file in the way, the mounts of `volumes_from`.
base::Result<Request> read_create_body(std::string_view body, std::string_view name);

/// The body with the additions.
base::Result<std::string> complete_create_body(std::string_view body, const Additions& additions);

/// Of a service, whose tasks the request stands for: Swarm's labels are there, with its template for the
/// task's id. unsupported for a service without containers (a plugin's).
base::Result<Request> read_service_body(std::string_view body);

/// As complete_create_body(); a service's containers take no labels of ours, which would be the same for
/// all of its tasks.
base::Result<std::string> complete_service_body(std::string_view body, const Additions& additions);

} // namespace agent::containers
