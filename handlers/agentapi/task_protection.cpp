#include "handlers/agentapi/task_protection.hpp"

#include "base/json.hpp"
#include "base/time.hpp"
#include "handlers/agentapi/protection_request.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace handlers::agentapi {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::int64_t default_minutes = 120;
constexpr std::int64_t least_minutes = 1;
constexpr std::int64_t most_minutes = 2880;

http::Response answer(unsigned status, const Json& document) {
    return {status, http::json_type, base::to_go_json(document)};
}

http::Response error(unsigned status, std::string_view code, std::string_view message,
                     std::string_view arn = "") {
    Json document;
    auto& error = document["error"];
    if (!arn.empty())
        error["Arn"] = arn;
    error["Code"] = code;
    error["Message"] = message;
    return answer(status, document);
}

http::Response no_task_found() {
    return error(404, "ResourceNotFoundException", "Failed to find a task for the request");
}

http::Response protection(std::string_view arn, std::optional<base::Time> until) {
    Json document;
    auto& protection = document["protection"];
    protection["ExpirationDate"] = until ? Json(base::to_rfc3339(*until)) : Json();
    protection["ProtectionEnabled"] = until.has_value();
    protection["TaskArn"] = arn;
    return answer(200, document);
}

/// Nothing when it has expired, and when the task stops all the same.
std::optional<base::Time> protected_until(const model::Task& task) {
    const bool stops = task.desired == model::TaskStatus::stopped;
    if (stops || !task.protected_until || *task.protected_until <= base::now())
        return std::nullopt;
    return task.protected_until;
}

std::string minutes_expected(std::int64_t got) {
    return "Invalid request: expected 'ExpiresInMinutes' from " + std::to_string(least_minutes) +
           " to " + std::to_string(most_minutes) + ", got " + std::to_string(got);
}

/// ECS tells milliseconds. It ends no sooner than was asked for.
base::Time end_of(std::int64_t length) {
    return std::chrono::ceil<milliseconds>(base::now()) + minutes(length);
}

} // namespace

http::Response get_protection(const ResolvedRequest& asked, metadata::Context& /*context*/) {
    if (!asked.about)
        return no_task_found();
    return protection(asked.about.task->arn, protected_until(*asked.about.task));
}

base::Async<http::Response> update_protection(const ResolvedRequest& asked,
                                              metadata::Context& context) {
    const auto body = decode_protection_request(asked.request.body);
    if (!body)
        co_return error(400, "InvalidParameterException",
                        "UpdateTaskProtection: failed to decode request");
    if (!asked.about)
        co_return no_task_found();
    const std::string arn = asked.about.task->arn;
    if (!body->enabled)
        co_return error(400, "InvalidParameterException",
                        "Invalid request: does not contain 'ProtectionEnabled' field", arn);
    const auto length = body->minutes.value_or(default_minutes);
    if (length < least_minutes || length > most_minutes)
        co_return error(400, "InvalidParameterException", minutes_expected(length), arn);
    std::optional<base::Time> until;
    if (*body->enabled)
        until = end_of(length);
    const auto done = co_await context.protection.protect(arn, until);
    if (!done && done.error().code() == base::Errc::not_found)
        co_return no_task_found();
    // Why is the log's matter: it may name files of the host.
    if (!done)
        co_return error(500, "ServerException", "The task's protection could not be stored", arn);
    co_return protection(arn, until);
}

} // namespace handlers::agentapi
