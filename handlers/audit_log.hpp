#pragma once
// The audit log: who was given credentials, and who was refused for asking too often (http-contract
// 7). It never holds an id or a key. The agent implements where it goes.

#include "base/time.hpp"
#include "handlers/credentials/source.hpp"
#include "handlers/http/message.hpp"
#include "model/instance.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace handlers {

/// One request; refers to it.
struct AuditEntry {
    struct Given {
        std::string_view task_arn;
        CredentialsRole role = CredentialsRole::task;
    };
    unsigned status = 0;
    http::SocketAddress peer;
    std::string_view path; ///< without ids
    std::string_view user_agent;
    std::optional<Given> given; ///< nothing: none were
    // Of who asked too often (429):
    std::string_view refused_task; ///< its ARN; "" where it is nobody's
    std::size_t refusals = 1;      ///< so many requests, of which this is the last
};

/// Role: keeps what happened. Threading: the loop thread. Never waits, never fails: what cannot be
/// written is lost.
class AuditLog {
public:
    virtual ~AuditLog() = default;
    virtual void write(const AuditEntry& entry) = 0;
};

/// The line, without its end: ten fields for credentials that were given, else six and a blank,
/// behind which the number of refusals stands where the line is for several. A user agent is shortened
/// to 1,024 bytes; it may hold blanks and quotes, as upstream's does. What controls a terminal and what
/// is no UTF-8 is a blank.
std::string audit_line(const AuditEntry& entry, const model::Instance& instance, base::Time now);

} // namespace handlers
