#include "handlers/agentapi/fault_injection.hpp"

#include "base/json.hpp"
#include "handlers/metadata/lookup.hpp"

#include <nlohmann/json.hpp>

namespace handlers::agentapi {

namespace {

http::Response error(unsigned status, std::string text) {
    nlohmann::ordered_json body;
    body["Error"] = std::move(text);
    return {status, http::json_type, base::to_go_json(body)};
}

} // namespace

http::Response inject_fault(const ResolvedRequest& asked, metadata::Context& /*context*/) {
    if (!asked.about)
        return error(404, "unable to get task arn from request: " + metadata::no_task_of(asked.id));
    return error(400, "enableFaultInjection is not enabled for task: " + asked.about.task->arn);
}

} // namespace handlers::agentapi
