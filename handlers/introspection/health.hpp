#pragma once
// How the agent is, as GET /healthz shows it. The agent implements HealthSource.

#include "base/async.hpp"

#include <string>
#include <vector>

namespace handlers::introspection {

struct HealthCheck {
    std::string name; ///< "engine", "bridge", …
    bool healthy = true;
    std::string detail; ///< why not, in a sentence; "" when healthy
};

/// How busy the threads for one kind of slow work are.
struct HealthPool {
    std::string name; ///< "network", "login_helpers", …
    base::PoolDepth depth;
};

struct HealthReport {
    std::vector<HealthCheck> checks;
    std::vector<HealthPool> pools;

    /// What the checks say. How much a pool has to do is shown, not judged.
    bool healthy() const;
};

/// Role: knows the state of the agent's parts without waiting. Threading: the loop thread.
class HealthSource {
public:
    virtual ~HealthSource() = default;
    virtual HealthReport report() = 0;
};

} // namespace handlers::introspection
