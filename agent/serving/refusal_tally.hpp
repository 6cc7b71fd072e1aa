#pragma once
// Makes one line a second of what a task is refused for asking too often: a storm of refusals would
// fill the audit log's files within minutes, and with them all that it is kept for. Pure.

#include "handlers/audit_log.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent::serving {

class RefusalTally {
public:
    using Clock = std::chrono::steady_clock;

    /// Refusals of a task that are to be one line, with what the last of them asked for.
    struct Sum {
        unsigned status = 0;
        handlers::http::SocketAddress peer;
        std::string path;
        std::string user_agent;
        std::size_t refusals = 0;

        /// Refers to it.
        handlers::AuditEntry entry() const;
    };

    /// True for the first of its task within a second: it is to be written as it is. Else it is
    /// counted. Whoever belongs to no task is one with all others who do not.
    bool add(const handlers::AuditEntry& refusal, Clock::time_point now);
    /// What was counted of tasks whose second is over.
    std::vector<Sum> due(Clock::time_point now);
    /// All that was counted.
    std::vector<Sum> rest();
    /// From when on something is due; nothing while nothing is counted.
    std::optional<Clock::time_point> next() const;

    /// Tasks that are remembered: those with a refusal in the last second, or in the one before.
    std::size_t tasks() const { return tasks_.size(); }

private:
    struct OfTask {
        Clock::time_point written; ///< the last line
        Sum counted;               ///< since then
    };
    std::map<std::string, OfTask, std::less<>> tasks_; ///< by ARN
};

} // namespace agent::serving
