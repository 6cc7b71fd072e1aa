#pragma once
// What a container uses, looked at now. The agent implements it.

#include "base/async.hpp"
#include "model/stats.hpp"
#include "model/world.hpp"

#include <optional>

namespace handlers {

/// Role: looks at a running container's counters. Threading: the loop thread; never blocks it.
class StatsSource {
public:
    virtual ~StatsSource() = default;
    /// A fresh look with what the one before adds to it. Nothing when it does not run, or when
    /// nobody can tell.
    virtual base::Async<std::optional<model::StatsSample>>
    sample(model::ContainerRef container) = 0;
};

} // namespace handlers
