#pragma once
// What a container uses, measured now. The agent implements it.

#include "base/async.hpp"
#include "model/stats.hpp"
#include "model/world.hpp"

#include <optional>

namespace handlers {

/// Role: reads a running container's counters. Threading: the loop thread; never blocks it.
class StatsSource {
public:
    virtual ~StatsSource() = default;
    /// A fresh sample with what the one before adds to it. Nothing when it does not run, or when
    /// nobody can tell.
    virtual base::Async<std::optional<model::StatsSample>>
    sample(model::ContainerRef container) = 0;
};

} // namespace handlers
