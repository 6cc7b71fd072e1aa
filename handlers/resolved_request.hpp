#pragma once
// A request of the task API with what is known of it before it is answered: found once, and read by
// its budget, its handler, the audit log and the headers of its answer. Loop thread.

#include "handlers/credentials/source.hpp"
#include "handlers/http/message.hpp"
#include "model/world.hpp"

#include <cstdint>
#include <string_view>

namespace handlers {

/// What the requests of a route are about.
enum class Subject {
    nothing,          ///< there is no such route
    container,        ///< the container whose endpoint id is captured as "id"
    docker_container, ///< the asking task's container whose Docker id is captured as "id"
    caller,           ///< whoever asks
    fault,            ///< as container, with a second limit behind the first
    credentials,      ///< the credentials whose id is captured, or asked for in the query
};

/// Refers to its request.
struct ResolvedRequest {
    const http::Request& request;
    Subject subject = Subject::nothing;
    std::uint8_t route = 0; ///< tells the rows of the table apart
    std::string_view id;    ///< that is asked for; "" where the route has none
    /// Whether somebody has that id, and for credentials: whether they are the asker's.
    bool is_known = false;
    /// The task and container that it is about, for credentials those that ask, as far as the World
    /// knows: nobody for an unknown id or address. Without a container where several of the task have the
    /// address, or none of it has the Docker id.
    model::Caller about;
};

/// An id in the query is put among the request's captures.
ResolvedRequest resolve(http::Request& request, Subject subject, std::uint8_t route,
                        const model::World& world, CredentialsSource& credentials);
/// Whom it is about now that the World has changed.
model::Caller find_subject(const ResolvedRequest& resolved, const model::World& world);

} // namespace handlers
