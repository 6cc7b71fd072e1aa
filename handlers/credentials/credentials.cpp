#include "handlers/credentials/credentials.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

namespace handlers::credentials {

namespace {

using Json = nlohmann::ordered_json;

http::Response error(unsigned status, std::string_view code, std::string message) {
    Json body;
    body["code"] = code;
    body["message"] = std::move(message);
    body["HTTPErrorCode"] = status;
    return {status, http::json_type, base::to_go_json(body)};
}

http::Response render(const Credentials& credentials) {
    Json body;
    body["RoleArn"] = credentials.role_arn;
    body["AccessKeyId"] = credentials.access_key_id;
    body["SecretAccessKey"] = credentials.secret_access_key;
    body["Token"] = credentials.token;
    body["Expiration"] = credentials.expiration;
    return {200, http::json_type, base::to_go_json(body)};
}

/// `prefix` begins the texts: "CredentialsV2Request: ".
http::Response answer(std::string prefix, std::string_view id, metadata::Context& context) {
    if (id.empty())
        return error(400, "NoIdInRequest", prefix + "No Credential ID in the request");
    const auto found = context.credentials.find(id);
    if (!found.known)
        return error(400, "InvalidIdInRequest", prefix + "Credentials not found");
    if (!found.credentials) {
        auto response =
            error(503, "CredentialsUninitialized", prefix + "Credentials uninitialized for ID");
        response.headers.emplace_back("Retry-After", "1");
        return response;
    }
    return render(*found.credentials);
}

} // namespace

http::Response version_1(const http::Request& request, metadata::Context& context) {
    const auto id = http::query_value(request.target, "id");
    return answer("CredentialsV1Request: ", id ? *id : std::string(), context);
}

http::Response version_2(const http::Request& request, metadata::Context& context) {
    return answer("CredentialsV2Request: ", request.capture("id"), context);
}

} // namespace handlers::credentials
