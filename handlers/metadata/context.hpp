#pragma once
// What the handlers of the task API work with; owned by TaskApi. All outlive it.

#include "handlers/agentapi/protection_keeper.hpp"
#include "handlers/audit_log.hpp"
#include "handlers/body_cache.hpp"
#include "handlers/caller.hpp"
#include "handlers/credentials/source.hpp"
#include "handlers/stats/source.hpp"

namespace handlers::metadata {

struct Context {
    BodyCache& bodies;
    StatsSource& stats;
    ProtectionKeeper& protection;
    CredentialsSource& credentials;
    AuditLog& audit;
    CallerFinder& callers;
};

} // namespace handlers::metadata
