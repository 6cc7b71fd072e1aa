#include "handlers/audit_log.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace handlers {

namespace {

constexpr std::size_t longest_user_agent = 1024;

std::string_view or_dash(std::string_view text) {
    return text.empty() ? "-" : text;
}

std::string_view event_type(CredentialsRole role) {
    return role == CredentialsRole::execution ? "GetCredentialsExecutionRole" : "GetCredentials";
}

/// No client can begin a line of its own, nor steer the terminal of whoever reads it.
std::string one_line(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const auto length = base::printable_length(text);
        line += length == 0 ? std::string_view(" ") : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return line;
}

} // namespace

std::string audit_line(const AuditEntry& entry, const model::Instance& instance, base::Time now) {
    std::string line = base::to_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
    const auto add = [&](std::string_view field) { line.append(" ").append(field); };
    add(std::to_string(entry.status));
    add(http::to_string(entry.peer));
    add('"' + one_line(entry.path) + '"');
    add('"' + one_line(entry.user_agent.substr(0, longest_user_agent)) + '"');
    if (!entry.given) {
        add("- ");
        return entry.refusals == 1 ? line : line + std::to_string(entry.refusals);
    }
    add(or_dash(entry.given->task_arn));
    add(event_type(entry.given->role));
    add("2");
    add(or_dash(instance.scope.cluster));
    add(or_dash(instance.container_instance_arn));
    return line;
}

} // namespace handlers
