#pragma once
// How the agent is, as GET /healthz shows it. The agent implements HealthSource.

#include <string>
#include <vector>

namespace handlers::introspection {

struct HealthCheck {
    std::string name; ///< "engine", "bridge", …
    bool healthy = true;
    std::string detail; ///< why not, in a sentence; "" when healthy
};

struct HealthReport {
    std::vector<HealthCheck> checks;

    bool healthy() const;
};

/// Role: knows the state of the agent's parts without waiting. Threading: the loop thread.
class HealthSource {
public:
    virtual ~HealthSource() = default;
    virtual HealthReport report() = 0;
};

} // namespace handlers::introspection
