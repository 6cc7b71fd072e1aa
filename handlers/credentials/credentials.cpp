#include "handlers/credentials/credentials.hpp"

#include "base/json.hpp"

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

/// `path` is that of the route, without the id.
base::Async<http::Response> answer(const ResolvedRequest& asked, metadata::Context& context,
                                   std::string_view path, const std::string& prefix) {
    const auto& request = asked.request;
    if (asked.id.empty()) {
        auto response = error(400, "NoIdInRequest", prefix + "No Credential ID in the request");
        context.audit.write(entry_of(request, path, response.status));
        co_return response;
    }
    const CredentialsQuestion question{asked.id, request.peer.address, request.authorization};
    const auto found = co_await context.credentials.find(question);
    auto response = render(found, prefix);
    auto entry = entry_of(request, path, response.status);
    if (found.kind == Kind::ready)
        entry.given = AuditEntry::Given{found.task_arn, found.role};
    context.audit.write(entry);
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

} // namespace handlers::credentials
