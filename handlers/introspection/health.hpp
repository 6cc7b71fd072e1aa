#pragma once
// How the agent is, as GET /healthz shows it. The agent implements HealthSource.

#include "base/async.hpp"

#include <cstdint>
#include <string>
#include <utility>
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

/// What a part has done and has under way, in numbers that stand for themselves.
struct HealthCounts {
    std::string name; ///< "docker_socket"
    std::vector<std::pair<std::string, std::uint64_t>> counts;
};

struct HealthReport {
    std::vector<HealthCheck> checks;
    std::vector<HealthPool> pools;
    std::vector<HealthCounts> counts;

    /// What the checks say. How much a pool has to do, and what is counted, is shown and not judged.
    bool healthy() const;
};

/// Role: knows the state of the agent's parts without waiting. Threading: the loop thread.
class HealthSource {
public:
    virtual ~HealthSource() = default;
    virtual HealthReport report() = 0;
};

} // namespace handlers::introspection
