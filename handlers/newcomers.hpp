#pragma once
// Containers that were told their ids when they were made, and that nobody has seen yet. The agent
// implements it.

#include "base/async.hpp"

#include <chrono>
#include <string>

namespace handlers {

/// Role: knows the ids that were given out. Threading: the loop thread.
class Newcomers {
public:
    virtual ~Newcomers() = default;
    /// Whether a container was given this endpoint id, or this id of its role's credentials, and is not in the
    /// World. Cheap: asked for every unknown id.
    virtual bool is_expected(const std::string& id) const = 0;
    /// Until the container is in the World, or the limit passes.
    virtual base::Async<void> wait_until_seen(std::string id,
                                              std::chrono::steady_clock::duration limit) = 0;
};

/// How long a request by such an id waits: an engine that starts many may be silent about each until it runs.
constexpr std::chrono::seconds longest_wait_for_newcomer{3};

} // namespace handlers
