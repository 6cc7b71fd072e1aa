#include "agent/serving/health.hpp"

namespace agent::serving {

handlers::introspection::HealthReport Health::report() {
    handlers::introspection::HealthReport report;
    for (const auto& [name, check] : checks_) {
        auto trouble = check();
        const bool healthy = trouble.empty();
        report.checks.push_back({name, healthy, std::move(trouble)});
    }
    for (const auto& [name, depth] : pools_)
        report.pools.push_back({name, depth()});
    for (const auto& [name, counts] : counts_)
        report.counts.push_back({name, counts()});
    return report;
}

} // namespace agent::serving
