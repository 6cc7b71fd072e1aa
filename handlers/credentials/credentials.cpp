#include "handlers/credentials/credentials.hpp"

#include "base/json.hpp"

#include "model/arn.hpp"

#include <nlohmann/json.hpp>

namespace handlers::credentials {

namespace {

using Json = nlohmann::ordered_json;
using Kind = CredentialsAnswer::Kind;

http::Response error(unsigned status, std::string_view code, std::string message) {
    Json body;
    body["code"] = code;
    body["message"] = std::move(message);
    body["HTTPErrorCode"] = status;
    return {status, http::json_type, base::to_go_json(body)};
}

/// `prefix` begins the texts: "CredentialsV2Request: ".
http::Response render(const CredentialsAnswer& answer, const std::string& prefix) {
    switch (answer.kind) {
    case Kind::unknown: return error(400, "InvalidIdInRequest", prefix + "Credentials not found");
    case Kind::refused:
        return error(400, "NoCredentialsAssociated", prefix + std::string(answer.reason));
    case Kind::pending: {
        auto response =
            error(503, "CredentialsUninitialized", prefix + "Credentials uninitialized for ID");
        response.headers.emplace_back("Retry-After", std::to_string(answer.retry_after.count()));
        return response;
    }
    case Kind::ready: return http::json(answer.body);
    }
    return error(500, "InternalServerError", "Internal server error");
}

AuditEntry entry_of(const http::Request& request, std::string_view path, unsigned status) {
    AuditEntry entry;
    entry.status = status;
    entry.peer = request.peer;
    entry.path = path;
    entry.user_agent = request.user_agent;
    return entry;
}

/// What the id stands for. `path` is that of the route, without an id.
base::Async<http::Response> find(std::string_view id, const http::Request& request,
                                 metadata::Context& context, std::string_view path,
                                 const std::string& prefix) {
    const CredentialsQuestion question{id, request.peer.address, request.authorization};
    const auto found = co_await context.credentials.find(question);
    auto response = render(found, prefix);
    auto entry = entry_of(request, path, response.status);
    if (found.kind == Kind::ready)
        entry.given = AuditEntry::Given{found.task_arn, found.role};
    context.audit.write(entry);
    co_return response;
}

base::Async<http::Response> answer(const ResolvedRequest& asked, metadata::Context& context,
                                   std::string_view path, const std::string& prefix) {
    if (asked.id.empty()) {
        auto response = error(400, "NoIdInRequest", prefix + "No Credential ID in the request");
        context.audit.write(entry_of(asked.request, path, response.status));
        co_return response;
    }
    auto response = co_await find(asked.id, asked.request, context, path, prefix);
    co_return response;
}

/// Its own before its task's. Nothing where several have the address: which of them asks?
std::optional<model::TaskRole> role_of(const model::Caller& caller) {
    if (caller.container != nullptr && caller.container->role)
        return caller.container->role;
    return caller.task ? caller.task->role : std::nullopt;
}

base::Async<http::Response> answer_caller(const ResolvedRequest& asked, metadata::Context& context,
                                          std::string_view path, std::string_view wanted) {
    const std::string prefix = "CredentialsRequest: ";
    const auto role = role_of(asked.about);
    const bool is_it =
        role && (wanted.empty() || wanted == role->arn || wanted == model::last_part(role->arn));
    // By an id the id is the guard, here there is none.
    if (!context.callers.is_current(asked.about)) {
        auto response = error(503, "CredentialsUninitialized",
                              prefix + "The engine has yet to say whose the address is");
        response.headers.emplace_back("Retry-After", "1");
        context.audit.write(entry_of(asked.request, path, response.status));
        co_return response;
    }
    if (!is_it) {
        auto response =
            error(400, "NoCredentialsAssociated",
                  prefix + (role ? "The container has another role" : "The container has no role"));
        context.audit.write(entry_of(asked.request, path, response.status));
        co_return response;
    }
    auto response = co_await find(role->credentials_id, asked.request, context, path, prefix);
    co_return response;
}

} // namespace

base::Async<http::Response> version_1(const ResolvedRequest& asked, metadata::Context& context) {
    const std::string prefix = "CredentialsV1Request: ";
    auto response = co_await answer(asked, context, "/v1/credentials", prefix);
    co_return response;
}

base::Async<http::Response> version_2(const ResolvedRequest& asked, metadata::Context& context) {
    const std::string prefix = "CredentialsV2Request: ";
    auto response = co_await answer(asked, context, "/v2/credentials", prefix);
    co_return response;
}

base::Async<http::Response> of_caller(const ResolvedRequest& asked, metadata::Context& context) {
    auto response = co_await answer_caller(asked, context, "/creds", "");
    co_return response;
}

base::Async<http::Response> of_caller_by_name(const ResolvedRequest& asked,
                                              metadata::Context& context) {
    auto response = co_await answer_caller(asked, context, "/role", asked.id);
    co_return response;
}

base::Async<http::Response> of_caller_by_arn(const ResolvedRequest& asked,
                                             metadata::Context& context) {
    auto response = co_await answer_caller(asked, context, "/role-arn", asked.id);
    co_return response;
}

} // namespace handlers::credentials
