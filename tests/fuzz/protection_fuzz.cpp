// Bodies of task protection (handlers/agentapi/protection_request): what was understood means the
// same whatever the case of its keys and whatever follows it, and when it is written down again.

#include "handlers/agentapi/protection_request.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using fuzz::require;
using handlers::agentapi::decode_protection_request;
using handlers::agentapi::ProtectionRequest;

std::string written(const ProtectionRequest& request) {
    const std::string enabled = !request.enabled ? "null" : *request.enabled ? "true" : "false";
    const auto minutes = request.minutes ? std::to_string(*request.minutes) : "null";
    return R"({"ProtectionEnabled":)" + enabled + R"(,"ExpiresInMinutes":)" + minutes + "}";
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string body(fuzz::text_of(data, size));
    const auto request = decode_protection_request(body);
    if (!request)
        return 0;
    require(body.find("true") != std::string::npos || request->enabled != true,
            "protected without having been asked to");
    require(decode_protection_request(written(*request)) == request,
            "written down again it says something else");
    if (body.find('{') != std::string::npos)
        require(decode_protection_request(body + "}garbage") == request,
                "what follows the first value counts");
    std::transform(body.begin(), body.end(), body.begin(), [](unsigned char c) {
        return c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c);
    });
    require(decode_protection_request(body) == request, "the case of a key counts");
    return 0;
}
