#include "handlers/resolved_request.hpp"

namespace handlers {

namespace {

/// Version 1 of the credentials has its id in the query.
void capture_queried_id(http::Request& request) {
    if (request.captures.empty())
        request.captures.emplace_back("id", http::query_value(request.target, "id").value_or(""));
}

bool is_known(const ResolvedRequest& resolved, const model::World& world,
              CredentialsSource& credentials) {
    const auto& request = resolved.request;
    switch (resolved.subject) {
    case Subject::nothing:
    case Subject::caller: return false;
    case Subject::container:
    case Subject::fault: return static_cast<bool>(resolved.about);
    case Subject::docker_container: return static_cast<bool>(world.find_by_docker_id(resolved.id));
    case Subject::credentials:
        return credentials.is_given_to({resolved.id, request.peer.address, request.authorization});
    }
    return false;
}

} // namespace

ResolvedRequest resolve(http::Request& request, Subject subject, std::uint8_t route,
                        const model::World& world, CredentialsSource& credentials) {
    if (subject == Subject::credentials)
        capture_queried_id(request);
    ResolvedRequest resolved{request, subject, route, request.capture("id"), false, {}};
    resolved.about = find_subject(resolved, world);
    resolved.is_known = is_known(resolved, world, credentials);
    return resolved;
}

model::Caller find_subject(const ResolvedRequest& resolved, const model::World& world) {
    switch (resolved.subject) {
    case Subject::nothing: break;
    case Subject::container:
    case Subject::fault: {
        const auto found = world.find_by_endpoint_id(resolved.id);
        return {found.task, found.container};
    }
    case Subject::docker_container: {
        // Nobody is told of another task's.
        auto caller = world.find_by_address(resolved.request.peer.address);
        if (caller)
            caller.container = caller.task->find_container(resolved.id);
        return caller;
    }
    case Subject::caller:
    case Subject::credentials: return world.find_by_address(resolved.request.peer.address);
    }
    return {};
}

} // namespace handlers
