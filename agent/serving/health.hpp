#pragma once
// The daemon's health as GET :51678/healthz shows it: what each part says of itself at that moment,
// and how much waits for each pool of threads.
// Loop thread.

#include "handlers/introspection/health.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace agent::serving {

class Health : public handlers::introspection::HealthSource {
public:
    /// Returns why the part is not well, "" when it is.
    using Check = std::function<std::string()>;
    void add(std::string name, Check check) {
        checks_.emplace_back(std::move(name), std::move(check));
    }

    using Depth = std::function<base::PoolDepth()>;
    void add_pool(std::string name, Depth depth) {
        pools_.emplace_back(std::move(name), std::move(depth));
    }

    using Counts = std::function<std::vector<std::pair<std::string, std::uint64_t>>()>;
    void add_counts(std::string name, Counts counts) {
        counts_.emplace_back(std::move(name), std::move(counts));
    }

    handlers::introspection::HealthReport report() override;

private:
    std::vector<std::pair<std::string, Check>> checks_;
    std::vector<std::pair<std::string, Depth>> pools_;
    std::vector<std::pair<std::string, Counts>> counts_;
};

} // namespace agent::serving
