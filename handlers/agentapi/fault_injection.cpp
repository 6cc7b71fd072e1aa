#include "handlers/agentapi/fault_injection.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

namespace handlers::agentapi {

namespace {

http::Response error(unsigned status, std::string text) {
    nlohmann::ordered_json body;
    body["Error"] = std::move(text);
    return {status, http::json_type, base::to_go_json(body)};
}

} // namespace

http::Response inject_fault(const http::Request& request, metadata::Context& context) {
    const auto id = request.capture("id");
    const auto found = context.world.find_by_endpoint_id(id);
    if (!found)
        return error(404, std::string("unable to get task arn from request: unable to get task Arn "
                                      "from v3 endpoint ID: ")
                              .append(id));
    return error(400, "enableFaultInjection is not enabled for task: " + found.task->arn);
}

} // namespace handlers::agentapi
