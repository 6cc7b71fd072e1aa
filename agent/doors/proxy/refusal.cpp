#include "agent/doors/proxy/refusal.hpp"

#include <nlohmann/json.hpp>

namespace agent::doors::proxy {

std::string refusal(std::string_view request, std::string_view message) {
    const nlohmann::json document{{"message", message}};
    const auto body =
        document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    auto answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                  "Connection: close\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n";
    return request.starts_with("HEAD ") ? answer : answer + body;
}

std::string engine_is_away(std::string_view engine_path) {
    return "Cannot connect to the Docker daemon at unix://" + std::string(engine_path) +
           ". Is the docker daemon running?";
}

} // namespace agent::doors::proxy
